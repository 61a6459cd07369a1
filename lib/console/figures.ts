import { addSparse, BUCKETS, percentile, sparse } from "../stores/duration_histogram.ts";
import { COUNTS, type Counts, type StatisticsLine } from "../stores/request_store.ts";

/** What requests of some time come to (docs/console_api.md). */
export interface Figures {
  readonly requests: number;
  readonly errors: number;
  readonly rejected: number;
  readonly cancelled: number;
  readonly blocked: number;
  readonly slow: number;
  readonly streams: number;
  readonly attempts: number;
  /** A second. */
  readonly rate: number;
  readonly error_rate: number;
  readonly p50_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly ttft_p50_ms: number | null;
  readonly ttft_p95_ms: number | null;
  readonly overhead_p50_ms: number | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost_usd: number;
  readonly cache_hits: number;
  readonly fallbacks: number;
}

const NOTHING: StatisticsLine = {
  start: 0,
  name: "",
  counts: Object.fromEntries(COUNTS.map((name) => [name, 0])) as unknown as Counts,
  duration: [],
  ttft: [],
  overhead: [],
};

/** @param ms of the time that the line is of. */
export function figuresOf(line: StatisticsLine, ms: number): Figures {
  const { counts, duration, ttft, overhead } = line;
  return {
    requests: counts.requests,
    errors: counts.errors,
    rejected: counts.rejected,
    cancelled: counts.cancelled,
    blocked: counts.blocked,
    slow: counts.slow,
    streams: counts.streams,
    attempts: counts.attempts,
    rate: ms > 0 ? rounded(counts.requests * 1000 / ms) : 0,
    error_rate: counts.requests === 0 ? 0 : counts.errors / counts.requests,
    p50_ms: at(duration, 0.5),
    p95_ms: at(duration, 0.95),
    p99_ms: at(duration, 0.99),
    ttft_p50_ms: at(ttft, 0.5),
    ttft_p95_ms: at(ttft, 0.95),
    overhead_p50_ms: at(overhead, 0.5),
    input_tokens: counts.input_tokens,
    output_tokens: counts.output_tokens,
    cached_tokens: counts.cached_tokens,
    reasoning_tokens: counts.reasoning_tokens,
    cost_usd: money(counts.cost_usd),
    cache_hits: counts.cache_hits,
    fallbacks: counts.fallbacks,
  };
}

/** All lines as one. */
export function sumOf(lines: readonly StatisticsLine[], name = ""): StatisticsLine {
  if (lines.length === 1 && lines[0]?.name === name) return lines[0];
  const total = (key: (typeof COUNTS)[number]) => lines.reduce((sum, { counts }) => sum + counts[key], 0);
  return {
    ...NOTHING,
    name,
    counts: Object.fromEntries(COUNTS.map((key) => [key, total(key)])) as unknown as Counts,
    duration: histogram(lines, "duration"),
    ttft: histogram(lines, "ttft"),
    overhead: histogram(lines, "overhead"),
  };
}

/** Points of a chart, a list for each of what is drawn. */
export function seriesOf(
  lines: readonly StatisticsLine[],
  { from, to, step }: { readonly from: number; readonly to: number; readonly step: number },
) {
  const byStart = Map.groupBy(lines, ({ start }) => start);
  const times: number[] = [];
  const points: Figures[] = [];
  for (let time = Math.floor(from / step) * step; time < to; time += step) {
    times.push(time);
    points.push(figuresOf(sumOf(byStart.get(time) ?? []), step));
  }
  const list = (key: keyof Figures) => points.map((point) => point[key]);
  return { step, times, ...Object.fromEntries(DRAWN.map((key) => [key, list(key)])) };
}

const DRAWN = [
  "requests",
  "errors",
  "rejected",
  "cancelled",
  "blocked",
  "p50_ms",
  "p95_ms",
  "p99_ms",
  "ttft_p50_ms",
  "ttft_p95_ms",
  "input_tokens",
  "output_tokens",
  "cost_usd",
  "cache_hits",
] as const satisfies readonly (keyof Figures)[];

function histogram(lines: readonly StatisticsLine[], name: "duration" | "ttft" | "overhead"): number[] {
  const sum = new Uint32Array(BUCKETS);
  for (const line of lines) addSparse(sum, line[name]);
  return sparse(sum);
}

function at(list: readonly number[], share: number): number | null {
  const ms = percentile(list, share);
  return ms === null ? null : rounded(ms);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Sums of parts of cents without the noise of binary fractions. */
function money(usd: number): number {
  return Math.round(usd * 1e9) / 1e9;
}
