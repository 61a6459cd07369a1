import type { LogAnalysis, Usage } from "./log_analysis.ts";
import type { LogHistogram } from "./log_histogram.ts";
import type { StoryReader } from "./request_story.ts";

/** An analysis for programs; times are ISO 8601, durations milliseconds. */
export function analysisJson(analysis: LogAnalysis, files: readonly string[]): Record<string, unknown> {
  const { all } = analysis;
  return {
    files,
    lines: analysis.lines,
    broken_lines: analysis.broken,
    first: iso(analysis.first),
    last: iso(analysis.last),
    ...usageJson(all),
    error_rate: all.requests === 0 ? 0 : all.errors / all.requests,
    cancelled: analysis.cancelled,
    slow: analysis.slow,
    overhead_ms: quantiles(analysis.overhead),
    statuses: Object.fromEntries(
      analysis.statuses.sorted(({ count }) => count).map(([name, { count }]) => [name, count]),
    ),
    models: analysis.models.sorted(({ requests }) => requests).map(([model, usage]) => ({
      model,
      ...usageJson(usage),
    })),
    keys: analysis.keys.sorted(({ requests }) => requests).map(([key, usage]) => ({
      key,
      ...usageJson(usage),
    })),
    providers: analysis.providers.sorted(({ requests }) => requests)
      .map(([provider, usage]) => ({ provider, ...usageJson(usage) })),
    error_patterns: analysis.patterns.sorted(({ count }) => count).map(([, group]) => ({
      count: group.count,
      type: group.type,
      pattern: group.pattern,
      first: iso(group.first),
      last: iso(group.last),
      models: [...group.models],
      statuses: [...group.statuses],
      example_request_id: group.example,
    })),
    slowest: analysis.slowest.items().map((entry) => ({
      time: iso(entry.time),
      request_id: entry.requestId,
      trace_id: entry.traceId,
      model: entry.model,
      provider: entry.provider,
      status: entry.status,
      duration_ms: entry.durationMs,
      ttfb_ms: entry.ttfbMs,
      output_tokens: entry.outputTokens,
    })),
    timeline: analysis.timeLine.columns()
      .map(({ start, requests, errors }) => ({ start: iso(start), requests, errors })),
  };
}

/** All lines of a story for programs, the earliest first. */
export function storyJson(id: string, story: StoryReader): Record<string, unknown> {
  return { id, left_out: story.left, lines: story.story().map(({ record }) => record) };
}

function usageJson(usage: Usage): Record<string, unknown> {
  return {
    requests: usage.requests,
    errors: usage.errors,
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    cached_tokens: usage.cachedTokens,
    cost_usd: Math.round(usage.costUsd * 1e8) / 1e8,
    latency_ms: quantiles(usage.duration),
    ttfb_ms: quantiles(usage.ttfb),
  };
}

function quantiles(histogram: LogHistogram): Record<string, number | null> {
  return {
    p50: histogram.quantile(0.5),
    p95: histogram.quantile(0.95),
    p99: histogram.quantile(0.99),
    mean: histogram.count === 0 ? null : histogram.sum / histogram.count,
    max: histogram.count === 0 ? null : histogram.max,
  };
}

function iso(time: number): string | null {
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}
