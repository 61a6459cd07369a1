import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Exchange } from "../../../telemetry/exchange.ts";
import { outcomeOf } from "../../../telemetry/projections/request_row.ts";
import { overheadMs } from "../../../telemetry/projections/durations.ts";
import { addBytes, bucketOf, BUCKETS, toBytes } from "../../duration_histogram.ts";
import { COUNTS, type ListedField } from "../../request_store.ts";
import { type Names, OTHER } from "./names.ts";

/** Spans of time that are counted by, milliseconds, how long they are kept, and how many lines one may have. */
export const PERIODS = [
  { length: 1_000, kept: 3_600_000, most: 128 },
  { length: 60_000, kept: 2 * 86_400_000, most: 256 },
  { length: 900_000, kept: 8 * 86_400_000, most: 512 },
  { length: 3_600_000, kept: 90 * 86_400_000, most: 512 },
  { length: 86_400_000, kept: 5 * 366 * 86_400_000, most: 512 },
] as const;

export interface RowFacts {
  readonly ended: number;
  readonly model: number;
  readonly provider: number;
  readonly key: number;
  readonly team: number;
  readonly slow: number;
  readonly fallback: number;
}

/** Where a count stands in a line. */
const AT = Object.fromEntries(COUNTS.map((name, index) => [name, index])) as Readonly<
  Record<(typeof COUNTS)[number], number>
>;
const OUTCOME_COUNTS = {
  success: null,
  rejected: AT.rejected,
  error: AT.errors,
  cancelled: AT.cancelled,
  blocked: AT.blocked,
} as const;

/** What one batch adds to one second. */
class Sums {
  second = 0;
  labels: readonly [model: number, provider: number, key: number, team: number, status: number] = [
    0,
    0,
    0,
    0,
    0,
  ];
  readonly counts = new Float64Array(COUNTS.length);
  readonly duration = new Uint32Array(BUCKETS);
  readonly ttft = new Uint32Array(BUCKETS);
  readonly overhead = new Uint32Array(BUCKETS);

  add({ counts, duration, ttft, overhead }: Sums): void {
    for (let i = 0; i < counts.length; i++) this.counts[i] = (this.counts[i] ?? 0) + (counts[i] ?? 0);
    for (let i = 0; i < BUCKETS; i++) {
      this.duration[i] = (this.duration[i] ?? 0) + (duration[i] ?? 0);
      this.ttft[i] = (this.ttft[i] ?? 0) + (ttft[i] ?? 0);
      this.overhead[i] = (this.overhead[i] ?? 0) + (overhead[i] ?? 0);
    }
  }

  clear(): void {
    this.counts.fill(0);
    this.duration.fill(0);
    this.ttft.fill(0);
    this.overhead.fill(0);
  }
}

/** Sums by model and provider, then by key, team and status. */
type SumsOfSecond = Map<number, Map<number, Sums>>;

const LABELS = "model = ? AND provider = ? AND key = ? AND team = ? AND status = ?";

/** Counts rows as they come, by the second, the minute, the quarter, the hour and the day; nothing is ever counted by reading rows. */
export class RollupWriter {
  readonly #names: Names;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #lines: StatementSync;
  readonly #seconds = new Map<number, SumsOfSecond>();
  #used: Sums[] = [];
  /** Those of batches before, to be filled again. */
  readonly #spare: Sums[] = [];
  /** Lines of the span of time that each period is at, as far as they are known here. */
  readonly #known = new Map<number, { start: number; lines: number }>();

