/** All that one trace has, of every request in it. */
import { useApi } from "../core/api.js";
import { clock, count, duration } from "../core/format.js";
import { html } from "../core/html.js";
import { linkTo } from "../core/router.js";
import { Head } from "../parts/head.js";
import { Card, Empty, Fact, Facts, Problem, Table } from "../parts/parts.js";
import { timeOf, Waterfall } from "../parts/waterfall.js";
import { COLUMNS } from "./requests.js";
import { TraceStore } from "./request.js";

export function Trace({ id, session }) {
  const { data, error } = useApi(`/traces/${encodeURIComponent(id)}`);
  if (error?.status === 404) {
    return html`
      <${Head} title="Trace" />
      <${Card}>
        <${Empty}
          title="No request of this trace is kept"><a href=${linkTo(
            "/requests",
          )}>All requests</a></${Empty}></${Card}>
    `;
  }
  if (data === null) {
    return html`
      <${Head} title="Trace" />
      <${Problem} error=${error} />
    `;
  }
  const { spans, requests } = data;
  const whole = spans.length === 0
    ? NaN
    : Math.max(...spans.map((it) => it.ended_ms)) - Math.min(...spans.map((it) => it.started_ms));
  const provider = timeOf(spans, "provider");
  const first = spans.flatMap((span) => span.events ?? []).find((event) => event.name.includes("first"));
  const [row] = requests;
  return html`<${Head} title="Trace" about=${id}>${
    row ? html`<${TraceStore} row=${row} session=${session} />` : null
  }</${Head}>
  <${Facts}>
    <${Fact} name="Duration" value=${duration(whole)} more=${row ? `from ${clock(row.time)}` : null} />
    <${Fact} name="Providers' time" value=${duration(provider)} />
    <${Fact} name="Gateway's time" value=${
    duration(Math.max(0, whole - provider))
  } more="all that no provider was waited for" />
    <${Fact} name="First token" value=${duration(row?.ttft_ms ?? first?.at_ms)} />
    ${
    row?.chunks > 1
      ? html`<${Fact} name="Longest gap" value=${duration(row.max_gap_ms)} more=${`of ${
        count(row.chunks)
      } chunks`} />`
      : null
  }
    <${Fact} name="Spans" value=${spans.length} />
  </${Facts}>
  <${Card} title="Spans" about="click a span for its attributes; bold ones are the critical path"><${Waterfall} spans=${spans} /></${Card}>
  <${Card} title="Requests"><${Table} caption="Requests of this trace" rows=${requests} keyOf=${(it) =>
    it.id} link=${(it) => linkTo(`/requests/${it.id}`)} columns=${COLUMNS} /></${Card}>`;
}
