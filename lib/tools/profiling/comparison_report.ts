import { count, duration, percent } from "../format.ts";
import { barChart, lineChart } from "../report/charts.ts";
import { htmlTable, page } from "../report/page.ts";
import type { Target } from "../target.ts";
import { type Compared, SIGNIFICANT } from "./comparison.ts";
import { errorCounts, sampleJson } from "./latency_json.ts";

export interface ComparisonAbout {
  readonly target: Target;
  readonly api: string;
  readonly iterations: number;
  readonly warmup: number;
  /** ISO 8601. */
  readonly started: string;
}

/** A comparison as its file has it, the fastest first. */
export function comparisonJson(
  results: readonly Compared[],
  about: ComparisonAbout,
): Record<string, unknown> {
  return {
    kind: "comparison",
    url: about.target.url.href,
    api: about.api,
    started: about.started,
    iterations: about.iterations,
    warmup: about.warmup,
    results: results.map((result) => ({
      provider: result.provider,
      model: result.model,
      median_latency_ms: result.latency?.p50.value ?? null,
      median_latency_interval_ms: result.latency === null
        ? null
        : [result.latency.p50.low, result.latency.p50.high],
      p95_latency_ms: result.latency?.p95.value ?? null,
      median_ttfb_ms: result.ttfb?.p50.value ?? null,
      median_tokens_per_second: result.tokensPerSecond?.p50.value ?? null,
      success_rate: result.successRate,
      speedup: result.speedup,
      times_fastest: result.timesFastest,
      p_value: result.p,
      significant: result.p === null ? null : result.p < SIGNIFICANT,
      errors: errorCounts(result.calls),
      samples: result.calls.map(sampleJson),
    })),
  };
}

/** The same as a page. */
export function comparisonPage(results: readonly Compared[], about: ComparisonAbout, data: unknown): string {
  const [fastest] = results;
  const series = results.slice(0, 5).map(({ model, calls }) => ({
    name: model,
    points: calls.map((call, index) => [index + 1, call.ok ? call.timing.total ?? NaN : NaN] as const),
  }));
  return page({
    title: "Comparison of models",
    subtitle:
      `${about.target.url.href}, ${about.api}; ${about.started}; ${about.iterations} requests each, by turns`,
    facts: [
      { label: "the fastest", value: fastest?.model ?? "–" },
      { label: "its median", value: duration(fastest?.latency?.p50.value ?? null) },
      { label: "models", value: count(results.length) },
    ],
    sections: [
      {
        title: "Median latency, with its 95 % interval",
        content: barChart(results.map(({ model, latency }) => ({
          label: model,
          value: latency?.p50.value ?? NaN,
          text: duration(latency?.p50.value ?? null),
          ...(latency === null ? {} : { range: [latency.p50.low, latency.p50.high] as const }),
        }))),
      },
      {
        title: "Tokens a second (medians)",
        content: barChart(results.map(({ model, tokensPerSecond }) => ({
          label: model,
          value: tokensPerSecond?.p50.value ?? NaN,
          text: count(tokensPerSecond?.p50.value ?? null, 1),
        }))),
      },
      { title: "One after the other", content: lineChart({ x: "round", y: "milliseconds", series }) },
      { title: "Figures", content: htmlTable(COMPARISON_HEADINGS, results.map(comparisonCells)) },
    ],
    data,
  });
}

export const COMPARISON_HEADINGS = [
  "MODEL",
  "PROVIDER",
  "MEDIAN",
  "95 % INTERVAL",
  "P95",
  "FIRST BYTE",
  "TOKENS/S",
  "SUCCESS",
  "SPEED-UP",
  "AGAINST THE FASTEST",
];

export function comparisonCells(result: Compared): string[] {
  const { latency, p } = result;
  return [
    result.model,
    result.provider ?? "",
    duration(latency?.p50.value ?? null),
    latency === null ? "–" : `${duration(latency.p50.low)} – ${duration(latency.p50.high)}`,
    duration(latency?.p95.value ?? null),
    duration(result.ttfb?.p50.value ?? null),
    count(result.tokensPerSecond?.p50.value ?? null, 1),
    percent(result.successRate),
    result.speedup === null ? "–" : `${count(result.speedup, 2)}×`,
    p === null ? (latency === null ? "does not answer" : "") : verdict(p),
  ];
}

function verdict(p: number): string {
  const probability = p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
  return p < SIGNIFICANT ? `slower (${probability})` : `no difference shown (${probability})`;
}
