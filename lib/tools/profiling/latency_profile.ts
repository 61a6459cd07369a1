import type { Api, Question } from "../apis.ts";
import { Caller } from "../http/caller.ts";
import { callModel, type ModelCall } from "../model_call.ts";
import type { Target } from "../target.ts";
import { authorization } from "../target.ts";
import { type Summary, summaryOf } from "./summary.ts";

export interface ProfileOptions {
  readonly target: Target;
  readonly api: Api;
  readonly question: Question;
  readonly iterations: number;
  /** Requests before, that do not count. */
  readonly warmup: number;
  readonly timeoutMs: number;
  readonly onProgress: (done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** What is measured of each request, by the name that it has in files. */
export const METRICS = {
  latency: { label: "total", unit: "ms", of: (call) => call.timing.total },
  ttfb: { label: "first byte (TTFB)", unit: "ms", of: (call) => call.timing.ttfb },
  first_token: { label: "first token (TTFT)", unit: "ms", of: (call) => call.firstTokenMs },
  inter_token: { label: "between tokens", unit: "ms", of: (call) => call.gapsMs },
  network: { label: "network", unit: "ms", of: (call) => call.timing.network },
  overhead: { label: "gateway's own", unit: "ms", of: (call) => call.overheadMs },
  tokens_per_second: { label: "tokens a second", unit: "", of: (call) => call.tokensPerSecond },
} as const satisfies Readonly<
  Record<string, { label: string; unit: string; of: (call: ModelCall) => number | null | readonly number[] }>
>;

export type Metric = keyof typeof METRICS;

export const METRIC_NAMES = Object.keys(METRICS) as readonly Metric[];

export interface LatencyProfile {
  readonly calls: readonly ModelCall[];
  /** By metric, of the requests that succeeded. */
  readonly summaries: Readonly<Record<Metric, Summary | null>>;
  readonly errors: number;
}

/**
 * Asks one thing again and again, each time on a connection of its own, so that each tells what connecting takes;
 * that is the network's time and no part of the others.
 */
export async function profileLatency(options: ProfileOptions): Promise<LatencyProfile> {
  const { warmup, iterations, onProgress, signal } = options;
  const calls: ModelCall[] = [];
  for (let index = 0; index < warmup + iterations && !signal.aborted; index++) {
    onProgress(index, warmup + iterations);
    const call = await oneCall(options);
    if (index >= warmup && !signal.aborted) calls.push(call);
  }
  return profileOf(calls);
}

/** One request on a connection of its own. */
export async function oneCall(
  { target, api, question, timeoutMs, signal }: Pick<
    ProfileOptions,
    "target" | "api" | "question" | "timeoutMs" | "signal"
  >,
): Promise<ModelCall> {
  const caller = new Caller(target, { timeoutMs });
  try {
    return await callModel(caller, { api, question, headers: authorization(target), signal });
  } finally {
    await caller.close();
  }
}

export function profileOf(calls: readonly ModelCall[]): LatencyProfile {
  const good = calls.filter(({ ok }) => ok);
  const summaries = Object.fromEntries(METRIC_NAMES.map((name) => [name, summaryOf(valuesOf(good, name))]));
  return {
    calls,
    summaries: summaries as Record<Metric, Summary | null>,
    errors: calls.length - good.length,
  };
}

/** What was measured of a metric, over all requests. */
export function valuesOf(calls: readonly ModelCall[], name: Metric): number[] {
  return calls.flatMap((call) => METRICS[name].of(call) ?? []);
}
