/** The whole story of one request. */
import { useRef, useState } from "../core/packages.js";
import { useApi } from "../core/api.js";
import { bytes, clock, count, duration, text, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { linkTo, setParams } from "../core/router.js";
import { Head } from "../parts/head.js";
import {
  Badge,
  Card,
  Copy,
  Empty,
  Fact,
  Facts,
  Field,
  Json,
  Pairs,
  Problem,
  Status,
  Table,
} from "../parts/parts.js";
import { Waterfall } from "../parts/waterfall.js";

const TABS = { story: "Story", trace: "Trace", content: "Content", log: "Log line" };

export function Request({ id, params, session }) {
  const { data, error, loading } = useApi(`/requests/${encodeURIComponent(id)}`);
  if (error?.status === 404) {
    return html`
      <${Head} title="Request" />
      <${Card}>
        <${Empty} title="This request is not kept">
            It may have been too old or never there. <a href=${linkTo("/requests")}>All requests</a>
          </${Empty}></${Card}>
    `;
  }
  if (data === null) {
    return html`<${Head} title="Request" /><${Problem} error=${error} />${loading ? null : ""}`;
  }
  const { row, detail } = data;
  const tab = TABS[params.get("tab")] === undefined ? "story" : params.get("tab");
  return html`<${Head} title=${row.model || row.requested_model || row.route} about=${`${row.method} ${
    row.path || row.route
  }`}>
    <${Status} status=${row.status} outcome=${row.outcome} />
    ${
    detail.curl
      ? html`<${Copy} text=${detail.curl.replaceAll("$GATEWAY_URL", location.origin)}>Copy as curl</${Copy}>`
      : null
  }
    ${detail.request ? html`<${Replay} row=${row} body=${detail.request} />` : null}
  </${Head}>
  ${
    row.error
      ? html`<p class="problem">${
        row.error_type
          ? html`
            <strong>${row.error_type}: </strong>
          `
          : null
      }${row.error}</p>`
      : null
  }
  <${Facts}>
    <${Fact} name="Duration" value=${duration(row.duration_ms)} more=${`gateway's own ${
    duration(row.overhead_ms)
  }`} />
    <${Fact} name="First token" value=${duration(row.ttft_ms)} more=${row.stream ? "stream" : null} />
    <${Fact} name="Input tokens" value=${count(row.input_tokens)} more=${
    row.cached_tokens ? `${count(row.cached_tokens)} cached` : null
  } />
    <${Fact} name="Output tokens" value=${count(row.output_tokens)} more=${
    row.usage_estimated
      ? "estimated"
      : row.reasoning_tokens
      ? `${count(row.reasoning_tokens)} reasoning`
      : null
  } />
    <${Fact} name="Cost" value=${usd(row.cost_usd)} />
    <${Fact} name="Attempts" value=${count(row.attempts)} more=${row.fallback ? "with fallback" : null} />
  </${Facts}>
  <nav class="tabs" aria-label="Views">${
    Object.entries(TABS).map(([name, title]) =>
      html`
        <a key=${name} href=${linkTo(`/requests/${row.id}`, { tab: name })} aria-current=${name === tab
          ? "true"
          : undefined}
          onClick=${(event) => (event.preventDefault(), setParams({ tab: name }))}>${title}</a>
      `
    )
  }</nav>
  ${tab === "story" ? html`<${Story} row=${row} detail=${detail} />` : null}
  ${
    tab === "trace"
      ? html`
        <${Card} title="Trace" actions=${html`<${TraceLinks} row=${row} session=${session} />`}>
          <${Waterfall} spans=${detail.spans ?? []} />
          </${Card}>
      `
      : null
  }
  ${tab === "content" ? html`<${Content} detail=${detail} session=${session} />` : null}
  ${
    tab === "log"
      ? html`
        <${Card} title="Closing log line" actions=${html`<${Copy} text=${JSON.stringify(detail.log)} />`}>
          <${Json} value=${detail.log} label="Log line" />
          </${Card}>
      `
      : null
  }`;
}

function TraceLinks({ row, session }) {
  if (!row.trace_id) return null;
  return html`<a href=${
    linkTo(`/traces/${row.trace_id}`)
  }>Whole trace</a> <${TraceStore} row=${row} session=${session} />`;
}

/** A link to where traces are kept too. */
export function TraceStore({ row, session }) {
  const address = session.links?.trace?.replace("{trace_id}", encodeURIComponent(row.trace_id));
  return row.trace_id && address?.startsWith("http")
    ? html`
      <a href=${address} target="_blank" rel="noreferrer">In the trace store</a>
    `
    : null;
}

