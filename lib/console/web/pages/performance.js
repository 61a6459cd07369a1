/** How long requests take: over time, by size, and one beside the other. */
import { useApi } from "../core/api.js";
import { duration } from "../core/format.js";
import { html } from "../core/html.js";
import { setParams } from "../core/router.js";
import { Chart } from "../parts/chart.js";
import { FigureTable } from "../parts/figure_table.js";
import { Heatmap } from "../parts/heatmap.js";
import { Head } from "../parts/head.js";
import { Card, Problem, Select } from "../parts/parts.js";
import { rangeOf, RangePicker, RANGES } from "../parts/ranges.js";
import { NoRequests } from "./overview.js";

const BY = [["provider", "provider"], ["model", "model"], ["key", "key"]];
const OF = {
  p50_ms: "P50",
  p95_ms: "P95",
  p99_ms: "P99",
  ttft_p50_ms: "first token, P50",
  ttft_p95_ms: "first token, P95",
};

export function Performance({ params, session }) {
  const range = rangeOf(params, "1h");
  const by = BY.some(([name]) => name === params.get("by")) ? params.get("by") : "provider";
  const of = OF[params.get("of")] === undefined ? "p95_ms" : params.get("of");
  const model = params.get("model") ?? "";
  const last = RANGES[range][1];
  const lines = useApi("/series", { params: { last, by, model }, every: 15_000 });
  const heat = useApi("/heatmap", { params: { last, model }, every: 15_000 });
  const values = useApi("/values");
  const all = values.data?.models ?? [];
  const known = model === "" || all.includes(model) ? all : [...all, model];
  const groups = lines.data?.groups ?? [];
  const times = groups[0]?.series.times ?? [];
  return html`<${Head} title="Performance">
    <${Select} label="Model" value=${model} any="all" options=${known} onChange=${(
    value,
  ) => setParams({ model: value })} />
    <${Select} label="Compare by" value=${by} options=${BY} onChange=${(value) => setParams({ by: value })} />
    <${Select} label="Of" value=${of} options=${Object.entries(OF)} onChange=${(value) =>
    setParams({ of: value })} />
    <${RangePicker} value=${range} />
  </${Head}>
  <${Problem} error=${lines.error ?? heat.error} />
  ${
    lines.data === null
      ? null
      : groups.length === 0
      ? html`<${NoRequests} range=${range} session=${session} />`
      : html`
        <div class="grid">
          <${Card} title="Latency" about=${`${OF[of]} by ${by}`}>
            <${Chart} title=${`Latency by ${by}`} times=${times} format=${duration} height=${230}
              lines=${groups.map(({ name, series }) => ({ name: name || "none", values: series[of] }))} />
            </${Card}>
            <${Card} title="Latency heatmap"
              about="the stronger the colour, the more requests">${heat.data
                ? html`<${Heatmap} title="Durations" format=${duration} ...${heat.data} />`
                : null}</${Card}>
          </div>
          <${Card} title="Comparison"><${FigureTable} kind=${by} range=${range} groups=${groups.map((
            { name, id, totals },
          ) => ({ name, id, ...totals }))}
            columns=${[
              "requests",
              "rate",
              "error_rate",
              "p50",
              "p95",
              "p99",
              "ttft",
              "overhead",
              "cost",
            ]} /></${Card}>
      `
  }`;
}
