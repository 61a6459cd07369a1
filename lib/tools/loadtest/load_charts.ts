import { lineChart, type Series } from "../report/charts.ts";
import type { Html } from "../report/html.ts";
import type { Moment } from "./timeline.ts";

const MB = 1e6;

/** A run over time, as pictures with their titles. */
export function loadCharts(timeline: readonly Moment[]): { readonly title: string; readonly chart: Html }[] {
  const last = timeline.at(-1)?.at ?? 0;
  const [unit, size] = last > 3 * 3600 ? ["hours", 3600] : last > 300 ? ["minutes", 60] : ["seconds", 1];
  const series = (name: string, value: (moment: Moment) => number | null): Series => ({
    name,
    points: timeline.map((moment) => [moment.at / size, value(moment) ?? NaN]),
  });
  const chart = (y: string, ...lines: readonly Series[]) =>
    lineChart({ x: unit, y, series: lines, height: 220 });
  const charts = [
    {
      title: "Requests a second",
      chart: chart(
        "a second",
        series("answered", ({ requests, failures, seconds }) => (requests - failures) / seconds),
        series("failed", ({ failures, seconds }) => failures / seconds),
      ),
    },
    {
      title: "Latency",
      chart: chart(
        "ms",
        series("p50", ({ p50 }) => p50),
        series("p95", ({ p95 }) => p95),
        series("p99", ({ p99 }) => p99),
      ),
    },
    { title: "Users", chart: chart("users", series("users", ({ users }) => users)) },
  ];
  if (timeline.some(({ ttft }) => ttft !== null)) {
    charts.push({
      title: "Time to first token, p50",
      chart: chart("ms", series("ttft", ({ ttft }) => ttft)),
    });
  }
  if (timeline.some(({ memory }) => memory !== null)) {
    const memory = series("memory", (moment) => moment.memory === null ? null : moment.memory / MB);
    charts.push({ title: "Memory of the gateway", chart: chart("MB", memory) });
  }
  return charts;
}
