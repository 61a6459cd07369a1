/** Whether providers are well, and how the traffic is shared among them. */
import { useApi } from "../core/api.js";
import { ago, count, duration, percent, rate, text } from "../core/format.js";
import { html } from "../core/html.js";
import { Chart } from "../parts/chart.js";
import { FigureTable } from "../parts/figure_table.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Fact, Facts, Problem, Table } from "../parts/parts.js";
import { rangeOf, RangePicker, RANGES } from "../parts/ranges.js";

const HEALTH = { up: "good", resting: "warn", down: "bad", unknown: "" };
const BREAKER = { closed: "good", half_open: "warn", open: "bad" };

/** Targets that are shown at once. */
const MOST = 25;

function trouble({ health, breaker }) {
  return health === "down" || breaker === "open"
    ? 2
    : health === "resting" || breaker === "half_open"
    ? 1
    : 0;
}

export function Providers({ params }) {
  const range = rangeOf(params, "1h");
  const last = RANGES[range][1];
  const { data, error } = useApi("/providers", { params: { last }, every: 5000 });
  const lines = useApi("/series", { params: { last, by: "provider" }, every: 15_000 });
  const groups = (lines.data?.groups ?? []).filter(({ name }) => name !== "");
  const times = groups[0]?.series.times ?? [];
  const share = (part) => ({ series }) =>
    series.requests.map((all, index) => all === 0 ? null : part(series, index) / all);
  if (data === null) {
    return html`
      <${Head} title="Providers" />
      <${Problem} error=${error} />
    `;
  }
  const targets = [...data.targets].sort((a, b) => trouble(b) - trouble(a) || b.in_flight - a.in_flight);
  const down = data.targets.filter(({ health, breaker }) => health === "down" || breaker === "open");
  return html`<${Head} title="Providers"><${RangePicker} value=${range} /></${Head}>
  <${Problem} error=${error} />
  ${
    data.targets.length === 0
      ? html`
        <${Card}>
          <${Empty} title="No provider is configured" command=${"# config.yaml\nproviders:\n  openai:\n    type: openai\n    api_key: ${OPENAI_API_KEY}"} />
          </${Card}>
      `
      : html`
        <${Facts}>
          <${Fact} name="Targets" value=${count(data.targets.length)} more=${`${
            new Set(data.targets.map((it) => it.provider)).size
          } providers`} />
          <${Fact} name="Out of use" value=${count(down.length)} tone=${down.length > 0
            ? "bad"
            : "good"} more=${[...new Set(down.map((it) => it.provider))].join(", ") || "all can be used"} />
          </${Facts}>
          <${Card} title="Targets" about="those with trouble first">
            <${Table} caption="Targets" most=${MOST} rows=${targets} keyOf=${(it) =>
              `${it.provider}/${it.model}/${it.endpoint}`} columns=${[
              { title: "Provider", cell: (it) => it.provider },
              { title: "Model", cell: (it) => it.model },
              { title: "Type", cell: (it) => text(it.type) },
              {
                title: "Health",
                cell: (it) => html`<${Badge} tone=${HEALTH[it.health]}>${it.health}</${Badge}>`,
              },
              {
                title: "Breaker",
                cell: (it) =>
                  html`<${Badge} tone=${BREAKER[it.breaker]}>${
                    text(it.breaker).replace("_", " ")
                  }</${Badge}>`,
              },
              { title: "Since", cell: (it) => it.since ? ago(it.since) : "–" },
              { title: "In flight", number: true, cell: (it) => count(it.in_flight) },
              {
                title: "Rests",
                number: true,
                cell: (it) => it.resting_until ? duration(Math.max(0, it.resting_until - Date.now())) : "–",
              },
              {
                title: "Last error",
                wrap: true,
                cell: (it) => it.last_error === null
                  ? "–"
                  : html`${it.last_error} <span class="soft">${ago(it.last_error_at)}</span>`,
              },
            ]} />
            </${Card}>
            <div class="grid">
              <${Card} title="Success rate">
                <${Chart} title="Success rate by provider" times=${times} format=${percent}
                  lines=${groups.map((group) => ({
                    name: group.name,
                    values: share((series, index) => series.requests[index] - series.errors[index])(group),
                  }))} />
                </${Card}>
                <${Card} title="Traffic" about="requests a second">
                  <${Chart} title="Traffic by provider" stacked times=${times} format=${rate}
                    lines=${groups.map(({ name, series }) => ({
                      name,
                      values: series.requests.map((value) => value / (series.step / 1000)),
                    }))} />
                  </${Card}>
                  </div>
                  <${Card} title="By provider">
                    <${FigureTable} groups=${data.figures} kind="provider" range=${range} columns=${[
                      "requests",
                      "share",
                      "error_rate",
                      "p50",
                      "p95",
                      "ttft",
                      "cost",
                    ]} />
                    </${Card}>
      `
  }`;
}
