import type { FailureGroup } from "./failures.ts";
import { type Growth, growthOf } from "./growth.ts";
import type { Latencies } from "./latencies.ts";
import type { LoadRun, RunState } from "./load_run.ts";
import type { KindRecord } from "./recorder.ts";
import { judge, type Judgement, type Threshold } from "./thresholds.ts";
import type { Moment } from "./timeline.ts";

/** Milliseconds; null: there were none. */
export interface Distribution {
  readonly count: number;
  readonly mean_ms: number | null;
  readonly min_ms: number | null;
  readonly p50_ms: number | null;
  readonly p90_ms: number | null;
  readonly p95_ms: number | null;
  readonly p99_ms: number | null;
  readonly p99_9_ms: number | null;
  readonly max_ms: number | null;
}

export interface KindResult {
  readonly name: string;
  readonly requests: number;
  readonly failures: number;
  /** Answered requests a second, while requests were being sent. */
  readonly rps: number;
  readonly latency: Distribution;
  /** Null: nothing was streamed. */
  readonly ttft: Distribution | null;
  readonly inter_token: Distribution | null;
}

/** What a run came to, as its JSON report has it. */
export interface Results {
  readonly target: string;
  readonly scenario: string;
  readonly loop: "closed" | "open";
  readonly state: RunState;
  readonly stopped_early: boolean;
  readonly started: string;
  readonly duration_s: number;
  readonly planned_s: number;
  readonly users: number;
  readonly in_flight: number;
  readonly seed: number;
  readonly summary: {
    readonly requests: number;
    readonly failures: number;
    readonly error_rate: number;
    readonly rps: number;
    readonly mean_latency_ms: number | null;
    readonly p50_latency_ms: number | null;
    readonly p90_latency_ms: number | null;
    readonly p95_latency_ms: number | null;
    readonly p99_latency_ms: number | null;
    readonly max_latency_ms: number | null;
    readonly p95_ttft_ms: number | null;
    readonly p95_inter_token_ms: number | null;
    readonly content_events_per_second: number;
    readonly body_bytes: number;
    /** Under way at the end, and for which no connection was free: neither is counted above. */
    readonly abandoned: number;
    readonly unsent: number;
  };
  readonly total: KindResult;
  readonly kinds: readonly KindResult[];
  readonly failures: readonly FailureGroup[];
  readonly thresholds: readonly Judgement[];
  readonly growth: { readonly memory: Growth | null; readonly latency: Growth | null };
  readonly timeline: readonly Moment[];
}

export interface Described {
  readonly target: string;
  readonly scenario: string;
  readonly open: boolean;
  readonly seed: number;
  readonly thresholds: readonly Threshold[];
}

/** What a run came to until now. */
export function resultsOf(run: LoadRun, { target, scenario, open, seed, thresholds }: Described): Results {
  const { recorder, elapsed } = run;
  const record = recorder.total();
  const total = kindResult(record, elapsed);
  const { latency } = total;
  const timeline = recorder.timeline.moments;
  const growth = {
    memory: growthOf(timeline, ({ memory }) => memory),
    latency: growthOf(timeline, ({ p50 }) => p50),
  };
  const errorRate = record.requests === 0 ? 0 : record.failures / record.requests;
  return {
    target,
    scenario,
    loop: open ? "open" : "closed",
    state: run.state,
    stopped_early: run.stoppedEarly,
    started: new Date(run.startedAt).toISOString(),
    duration_s: elapsed,
    planned_s: run.planned,
    users: run.users,
    in_flight: run.inFlight,
    seed,
    summary: {
      requests: record.requests,
      failures: record.failures,
      error_rate: errorRate,
      rps: total.rps,
      mean_latency_ms: latency.mean_ms,
      p50_latency_ms: latency.p50_ms,
      p90_latency_ms: latency.p90_ms,
      p95_latency_ms: latency.p95_ms,
      p99_latency_ms: latency.p99_ms,
      max_latency_ms: latency.max_ms,
      p95_ttft_ms: total.ttft?.p95_ms ?? null,
      p95_inter_token_ms: total.inter_token?.p95_ms ?? null,
      content_events_per_second: rate(record.tokens, elapsed),
      body_bytes: recorder.bytes,
      abandoned: recorder.abandoned,
      unsent: recorder.unsent,
    },
    total,
    kinds: recorder.kinds.map((kind) => kindResult(kind, elapsed)),
    failures: recorder.failures.groups(),
    thresholds: thresholds.map((threshold) =>
      judge(threshold, { record, errorRate, rps: total.rps, growth })
    ),
    growth,
    timeline,
  };
}

function kindResult(record: KindRecord, elapsed: number): KindResult {
  return {
    name: record.name,
    requests: record.requests,
    failures: record.failures,
    rps: rate(record.inTime, elapsed),
    latency: distribution(record.latencies),
    ttft: record.ttft.count === 0 ? null : distribution(record.ttft),
    inter_token: record.gaps.count === 0 ? null : distribution(record.gaps),
  };
}

function distribution(latencies: Latencies): Distribution {
  return {
    count: latencies.count,
    mean_ms: latencies.mean,
    min_ms: latencies.min,
    p50_ms: latencies.percentile(50),
    p90_ms: latencies.percentile(90),
    p95_ms: latencies.percentile(95),
    p99_ms: latencies.percentile(99),
    p99_9_ms: latencies.percentile(99.9),
    max_ms: latencies.max,
  };
}

function rate(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}