function Story({ row, detail }) {
  const phases = Object.entries(detail.phases ?? {}).filter(([, value]) => typeof value === "number");
  return html`
    <div class="grid">
      <${Card} title="Who and what"><${Pairs} rows=${[
        ["Arrived", clock(row.time)],
        ["Request id", html`<code>${row.request_id}</code>`],
        [
          "Trace id",
          row.trace_id
            ? html`<a href=${linkTo(`/traces/${row.trace_id}`)}><code>${row.trace_id}</code></a>`
            : null,
        ],
        ["Asked for", row.requested_model],
        [row.outcome === "success" ? "Answered by" : "Asked", row.model && `${row.provider} / ${row.model}`],
        ["Key", row.key_name && `${row.key_name}${row.key_tail ? ` (…${row.key_tail})` : ""}`],
        ["Team", row.team],
        ["User", row.user],
        ["Address", row.client_address],
        ["Client", row.user_agent],
        [
          "Ended",
          [row.finish_reason, row.cancel_stage && `cancelled: ${row.cancel_stage.replaceAll("_", " ")}`]
            .filter(Boolean).join(", "),
        ],
        ["Cache", row.cache],
        ["Category", row.category],
        ["Guardrails", row.security_action],
        [
          "Request, answer",
          row.request_bytes === undefined
            ? null
            : `${bytes(row.request_bytes)}, ${bytes(row.response_bytes)}`,
        ],
        ...Object.entries(detail.metadata ?? {}).map(([name, value]) => [name, String(value)]),
        ...Object.entries(detail.tags ?? {}).map(([name, value]) => [name, String(value)]),
      ]} /></${Card}>
        ${phases.length > 0
          ? html`
            <${Card} title="Where the gateway's time went">
              <${Pairs} rows=${phases.map(([name, value]) => [name, duration(value)])} />
              </${Card}>
          `
          : null}
        ${detail.gaps
          ? html`
            <${Card} title="The stream">
              <${Pairs} rows=${[
                ["Chunks", count(row.chunks)],
                ["Between chunks, mean", duration(detail.gaps.mean_ms)],
                ["Between chunks, longest", duration(detail.gaps.max_ms)],
              ]} />
              </${Card}>
          `
          : null}
        ${detail.parameters && Object.keys(detail.parameters).length > 0
          ? html`
            <${Card} title="Parameters">
              <${Pairs} rows=${Object.entries(detail.parameters).map((
                [name, value],
              ) => [name, JSON.stringify(value)])} />
              </${Card}>
          `
          : null}
      </div>
      <${Headers} detail=${detail} />
      ${some(detail.attempts)
        ? html`
          <${Card} title="Attempts">
            <${Table} caption="Attempts" rows=${detail.attempts} keyOf=${(it) =>
              String(it.started_ms)} columns=${[
              { title: "Begins", number: true, cell: (it) => duration(it.started_ms) },
              { title: "Provider", cell: (it) => it.provider },
              { title: "Model", cell: (it) => it.model },
              {
                title: "Answer",
                cell: (it) =>
                  html`<${Badge} tone=${
                    it.status === "success" ? "good" : it.status === "error" ? "bad" : "warn"
                  }>${it.http_status || "none"} ${it.status}</${Badge}>`,
              },
              {
                title: "Why",
                wrap: true,
                cell: (it) =>
                  [it.error_type, it.hedge && "hedge", it.continues && "goes on with another's answer"]
                    .filter(Boolean).join(", ") || "–",
              },
              {
                title: "Headers",
                number: true,
                cell: (it) => duration(it.headers_ms === null ? NaN : it.headers_ms - it.started_ms),
              },
              {
                title: "First chunk",
                number: true,
                cell: (it) => duration(it.first_chunk_ms === null ? NaN : it.first_chunk_ms - it.started_ms),
              },
              {
                title: "Took",
                number: true,
                cell: (it) => duration(it.ended_ms === null ? NaN : it.ended_ms - it.started_ms),
              },
              { title: "Provider's id", cell: (it) => text(it.upstream_request_id) },
            ]} />
            </${Card}>
        `
        : null}
      ${some(detail.stages)
        ? html`
          <${Card} title="Stages">
            <${Table} caption="Stages" rows=${detail.stages} keyOf=${(it) =>
              `${it.stage} ${it.ms ?? it.started_ms}`} columns=${[
              { title: "Stage", cell: (it) => it.stage.replaceAll("_", " ") },
              { title: "Took", number: true, cell: (it) => duration(it.ended_ms - it.started_ms) },
              {
                title: "Found",
                wrap: true,
                cell: (it) =>
                  it.error_type ? html`<span class="bad">${it.error_type}</span>` : factsText(it.facts),
              },
            ]} />
            </${Card}>
        `
        : null}
      ${some(detail.inner_calls)
        ? html`
          <${Card} title="Calls besides">
            <${Table} caption="Calls besides" rows=${detail.inner_calls} keyOf=${(it) =>
              String(it.started_ms)} columns=${[
              { title: "Model", cell: (it) => `${it.provider} / ${it.model}` },
              { title: "For", cell: (it) => it.operation },
              { title: "Ended", cell: (it) => it.status },
              { title: "Took", number: true, cell: (it) => duration(it.ended_ms - it.started_ms) },
              { title: "Input", number: true, cell: (it) => count(it.input_tokens) },
              { title: "Output", number: true, cell: (it) => count(it.output_tokens) },
              { title: "Cost", number: true, cell: (it) => usd(it.cost_usd) },
            ]} />
            </${Card}>
        `
        : null}
      ${some(detail.store_operations)
        ? html`
          <${Card} title="Stores">
            <${Table} caption="Store operations" rows=${detail.store_operations} keyOf=${(it) =>
              `${it.operation}${it.started_ms}`} columns=${[
              { title: "Store", cell: (it) => `${it.store}, ${it.backend}` },
              { title: "Operation", cell: (it) => it.operation },
              { title: "Ended", cell: (it) => it.status },
              { title: "Took", number: true, cell: (it) => duration(it.ended_ms - it.started_ms) },
            ]} />
            </${Card}>
        `
        : null}
  `;
}

