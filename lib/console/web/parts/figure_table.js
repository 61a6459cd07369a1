/** Groups of requests (models, providers, keys, days) with their figures, a line each. */
import { compact, count, duration, percent, rate, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { linkTo } from "../core/router.js";
import { Bar, Empty, Table } from "./parts.js";

const COLUMNS = {
  requests: { title: "Requests", number: true, cell: (it) => count(it.requests) },
  share: null,
  error_rate: {
    title: "Errors",
    number: true,
    cell: (it) => html`<span class=${it.error_rate > 0.05 ? "bad" : ""}>${percent(it.error_rate)}</span>`,
  },
  p50: { title: "P50", number: true, cell: (it) => duration(it.p50_ms) },
  p95: { title: "P95", number: true, cell: (it) => duration(it.p95_ms) },
  p99: { title: "P99", number: true, cell: (it) => duration(it.p99_ms) },
  ttft: { title: "First token", number: true, cell: (it) => duration(it.ttft_p50_ms) },
  overhead: { title: "Gateway", number: true, cell: (it) => duration(it.overhead_p50_ms) },
  input: { title: "Input", number: true, cell: (it) => compact(it.input_tokens) },
  output: { title: "Output", number: true, cell: (it) => compact(it.output_tokens) },
  cached: { title: "Cached", number: true, cell: (it) => compact(it.cached_tokens) },
  reasoning: { title: "Reasoning", number: true, cell: (it) => compact(it.reasoning_tokens) },
  cost: { title: "Spend", number: true, cell: (it) => usd(it.cost_usd) },
  rate: { title: "Rate", number: true, cell: (it) => rate(it.rate) },
};
const USUAL = ["requests", "share", "error_rate", "p50", "p95", "cost"];

/** Those that are told one by one no more: nothing is called so, and there is nothing to filter by. */
const OTHERS = new Set(["other", "(other)"]);
const SHARES = { requests: "Of requests", cost_usd: "Of spend" };
/** Groups that are shown at once. */
const MOST = 25;

/** @param {{groups: object[], kind: string, range?: string, columns?: string[], shareOf?: string}} props kind: the
 * filter that a line leads to. shareOf: the figure that `share` is a share of. */
export function FigureTable({ groups, kind, range, columns = USUAL, shareOf = "requests" }) {
  if (groups.length === 0) return html`<${Empty} title="Nothing in this time" />`;
  const all = groups.reduce((sum, it) => sum + it[shareOf], 0);
  const share = {
    title: SHARES[shareOf],
    cell: (it) =>
      html`<${Bar} share=${it[shareOf] / all} label=${percent(all === 0 ? 0 : it[shareOf] / all)} plain />`,
  };
  const filter = kind === "key" || kind === "model" || kind === "provider" || kind === "team";
  const name = {
    title: kind[0].toUpperCase() + kind.slice(1),
    wrap: kind !== "day",
    cell: (it) => it.name === "" ? html`<span class="soft">none</span>` : it.name,
  };
  const link = (it) =>
    filter && !OTHERS.has(it.name) && it.name !== ""
      ? linkTo("/requests", { [kind]: it.id ?? it.name, range })
      : undefined;
  return html`
    <${Table} caption="By ${kind}" most=${MOST} rows=${groups} keyOf=${(it) => it.id ?? it.name} link=${link}
      columns=${[name, ...columns.map((column) => column === "share" ? share : COLUMNS[column])]} />
  `;
}
