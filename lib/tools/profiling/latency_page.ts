import { count, duration, percent } from "../format.ts";
import { barChart, histogramChart, lineChart } from "../report/charts.ts";
import { htmlTable, page } from "../report/page.ts";
import { errorCounts, type LatencyAbout } from "./latency_json.ts";
import { type LatencyProfile, METRIC_NAMES, METRICS, valuesOf } from "./latency_profile.ts";
import type { Quantile } from "./summary.ts";

/** A profile as a page. @param data what its file has, kept in the page. */
export function latencyPage(profile: LatencyProfile, about: LatencyAbout, data: unknown): string {
  const { summaries, calls, errors } = profile;
  const { latency } = summaries;
  const good = calls.filter(({ ok }) => ok);
  const totals = valuesOf(good, "latency");
  const shown = METRIC_NAMES.filter((name) => summaries[name] !== null);
  return page({
    title: `Latency of ${about.model}`,
    subtitle:
      `${about.target.url.href}, ${about.api}${about.stream ? ", streamed" : ""}; ${about.started}; ` +
      `${calls.length} requests after ${about.warmup} to warm up`,
    facts: [
      { label: "P50", value: duration(latency?.p50.value ?? null) },
      { label: "P95", value: duration(latency?.p95.value ?? null) },
      { label: "P99", value: duration(latency?.p99.value ?? null) },
      {
        label: "success",
        value: percent(calls.length === 0 ? null : 1 - errors / calls.length),
        tone: errors === 0 ? "good" : "bad",
      },
      ...(summaries.tokens_per_second === null
        ? []
        : [{ label: "tokens a second", value: count(summaries.tokens_per_second.p50.value, 1) }]),
    ],
    sections: [
      {
        title: "Figures, with their 95 % intervals",
        content: htmlTable(
          ["", "P50", "P95", "P99", "mean", "max"],
          shown.map((name) => {
            const summary = summaries[name];
            const text = (value: number | undefined) =>
              METRICS[name].unit === "ms" ? duration(value ?? null) : count(value ?? null, 1);
            const cell = (of: Quantile | undefined) =>
              of === undefined ? "–" : `${text(of.value)} [${text(of.low)} – ${text(of.high)}]`;
            return [
              METRICS[name].label,
              cell(summary?.p50),
              cell(summary?.p95),
              cell(summary?.p99),
              text(summary?.mean),
              text(summary?.max),
            ];
          }),
        ),
      },
      {
        title: "Where the time goes (medians)",
        content: barChart(
          shown.filter((name) => METRICS[name].unit === "ms").map((name) => {
            const p50 = summaries[name]?.p50;
            return {
              label: METRICS[name].label,
              value: p50?.value ?? NaN,
              text: duration(p50?.value ?? null),
              ...(p50 === undefined ? {} : { range: [p50.low, p50.high] as const }),
            };
          }),
        ),
      },
      {
        title: "How long requests took",
        content: histogramChart(
          totals,
          "milliseconds",
          latency === null ? [] : [
            { x: latency.p50.value, label: "P50" },
            { x: latency.p95.value, label: "P95" },
          ],
        ),
      },
      {
        title: "One after the other",
        content: lineChart({
          x: "request",
          y: "milliseconds",
          series: [
            { name: "total", points: calls.map((call, index) => [index + 1, call.timing.total ?? NaN]) },
            { name: "first byte", points: calls.map((call, index) => [index + 1, call.timing.ttfb ?? NaN]) },
          ],
        }),
      },
      ...(errors === 0 ? [] : [{
        title: "Errors",
        content: htmlTable(["error", "count"], errorCounts(calls).map(({ error, count }) => [error, count])),
      }]),
    ],
    data,
  });
}
