import type { Exchange } from "../../telemetry/exchange.ts";
import { overheadMs } from "../../telemetry/projections/durations.ts";
import { outcomeOf } from "../../telemetry/projections/request_row.ts";
import { bucketOf, BUCKETS } from "../duration_histogram.ts";
import { COUNTS } from "../request_store.ts";

/**
 * Spans of time that are counted by, milliseconds, how long they are kept, and how many lines one may have. Each is a
 * multiple of the one before.
 */
export const PERIODS = [
  { length: 1_000, kept: 120_000, most: 256 },
  { length: 10_000, kept: 3_600_000, most: 256 },
  { length: 60_000, kept: 2 * 86_400_000, most: 256 },
  { length: 900_000, kept: 8 * 86_400_000, most: 512 },
  { length: 3_600_000, kept: 90 * 86_400_000, most: 512 },
  { length: 86_400_000, kept: 5 * 366 * 86_400_000, most: 512 },
] as const satisfies readonly Period[];

export interface Period {
  readonly length: number;
  readonly kept: number;
  readonly most: number;
}

const SECOND = PERIODS[0].length;

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

const NO_LABELS: readonly number[] = [];

/** What rows of one second and the same labels come to. */
export class Sums {
  second = 0;
  /** What they are of, as numbers: in the order of `DIMENSIONS`, or a dimension's place there and its value. */
  labels = NO_LABELS;
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
  as(labels: readonly number[]): Sums {
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
    return Math.floor(this.second * SECOND / length) * length;
  }
}

/** Sums by model and provider, then by key, team and status. */
type SumsOfSecond = Map<number, Map<number, Sums>>;

/** Counts the rows of a batch by the second, or by the shortest span of time that is still kept of when they ended. */
export class RollupSums {
  readonly #seconds = new Map<number, SumsOfSecond>();
  #used: Sums[] = [];
  /** Those of batches before, to be filled again. */
  readonly #spare: Sums[] = [];

  /** What came since it was emptied, with labels in the order of `DIMENSIONS`. */
  get seconds(): readonly Sums[] {
    return this.#used;
  }

  /** @param now Unix milliseconds. */
  add(exchange: Exchange, row: RowFacts, now: number): void {
    const { call, status, endedAt, startedAt, firstByteAt } = exchange;
    const { counts, duration, ttft, overhead } = this.#sumsOf(row, status, shortest(now - row.ended));
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

  /** Empties it. */
  forget(): void {
    for (const sums of this.#used) {
      sums.clear();
      this.#spare.push(sums);
    }
    this.#used = [];
    this.#seconds.clear();
  }

  #sumsOf({ ended, model, provider, key, team }: RowFacts, status: number, length: number): Sums {
    const second = Math.floor(ended / length) * (length / SECOND);
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

/** The same rows by one dimension at a time, with labels of the dimension's place, from 1, and its value; 0: all rows. */
export function byDimension(lines: readonly Sums[]): Sums[] {
  const found = new Map<string, Sums>();
  for (const sums of lines) {
    for (let place = 0; place <= sums.labels.length; place++) {
      const value = place === 0 ? 0 : sums.labels[place - 1] ?? 0;
      const key = `${sums.second} ${place} ${value}`;
      const before = found.get(key);
      if (before === undefined) found.set(key, sums.as([place, value]));
      else before.add(sums);
    }
  }
  return [...found.values()];
}

/**
 * Lines of seconds, and of the longer spans of time that they are part of. Each must be used before the next is asked
 * for, which adds to it.
 * @param now Unix milliseconds: what is not kept for so long is left out.
 * @param until Unix milliseconds: seconds from there on are added to longer spans by somebody else, later.
 */
export function* linesOf(
  seconds: readonly Sums[],
  now: number,
  until = Infinity,
): Generator<{ readonly period: Period; readonly sums: Sums }> {
  let lines = seconds;
  for (const period of PERIODS) {
    if (period.length > SECOND) lines = together(lines, period.length, until);
    for (const sums of lines) {
      if (now - sums.second * SECOND <= period.kept) yield { period, sums };
    }
  }
}

/** What a longer span of time has of several shorter ones, as one: adding up costs far less than writing. */
function together(lines: readonly Sums[], length: number, until: number): readonly Sums[] {
  const found = new Map<string, Sums>();
  for (const sums of lines) {
    if (sums.second * SECOND >= until) continue;
    const key = `${sums.startOf(length)} ${sums.labels.join(" ")}`;
    const before = found.get(key);
    if (before === undefined) found.set(key, sums);
    else before.add(sums);
  }
  return [...found.values()];
}

function shortest(age: number): number {
  for (const { length, kept } of PERIODS) if (age <= kept) return length;
  return SECOND;
}

function add(counts: Float64Array, at: number, value: number): void {
  if (value > 0) counts[at] = (counts[at] ?? 0) + value;
}

function count(histogram: Uint32Array, ms: number): void {
  const bucket = bucketOf(ms);
  histogram[bucket] = (histogram[bucket] ?? 0) + 1;
}
