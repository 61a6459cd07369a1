/** The gateway itself: processes, queues, stores, exporters. */
import { useApi } from "../core/api.js";
import { ago, bytes, count, duration, percent, some, text } from "../core/format.js";
import { html } from "../core/html.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Fact, Facts, Problem, Table } from "../parts/parts.js";

const up = (it) => html`<${Badge} tone=${it.up ? "good" : "bad"}>${it.up ? "up" : "down"}</${Badge}>`;

export function System() {
  const { data, error } = useApi("/system", { every: 2000 });
  if (data === null) {
    return html`
      <${Head} title="System" />
      <${Problem} error=${error} />
    `;
  }
  const sum = (name) => data.workers.reduce((all, worker) => all + (worker[name] ?? 0), 0);
  const lost = data.signals.reduce((all, { dropped }) => all + dropped, 0);
  const asked = data.cache ? data.cache.hits + data.cache.misses : 0;
  return html`
    <${Head} title="System" about=${`${data.version}, since ${ago(data.started_at).replace(" ago", "")}`} />
    <${Problem} error=${error} />
    <${Facts}>
      <${Fact} name="Health score" value=${percent(data.score)} tone=${data.score < 0.9 ? "bad" : "good"}
        more="checks, exporters, stores, drops" />
      <${Fact} name="In flight" value=${count(sum("in_flight"))} more=${some(
        sum("open_streams"),
        "stream",
      )} />
      <${Fact} name="Memory" value=${bytes(sum("rss_bytes"))} more=${`heap ${bytes(sum("heap_bytes"))}`} />
      <${Fact} name="Event loop lag" value=${duration(
        Math.max(0, ...data.workers.map((it) => it.loop_lag_ms ?? 0)),
      )} more="the slowest process's" />
      <${Fact} name="Telemetry lost" value=${count(lost)} tone=${lost > 0 ? "warn" : ""} />
      <${Fact} name="Cache hits" value=${asked === 0
        ? "–"
        : percent(data.cache.hits / asked)} more=${asked === 0
        ? "nothing was looked up"
        : `${count(data.cache.hits)} of ${count(asked)}`} />
      </${Facts}>
      <div class="grid wide">
        <${Card} title="Processes">
          <${Table} caption="Processes" rows=${data.workers} keyOf=${(it) => String(it.pid)} columns=${[
            { title: "Worker", cell: (it) => text(it.worker) },
            { title: "Process", number: true, cell: (it) => it.pid },
            { title: "Memory", number: true, cell: (it) => bytes(it.rss_bytes) },
            { title: "Heap", number: true, cell: (it) => bytes(it.heap_bytes) },
            { title: "Lag", number: true, cell: (it) => duration(it.loop_lag_ms) },
            { title: "In flight", number: true, cell: (it) => count(it.in_flight) },
            { title: "Streams", number: true, cell: (it) => count(it.open_streams) },
          ]} />
          </${Card}>
          <${Card} title="Stores">${data.stores.length === 0
            ? html`<${Empty} title="Nothing is kept" />`
            : html`<${Table} caption="Stores" rows=${data.stores} keyOf=${(it) => it.name} columns=${[
              { title: "Store", cell: (it) => it.name },
              { title: "Where", cell: (it) => it.backend },
              { title: "State", cell: up },
              { title: "Entries", number: true, cell: (it) => count(it.entries) },
              { title: "Size", number: true, cell: (it) => bytes(it.bytes) },
              { title: "Latency", number: true, cell: (it) => duration(it.latency_ms) },
              { title: "Why", wrap: true, cell: (it) => text(it.error) },
            ]} />`}</${Card}>
        <${Card} title="Telemetry" about="produced = exported + dropped + queued"><${Table} caption="Telemetry" rows=${data
          .signals} keyOf=${(it) => it.signal} columns=${[
          { title: "Signal", cell: (it) => it.signal },
          ...["produced", "exported", "dropped", "queued", "failed"].map((name) => ({
            title: name[0].toUpperCase() + name.slice(1),
            number: true,
            cell: (it) =>
              html`<span class=${name === "dropped" && it.dropped > 0 ? "warn" : ""}>${
                count(it[name])
              }</span>`,
          })),
        ]} /></${Card}>
        <${Card} title="Exporters">${data.exporters.length === 0
          ? html`<${Empty} title="Nothing is exported" />`
          : html`<${Table} caption="Exporters" rows=${data.exporters} keyOf=${(it) =>
            `${it.signal}${it.name}${it.destination}`} columns=${[
            { title: "Signal", cell: (it) => it.signal },
            { title: "To", wrap: true, cell: (it) => it.destination },
            { title: "State", cell: up },
            { title: "Why", wrap: true, cell: (it) => text(it.error) },
          ]} />`}</${Card}>
      </div>
      <${Card} title="Open requests" about="the oldest first">${data.open_requests.length === 0
        ? html`<${Empty} title="None at the moment" />`
        : html`
          <${Table} caption="Open requests" rows=${data.open_requests} keyOf=${(it) =>
            it.request_id} columns=${[
            { title: "Request", cell: (it) => html`<code>${it.request_id}</code>` },
            { title: "Path", cell: (it) => it.path },
            { title: "Model", cell: (it) => text(it.model) },
            { title: "Age", number: true, cell: (it) => duration(it.age_ms) },
          ]} />
        `}</${Card}>
  `;
}
