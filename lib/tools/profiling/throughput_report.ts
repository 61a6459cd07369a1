import { count, duration, percent } from "../format.ts";
import { lineChart } from "../report/charts.ts";
import { htmlTable, page } from "../report/page.ts";
import type { Target } from "../target.ts";
import { type Knee, recommendation } from "./knee.ts";
import type { Level } from "./throughput.ts";

export interface ThroughputAbout {
  readonly target: Target;
  readonly model: string;
  readonly api: string;
  /** ISO 8601. */
  readonly started: string;
}

/** What was measured as its file has it. @param knee undefined: one level alone was measured. */
export function throughputJson(
  levels: readonly Level[],
  knee: Knee | null | undefined,
  about: ThroughputAbout,
): Record<string, unknown> {
  const best = knee?.level ?? levels[0];
  return {
    kind: "throughput",
    url: about.target.url.href,
    model: about.model,
    api: about.api,
    started: about.started,
    summary: {
      concurrency: best?.concurrency ?? null,
      requests_per_second: best?.rps ?? null,
      success_rate: best === undefined || best.requests === 0 ? 0 : 1 - best.errors / best.requests,
      p50_latency_ms: best?.p50 ?? null,
      p95_latency_ms: best?.p95 ?? null,
      p99_latency_ms: best?.p99 ?? null,
    },
    ...(knee === undefined ? {} : {
      knee: knee === null ? null : {
        concurrency: knee.level.concurrency,
        reached: knee.reached,
        fails_from: knee.failsFrom,
      },
      recommendation: recommendation(knee, levels),
    }),
    levels: levels.map((level) => ({
      concurrency: level.concurrency,
      requests: level.requests,
      errors: level.errors,
      success_rate: level.requests === 0 ? 0 : 1 - level.errors / level.requests,
      requests_per_second: level.rps,
      tokens_per_second: level.tokensPerSecond,
      p50_latency_ms: level.p50,
      p95_latency_ms: level.p95,
      p99_latency_ms: level.p99,
      failures: level.failures,
    })),
  };
}

/** The same as a page. */
export function throughputPage(
  levels: readonly Level[],
  knee: Knee | null | undefined,
  about: ThroughputAbout,
  data: unknown,
): string {
  const marks = knee === null || knee === undefined ? [] : [{ x: knee.level.concurrency, label: "knee" }];
  const shown = knee?.level ?? levels[0];
  const errors = levels.reduce((sum, level) => sum + level.errors, 0);
  const requests = levels.reduce((sum, level) => sum + level.requests, 0);
  const points = (of: (level: Level) => number | null) =>
    levels.map((level) => [level.concurrency, of(level) ?? NaN] as const);
  return page({
    title: `Throughput of ${about.model}`,
    subtitle: `${about.target.url.href}, ${about.api}; ${about.started}`,
    facts: [
      {
        label: knee === undefined ? "at a time" : "at a time, the knee",
        value: count(shown?.concurrency ?? null),
      },
      { label: "requests a second", value: count(shown?.rps ?? null, 1) },
      { label: "P95 there", value: duration(shown?.p95 ?? null) },
      {
        label: "success",
        value: percent(requests === 0 ? null : 1 - errors / requests),
        tone: errors === 0 ? "good" : "bad",
      },
    ],
    sections: [
      ...(knee === undefined ? [] : [{ title: "Recommendation", content: recommendation(knee, levels) }]),
      ...(levels.length < 2 ? [] : [
        {
          title: "Throughput",
          content: lineChart({
            x: "requests at a time",
            y: "requests a second",
            series: [{ name: "requests a second", points: points(({ rps }) => rps) }],
            marks,
            logX: true,
          }),
        },
        {
          title: "Latency",
          content: lineChart({
            x: "requests at a time",
            y: "milliseconds",
            series: [
              { name: "P50", points: points(({ p50 }) => p50) },
              { name: "P95", points: points(({ p95 }) => p95) },
              { name: "P99", points: points(({ p99 }) => p99) },
            ],
            marks,
            logX: true,
          }),
        },
      ]),
      { title: "Figures", content: htmlTable(THROUGHPUT_HEADINGS, levels.map(throughputCells)) },
    ],
    data,
  });
}

export const THROUGHPUT_HEADINGS = [
  "AT A TIME",
  "REQUESTS",
  "SUCCESS",
  "REQUESTS/S",
  "TOKENS/S",
  "P50",
  "P95",
  "P99",
];

export function throughputCells(level: Level): string[] {
  return [
    count(level.concurrency),
    count(level.requests),
    percent(level.requests === 0 ? null : 1 - level.errors / level.requests),
    count(level.rps, 1),
    count(level.tokensPerSecond),
    duration(level.p50),
    duration(level.p95),
    duration(level.p99),
  ];
}
