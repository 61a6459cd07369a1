/** What was used and what it cost. */
import { useApi } from "../core/api.js";
import { compact, count, duration, percent, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { setParams } from "../core/router.js";
import { Chart } from "../parts/chart.js";
import { FigureTable } from "../parts/figure_table.js";
import { Head } from "../parts/head.js";
import { Card, Fact, Facts, Problem, Select } from "../parts/parts.js";
import { rangeOf, RangePicker, RANGES } from "../parts/ranges.js";
import { NoRequests } from "./overview.js";

const BY = [["model", "model"], ["provider", "provider"], ["key", "key"], ["team", "team"]];
const COLUMNS = ["requests", "input", "cached", "output", "reasoning", "cost", "share"];

export function Tokens({ params, session }) {
  const range = rangeOf(params, "24h");
  const by = BY.some(([name]) => name === params.get("by")) ? params.get("by") : "model";
  const last = RANGES[range][1];
  const lines = useApi("/series", { params: { last, by }, every: 15_000 });
  const usage = useApi("/usage", { params: { last, by }, every: 15_000 });
  const days = useApi("/usage", {
    params: { last: Math.max(last, RANGES["30d"][1]), by: "day" },
    every: 60_000,
  });
  const totals = usage.data?.totals;
  const groups = lines.data?.groups ?? [];
  const times = groups[0]?.series.times ?? [], step = (groups[0]?.series.step ?? 1000) / 1000;
  const perSecond = (values) => values.map((value) => value / step);
  const tokens = (series) => series.input_tokens.map((value, index) => value + series.output_tokens[index]);
  return html`<${Head} title="Tokens and cost">
    <${Select} label="By" value=${by} options=${BY} onChange=${(value) => setParams({ by: value })} />
    <${RangePicker} value=${range} />
  </${Head}>
  <${Problem} error=${lines.error ?? usage.error} />
  ${
    totals?.requests === 0 ? html`<${NoRequests} range=${range} session=${session} />` : totals
      ? html`
        <${Facts}>
          <${Fact} name="Spend" value=${usd(totals.cost_usd)} more=${`${
            usd(totals.cost_usd / totals.requests)
          } a request`} />
          <${Fact} name="Input tokens" value=${compact(totals.input_tokens)} more=${`${
            count(totals.input_tokens / totals.requests)
          } a request`} />
          <${Fact} name="Output tokens" value=${compact(totals.output_tokens)} more=${`${
            count(totals.output_tokens / totals.requests)
          } a request`} />
          <${Fact} name="Providers' caches" value=${percent(
            totals.cached_tokens / totals.input_tokens,
          )} more=${`${compact(totals.cached_tokens)} tokens read`} />
          <${Fact} name="Gateway's cache" value=${percent(
            totals.cache_hits / totals.requests,
          )} more=${`${count(totals.cache_hits)} answers`} />
          </${Facts}>
          <div class="grid">
            <${Card} title="Tokens" about=${`a second, by ${by}`}>
              <${Chart} title=${`Tokens by ${by}`} stacked times=${times} format=${(value) =>
                `${compact(value)}/s`}
                lines=${groups.map(({ name, series }) => ({
                  name: name || "none",
                  values: perSecond(tokens(series)),
                }))} />
              </${Card}>
              <${Card} title="Spend" about=${`each ${duration(step * 1000)}, by ${by}`}>
                <${Chart} title=${`Spend by ${by}`} stacked times=${times} format=${usd}
                  lines=${groups.map(({ name, series }) => ({
                    name: name || "none",
                    values: series.cost_usd.map((value) => value ?? 0),
                  }))} />
                </${Card}>
                </div>
                <${Card}
                  title=${`By ${by}`}><${FigureTable} groups=${usage.data
                    .groups} kind=${by} range=${range} columns=${COLUMNS} shareOf="cost_usd" /></${Card}>
        ${days.data
          ? html`
            <${Card} title="By day" about="the days of UTC">
              <${FigureTable} groups=${days.data.groups} kind="day" columns=${COLUMNS} shareOf="cost_usd" />
              </${Card}>
          `
          : null}
      `
      : null
  }`;
}
