import type { ModelCall } from "../model_call.ts";
import type { Target } from "../target.ts";
import { type LatencyProfile, METRIC_NAMES } from "./latency_profile.ts";

export interface LatencyAbout {
  readonly target: Target;
  readonly model: string;
  readonly api: string;
  readonly stream: boolean;
  readonly warmup: number;
  /** ISO 8601. */
  readonly started: string;
}

/** A profile as its file has it; durations are milliseconds, intervals `[low, high]` of 95 %. */
export function latencyJson(profile: LatencyProfile, about: LatencyAbout): Record<string, unknown> {
  const { calls, errors, summaries } = profile;
  const summary: Record<string, number | null> = {};
  const intervals: Record<string, readonly [number, number] | null> = {};
  for (const metric of METRIC_NAMES) {
    const found = summaries[metric];
    const name = metric === "tokens_per_second" ? metric : `${metric}_ms`;
    for (const q of ["p50", "p95", "p99"] as const) {
      summary[`${q}_${name}`] = found?.[q].value ?? null;
      intervals[`${q}_${name}`] = found === null ? null : [found[q].low, found[q].high];
    }
    for (const  of of["mean", "min", "max"] as const) summary[`${of}_${name}`] = found?.[of] ?? null;
  }
  return {
    kind: "latency",
    url: about.target.url.href,
    model: about.model,
    provider: calls.map(providerOf).find((name) => name !== null) ?? null,
    api: about.api,
    stream: about.stream,
    started: about.started,
    warmup: about.warmup,
    summary: {
      requests: calls.length,
      errors,
      success_rate: calls.length === 0 ? 0 : 1 - errors / calls.length,
      ...summary,
    },
    intervals,
    samples: calls.map(sampleJson),
  };
}

export function sampleJson(call: ModelCall): Record<string, unknown> {
  return {
    ok: call.ok,
    status: call.status,
    latency_ms: call.timing.total,
    ttfb_ms: call.timing.ttfb,
    first_token_ms: call.firstTokenMs,
    network_ms: call.timing.network,
    overhead_ms: call.overheadMs,
    tokens_per_second: call.tokensPerSecond,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    ...(call.error === null ? {} : { error: call.error }),
  };
}

/** Who answered, as the server tells it. */
export function providerOf({ headers }: ModelCall): string | null {
  return headers?.get("x-gateway-provider") ?? headers?.get("x-litellm-model-api-base") ?? null;
}

/** What went wrong and how often, the most frequent first. */
export function errorCounts(
  calls: readonly ModelCall[],
): { readonly error: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { error } of calls) {
    if (error === null) continue;
    const name = `${error.type}: ${error.message}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([error, count]) => ({ error, count })).sort((a, b) => b.count - a.count);
}