  constructor(database: DatabaseSync, names: Names) {
    this.#names = names;
    this.#find = database.prepare(
      `SELECT duration, ttft, overhead FROM rollups WHERE period = ? AND start = ? AND ${LABELS}`,
    );
    this.#insert = database.prepare(
      `INSERT INTO rollups VALUES (${Array(7 + COUNTS.length + 3).fill("?").join(", ")})`,
    );
    const adds = COUNTS.map((name) => `${name} = ${name} + ?`).join(", ");
    this.#update = database.prepare(
      `UPDATE rollups SET ${adds}, duration = ?, ttft = ?, overhead = ? WHERE period = ? AND start = ? AND ${LABELS}`,
    );
    this.#lines = database.prepare("SELECT count(*) AS count FROM rollups WHERE period = ? AND start = ?");
  }

  add(exchange: Exchange, row: RowFacts): void {
    const { call, status, endedAt, startedAt, firstByteAt } = exchange;
    const { counts, duration, ttft, overhead } = this.#sumsOf(row, status);
    add(counts, AT.requests, 1);
    add(counts, AT.slow, row.slow);
    const outcome = OUTCOME_COUNTS[outcomeOf(exchange)];
    if (outcome !== null) add(counts, outcome, 1);
    if (exchange.stream) add(counts, AT.streams, 1);
    add(counts, AT.fallbacks, row.fallback);
    if (exchange.cache === "hit" || exchange.cache === "shared") add(counts, AT.cache_hits, 1);
    if (call !== null) {
      add(counts, AT.attempts, call.attempts.length);
      add(counts, AT.input_tokens, call.inputTokens);
      add(counts, AT.output_tokens, call.outputTokens);
      add(counts, AT.cached_tokens, call.cachedTokens);
      add(counts, AT.reasoning_tokens, call.reasoningTokens);
    }
    add(counts, AT.cost_usd, exchange.costUsd);
    count(duration, endedAt - startedAt);
    if (firstByteAt >= 0) count(ttft, firstByteAt - startedAt);
    count(overhead, overheadMs(exchange));
  }

  /** Writes what came since the last time. @param now Unix milliseconds: what is not kept for so long is not written. */
  flush(now: number): void {
    let lines: readonly Sums[] = this.#used;
    for (const period of PERIODS) {
      lines = this.#together(lines, period.length);
      for (const sums of lines) {
        if (now - sums.second * PERIODS[0].length <= period.kept) this.#write(period, sums);
      }
    }
    this.forget();
  }

  /** What a longer span of time has of several shorter ones, as one: adding up costs far less than writing. */
  #together(lines: readonly Sums[], length: number): readonly Sums[] {
    if (length === PERIODS[0].length) return lines;
    const found = new Map<string, Sums>();
    for (const sums of lines) {
      const start = Math.floor(sums.second * PERIODS[0].length / length);
      const key = `${start} ${sums.labels.join(" ")}`;
      const before = found.get(key);
      if (before === undefined) found.set(key, sums);
      else before.add(sums);
    }
    return found.size === lines.length ? lines : [...found.values()];
  }

  forget(): void {
    for (const sums of this.#used) {
      sums.clear();
      this.#spare.push(sums);
    }
    this.#used = [];
    this.#seconds.clear();
  }

  #sumsOf({ ended, model, provider, key, team }: RowFacts, status: number): Sums {
    const second = Math.floor(ended / PERIODS[0].length);
    let ofSecond = this.#seconds.get(second);
    if (ofSecond === undefined) this.#seconds.set(second, ofSecond = new Map());
    // Numbers of names have 16 bits, a status has ten.
    const target = model * 0x10000 + provider;
    let ofTarget = ofSecond.get(target);
    if (ofTarget === undefined) ofSecond.set(target, ofTarget = new Map());
    const rest = (key * 0x10000 + team) * 0x400 + status;
    let sums = ofTarget.get(rest);
    if (sums === undefined) {
      sums = this.#spare.pop() ?? new Sums();
      sums.second = second;
      sums.labels = [model, provider, key, team, status];
      ofTarget.set(rest, sums);
      this.#used.push(sums);
    }
    return sums;
  }

  /** How many lines a span of time has. Those of other processes are looked up once. */
  #linesOf(length: number, start: number): { lines: number } {
    let known = this.#known.get(length);
    if (known === undefined || known.start !== start) {
      known = { start, lines: Number(this.#lines.get(length, start)?.["count"]) };
      this.#known.set(length, known);
    }
    return known;
  }

  #others(): [number, number, number, number] {
    const of = (field: ListedField) => this.#names.add(field, OTHER);
    return [of("model"), of("provider"), of("key"), of("team")];
  }

  #write({ length, most }: (typeof PERIODS)[number], sums: Sums): void {
    const start = Math.floor(sums.second * PERIODS[0].length / length) * length;
    const { counts } = sums;
    let { labels } = sums;
    let known = this.#find.get(length, start, ...labels);
    if (known === undefined && this.#linesOf(length, start).lines >= most) {
      // Of who asked and what for nothing more can be told of this span of time: one line has the others.
      labels = [...this.#others(), labels[4]];
      known = this.#find.get(length, start, ...labels);
    }
    if (known === undefined) {
      this.#linesOf(length, start).lines++;
      const { duration, ttft, overhead } = sums;
      this.#insert.run(
        length,
        start,
        ...labels,
        ...counts,
        toBytes(duration),
        toBytes(ttft),
        toBytes(overhead),
      );
      return;
    }
    this.#update.run(
      ...counts,
      together(known["duration"], sums.duration),
      together(known["ttft"], sums.ttft),
      together(known["overhead"], sums.overhead),
      length,
      start,
      ...labels,
    );
  }
}

/** Filled anew each time. */
const scratch = new Uint32Array(BUCKETS);

function together(before: unknown, more: Uint32Array): Uint8Array {
  scratch.set(more);
  addBytes(scratch, before as Uint8Array);
  return toBytes(scratch);
}

function add(counts: Float64Array, at: number, value: number): void {
  if (value > 0) counts[at] = (counts[at] ?? 0) + value;
}

function count(histogram: Uint32Array, ms: number): void {
  const bucket = bucketOf(ms);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}
