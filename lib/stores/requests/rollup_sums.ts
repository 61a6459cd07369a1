import type { Exchange } from "../../telemetry/exchange.ts";
import { overheadMs } from "../../telemetry/projections/durations.ts";
import { outcomeOf } from "../../telemetry/projections/request_row.ts";
import { bucketOf, BUCKETS } from "../duration_histogram.ts";
import { COUNTS } from "../request_store.ts";

/** Spans of time that are counted by, milliseconds, how long they are kept, and how many lines one may have. */
export const PERIODS = [
  { length: 1_000, kept: 3_600_000, most: 128 },
  { length: 60_000, kept: 2 * 86_400_000, most: 256 },
  { length: 900_000, kept: 8 * 86_400_000, most: 512 },
  { length: 3_600_000, kept: 90 * 86_400_000, most: 512 },
  { length: 86_400_000, kept: 5 * 366 * 86_400_000, most: 512 },
] as const;

export type Period = (typeof PERIODS)[number];

export interface RowFacts {
  readonly ended: number;
  readonly model: number;
  readonly provider: number;
  readonly key: number;
  readonly team: number;
  readonly slow: number;
  readonly fallback: number;
}

/** What a line is of: numbers of words, and a status. */
export type Labels = readonly [model: number, provider: number, key: number, team: number, status: number];

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
export class Sums {
  second = 0;
  labels: Labels = [0, 0, 0, 0, 0];
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

  /** The same, of other labels. */
  as(labels: Labels): Sums {
    const copy = new Sums();
    copy.second = this.second;
    copy.labels = labels;
    copy.add(this);
    return copy;
  }

  clear(): void {
    this.counts.fill(0);
    this.duration.fill(0);
    this.ttft.fill(0);
    this.overhead.fill(0);
  }

  /** Where the span of time of a length begins that it is in, Unix milliseconds. */
  startOf(length: number): number {
    return Math.floor(this.second * PERIODS[0].length / length) * length;
  }
}

/** Sums by model and provider, then by key, team and status. */
type SumsOfSecond = Map<number, Map<number, Sums>>;

/** Counts the rows of a batch by the second, and adds these up to longer spans of time. */
export class RollupSums {
  readonly #seconds = new Map<number, SumsOfSecond>();
  #used: Sums[] = [];
  /** Those of batches before, to be filled again. */
  readonly #spare: Sums[] = [];

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

  /**
   * What came since it was emptied: each line must be used before the next is asked for, which adds to it.
   * @param now Unix milliseconds: what is not kept for so long is left out.
   */
  *lines(now: number): Generator<{ readonly period: Period; readonly sums: Sums }> {
    let lines: readonly Sums[] = this.#used;
    for (const period of PERIODS) {
      lines = this.#together(lines, period.length);
      for (const sums of lines) {
        if (now - sums.second * PERIODS[0].length <= period.kept) yield { period, sums };
      }
    }
  }

  /** Empties it. */
  forget(): void {
    for (const sums of this.#used) {
      sums.clear();
      this.#spare.push(sums);
    }
    this.#used = [];
    this.#seconds.clear();
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
}

function add(counts: Float64Array, at: number, value: number): void {
  if (value > 0) counts[at] = (counts[at] ?? 0) + value;
}

function count(histogram: Uint32Array, ms: number): void {
  const bucket = bucketOf(ms);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}
