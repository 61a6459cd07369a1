/** How it is going: rate, errors, latency, tokens and spend, live. */
import { useMemo, useState } from "../core/packages.js";
import { useApi, useEvents } from "../core/api.js";
import { compact, count, duration, percent, rate, some, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { go, linkTo, place } from "../core/router.js";
import { Chart } from "../parts/chart.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Fact, Facts, Problem } from "../parts/parts.js";
import { rangeOf, RangePicker, RANGES, wordsOf } from "../parts/ranges.js";
import { FigureTable } from "../parts/figure_table.js";

export function Overview({ params, session }) {
  const range = rangeOf(params, "15m");
  const { data, error } = useApi("/overview", { params: { last: RANGES[range][1] }, every: 5000 });
  const [now, setNow] = useState(null);
  const live = useEvents(true, { figures: setNow });
  const zoom = (from, to) => go(linkTo("/requests", { from: Math.floor(from), to: Math.ceil(to) }));
  // Drawn anew when there is something new: figures come each second.
  const charts = useMemo(
    () => data && html`<${Charts} data=${data} zoom=${zoom} range=${range} session=${session} />`,
    [data, params.get("whole")],
  );
  const figures = now ?? data?.now ?? {};
  return html`
    <${Head} title="Overview" about=${`of the last 10 seconds; in all: of ${wordsOf(range)}`}>
      <${Badge} tone=${live ? "good" : "warn"}>${live ? "live" : "connecting…"}</${Badge}>
        <${RangePicker} value=${range} />
      </${Head}>
      <${Problem} error=${error} />
      <${Facts}>
        <${Fact} name="Requests" value=${rate(figures.rate)} more=${data
          ? `${count(data.totals.requests)} in all`
          : null} />
        <${Fact} name="Errors" value=${percent(figures.error_rate)} tone=${figures.error_rate > 0.05
          ? "bad"
          : ""} more=${data ? `${percent(data.totals.error_rate)} in all` : null} />
        <${Fact} name="In flight" value=${count(figures.in_flight)} more=${figures.open_streams === undefined
          ? null
          : some(figures.open_streams, "stream")} />
        <${Fact} name="Response, P50" value=${duration(figures.p50_ms)} more=${data
          ? `${duration(data.totals.p50_ms)} in all`
          : null} />
        <${Fact} name="Response, P95" value=${duration(figures.p95_ms)} more=${data
          ? `${duration(data.totals.p95_ms)} in all`
          : null} />
        <${Fact} name="Response, P99" value=${duration(figures.p99_ms)} more=${data
          ? `${duration(data.totals.p99_ms)} in all`
          : null} />
        <${Fact} name="First token, P50" value=${duration(figures.ttft_p50_ms)} more=${data
          ? `${duration(data.totals.ttft_p95_ms)} P95 in all`
          : null} />
        <${Fact} name="Gateway's own, P50" value=${duration(figures.overhead_p50_ms)} more=${data
          ? `${duration(data.totals.overhead_p50_ms)} in all`
          : null} />
        <${Fact} name="Spend, in all" value=${usd(
          data?.totals.cost_usd,
        )} more=${figures.cost_today_usd === undefined
          ? null
          : `${usd(figures.cost_today_usd)} today (UTC)`} />
      </${Facts}>
      ${charts}
  `;
}

function Charts({ data, zoom, range, session }) {
  const { series, totals } = data;
  if (totals.requests === 0 && data.now.in_flight === 0) {
    return html`<${NoRequests} range=${range} session=${session} />`;
  }
  const perSecond = (values) => values.map((value) => value / (series.step / 1000));
  const shares = series.requests.map((all, index) => all === 0 ? null : series.errors[index] / all);
  const chart = (title, lines, format, { about, ...more } = {}) =>
    html`
      <${Card} title=${title} about=${about}>
        <${Chart} title=${title} times=${series.times} lines=${lines} format=${format} onSelect=${zoom}
          ...${more} />
        </${Card}>
    `;
  return html`
    <div class="grid">
        ${chart("Requests", [{ name: "requests", values: perSecond(series.requests) }, {
          name: "cancelled",
          values: perSecond(series.cancelled),
          colour: "c1",
        }], rate)}
        ${chart("Error rate", [{ name: "errors", values: shares, colour: "bad" }], percent)}
        ${chart("Response time", [
          { name: "P50", values: series.p50_ms },
          { name: "P95", values: series.p95_ms },
          { name: "P99", values: series.p99_ms, colour: "c3" },
        ], duration)}
        ${chart("Time to first token", [{ name: "P50", values: series.ttft_p50_ms }, {
          name: "P95",
          values: series.ttft_p95_ms,
        }], duration)}
        ${chart(
          "Tokens",
          [
            { name: "input", values: perSecond(series.input_tokens) },
            { name: "output", values: perSecond(series.output_tokens), colour: "c2" },
          ],
          (value) => `${compact(value)}/s`,
          { stacked: true, about: "a second" },
        )}
        ${chart("Spend", [{ name: "spend", values: series.cost_usd, colour: "c4" }], usd, {
          about: `each ${duration(series.step)}`,
        })}
      </div>
    <div class="grid">
      <${Card} title="Models">
        <${FigureTable} groups=${data.models} kind="model" range=${range} />
        </${Card}>
        <${Card} title="Providers">
          <${FigureTable} groups=${data.providers} kind="provider" range=${range} />
          </${Card}>
          </div>
  `;
}

/** @param {{range: string, session: object}} props range: in which there is none; there may be some before it. */
export function NoRequests({ range, session }) {
  const [model] = session.models;
  const command = model === undefined
    ? "providers:\n  mock: { type: mock }\nmodels:\n  mock: mock/mock"
    : `curl ${location.origin}/v1/chat/completions \\\n  -H 'content-type: application/json' \\\n  -H \"authorization: Bearer $GATEWAY_KEY\" \\\n  -d '${
      JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }).replaceAll("'", "'\\''")
    }'`;
  return html`
    <${Card}>
      <${Empty} title="No requests in ${wordsOf(range)}" command=${command}>
        ${range === "30d" ? null : html`
          There may be some in the <a href=${linkTo(place().path, { range: "30d" })}>last 30 days</a>.${" "}
        `}
        ${model === undefined ? "No model is configured. The built-in one needs no key:" : html`
          Try the <a href=${linkTo("/playground")}>playground</a>, or send one:
        `}
      </${Empty}></${Card}>
  `;
}