/** What either side said beside its body; the request's where they are kept. */
function Headers({ detail }) {
  const { request_headers: asked, response_headers: answered } = detail;
  if (!some(asked) && !some(answered)) return null;
  return html`
    <div class="grid">
      ${some(asked)
        ? html`
          <${Card} title="Request headers">
            <${Pairs} rows=${asked} />
            </${Card}>
        `
        : null}
      ${some(answered)
        ? html`
          <${Card} title="Answer headers" about=${asked === null
            ? "those of the gateway; requests.headers: true keeps all"
            : null}>
            <${Pairs} rows=${answered} />
            </${Card}>
        `
        : null}
    </div>
  `;
}

function factsText(facts) {
  const told = Object.entries(facts ?? {}).filter(([, value]) =>
    value !== "" && value !== null && value !== false && !(Array.isArray(value) && value.length === 0)
  );
  return told.map(([name, value]) => `${name}: ${Array.isArray(value) ? value.join(", ") : value}`).join(
    " · ",
  ) || "nothing";
}

function some(list) {
  return Array.isArray(list) && list.length > 0;
}

function Content({ detail, session }) {
  if (!detail.request && !detail.response) {
    return html`
      <${Card}>
        <${Empty} title="What was said is not kept" command=${"logging:\n  log_requests: true\n  log_responses: true"}>
            ${session.captures
              ? "This request had nothing to keep, or came before it was switched on."
              : "It stays out of everything until it is switched on."}
          </${Empty}></${Card}>
    `;
  }
  return html`
    <div class="grid">
      <${Card} title="Request" actions=${html`<${Copy} text=${detail.request ?? ""} />`}>
        <${Json} value=${pretty(detail.request)} label="Request" />
        </${Card}>
        <${Card} title="Answer" actions=${html`<${Copy} text=${detail.response ?? ""} />`}>
          <${Json} value=${pretty(detail.response)} label="Answer" />
          </${Card}>
          </div>
  `;
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body ?? "";
  }
}

/** Asks the same again, as a client would: by the gateway's own API, with a key that whoever asks has. */
function Replay({ row, body }) {
  const [state, setState] = useState({ busy: false, error: null, requestId: "" });
  const dialog = useRef(null);
  const send = async (event) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get("key");
    dialog.current.close();
    setState({ busy: true, error: null, requestId: "" });
    try {
      setState({ busy: false, error: null, requestId: await replay(row, body, key) });
    } catch (error) {
      setState({ busy: false, error, requestId: "" });
    }
  };
  return html`
    ${state.error ? html`<span class="bad" role="alert">${state.error.message}</span>` : null}
      ${state.requestId
        ? html`<a class="button" href=${linkTo("/requests", { text: state.requestId })}>To its answer</a>`
        : null}
      <button type="button" disabled=${state.busy} onClick=${() => dialog.current.showModal()}>Replay</button>
      <dialog ref=${dialog} aria-labelledby="replay-title">
      <form onSubmit=${send}>
        <h2 id="replay-title">Replay</h2>
        <p
          class="soft">Sends the captured request once more. It is a request like any other, and costs what it costs.</p>
        <${Field}
          label="Key (stays in this page)"><input name="key" type="password" autocomplete="off" placeholder="none" /></${Field}>
        <menu><button type="button" onClick=${() =>
          dialog.current.close()}>Cancel</button><button class="main" type="submit">Send</button></menu>
      </form></dialog>
  `;
}

/** @returns {Promise<string>} the new request's id. */
async function replay({ path, route, method }, body, key) {
  const headers = {
    "content-type": "application/json",
    ...(key === "" ? {} : { authorization: `Bearer ${key}` }),
  };
  const response = await fetch(path || route, { method, headers, body });
  await response.text();
  const id = response.headers.get("x-request-id");
  if (id === null) throw new Error(`The gateway answered ${response.status}.`);
  return id;
}
