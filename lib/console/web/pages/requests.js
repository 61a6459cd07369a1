/** Requests by what is asked for, the newest first; live where that is wanted. */
import { useEffect, useRef, useState } from "../core/packages.js";
import { address, useApi, useEvents } from "../core/api.js";
import { clock, count, duration, text, usd } from "../core/format.js";
import { html } from "../core/html.js";
import { useKeys } from "../core/keyboard.js";
import { go, linkTo, remember, remembered, setParams } from "../core/router.js";
import { Head } from "../parts/head.js";
import { Badge, Card, Empty, Problem, Status, Table } from "../parts/parts.js";
import { filtersOf, RequestFilters } from "../parts/request_filters.js";
import { rangeOf } from "../parts/ranges.js";
import { NoRequests } from "./overview.js";

const PAGE = 50;
/** Rows that the live tail keeps on the page. */
const KEPT = 200;

export function Requests({ params, session }) {
  const live = params.get("live") === "1";
  const before = params.get("before");
  const filters = filtersOf(params);
  const { data, error, again } = useApi("/requests", {
    params: { ...filters, limit: PAGE, before },
    // What has just ended is kept a moment later.
    every: ({ rows }) => rows.length === 0 && before === null ? 1000 : 0,
  });
  const tail = useTail(live, filters, again);
  const rows = live ? merge(tail.rows, data?.rows ?? []) : data?.rows ?? [];
  const [chosen, setChosen] = useState(-1);
  // Keys may come faster than the page is drawn.
  const at = useRef(-1);
  const asked = JSON.stringify([filters, before, live]);
  const first = useRef(asked);
  useEffect(() => {
    if (first.current !== asked) setChosen(at.current = -1);
    first.current = asked;
  }, [asked]);
  // Who comes back from a row goes on from it.
  const opened = useRef(remembered().row);
  useEffect(() => {
    if (opened.current === undefined || rows.length === 0) return;
    setChosen(at.current = rows.findIndex(({ id }) => id === opened.current));
    opened.current = undefined;
  }, [rows.length]);
  at.current = Math.min(at.current, rows.length - 1);
  const link = (row) => linkTo(`/requests/${row.id}`);
  const leave = (event) => {
    const index = event.target.closest?.("tbody tr")?.rowIndex;
    if (index !== undefined) remember({ row: rows[index - 1]?.id });
  };
  // The row has the focus as soon as it is drawn; whatever had it before is not what Enter is meant for.
  const move = (step) => {
    document.activeElement?.blur();
    setChosen(at.current = Math.max(0, Math.min(rows.length - 1, at.current + step)));
  };
  useEffect(() => {
    const row = document.querySelector("tr.chosen");
    row?.scrollIntoView({ block: "nearest" });
    row?.querySelector("a")?.focus({ preventScroll: true });
  }, [chosen]);
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    Enter: () => {
      const row = rows[at.current];
      if (row === undefined) return;
      remember({ row: row.id });
      go(link(row));
    },
    Escape: () => document.activeElement?.blur(),
  });
  const toggle = () => setParams({ live: live ? "" : "1", before: "" });
  return html`<${Head} title="Requests">
    ${
    live
      ? html`<${Badge} tone=${tail.open ? "good" : "warn"}>${tail.open ? "live" : "connecting…"}${
        tail.skipped > 0 ? `, ${count(tail.skipped)} left out` : ""
      }</${Badge}>`
      : null
  }
    <button type="button" aria-pressed=${live} onClick=${toggle}>Live tail</button>
    <a class="button" download href=${address("/export", { ...filters, format: "jsonl" })}>JSON lines</a>
    <a class="button" download href=${address("/export", { ...filters, format: "csv" })}>CSV</a>
  </${Head}>
  <${RequestFilters} params=${params} />
  <${Problem} error=${error} />
  ${
    rows.length > 0
      ? html`
        <div onClickCapture=${leave}>
          <${Card} id="requests">
            <${Table} caption="Requests" rows=${rows} keyOf=${(row) =>
              row.id} columns=${COLUMNS} chosen=${chosen}
              link=${link} fresh=${(row) => live && tail.ids.has(row.id)} />
            </${Card}>
            </div>
      `
      : data === null
      ? null
      : Object.keys(filters).length > 1 || before !== null
      ? html`
        <${Card}>
          <${Empty}
            title="No request is like that">Take a longer time, or <a href=${linkTo(
              "/requests",
            )}>clear the filters</a>.</${Empty}></${Card}>
      `
      : html`<${NoRequests} range=${rangeOf(params)} session=${session} />`
  }
  ${
    live ? null : html`<div class="head"><span class="grow"></span>
    ${data?.partial ? html`<span class="soft">The search took long; older ones may fit too.</span>` : null}
    ${
      before !== null
        ? html`<a class="button" href=${
          linkTo("/requests", { ...Object.fromEntries(params), before: "" })
        }>Newest</a>`
        : null
    }
    ${
      data?.next
        ? html`<a class="button" rel="next" href=${
          linkTo("/requests", { ...Object.fromEntries(params), before: data.next })
        }>Older</a>`
        : null
    }
  </div>`
  }`;
}

/** New rows while the tail is on, the newest first. */
function useTail(on, filters, missed) {
  const [state, setState] = useState({ rows: [], ids: new Set(), skipped: 0 });
  useEffect(() => setState({ rows: [], ids: new Set(), skipped: 0 }), [on, JSON.stringify(filters)]);
  const add = (row) =>
    setState(({ rows, skipped }) => {
      const next = [row, ...rows.filter((it) => it.request_id !== row.request_id)].slice(0, KEPT);
      return { rows: next, ids: new Set(next.map((it) => it.id)), skipped };
    });
  const { last: _last, from: _from, to: _to, ...rest } = filters;
  const open = useEvents(on, {
    row: add,
    missed,
    skipped: ({ skipped }) => setState((before) => ({ ...before, skipped: before.skipped + skipped })),
  }, { ...rest, rows: 1 });
  return { ...state, open };
}

function merge(fresh, known) {
  const ids = new Set(fresh.map((row) => row.id));
  return [...fresh, ...known.filter((row) => !ids.has(row.id))].sort((a, b) => b.id - a.id).slice(0, KEPT);
}

export const COLUMNS = [
  {
    title: "Arrived",
    cell: (row) => html`<a href=${linkTo(`/requests/${row.id}`)}>${clock(row.time)}</a>`,
  },
  { title: "Status", cell: (row) => html`<${Status} status=${row.status} outcome=${row.outcome} />` },
  { title: "Model", cut: true, main: true, cell: (row) => text(row.model || row.requested_model) },
  {
    title: "Provider",
    cut: true,
    cell: (row) =>
      html`<span title=${row.provider}>${text(row.provider)}</span>${
        row.fallback
          ? html`
            <${Badge} tone="warn after">fallback</${Badge}>
          `
          : null
      }`,
  },
  {
    title: "Duration",
    number: true,
    cell: (row) => html`<span class=${row.slow ? "warn" : ""}>${duration(row.duration_ms)}</span>`,
  },
  { title: "First token", number: true, cell: (row) => duration(row.ttft_ms) },
  {
    title: "Tokens",
    number: true,
    cell: (row) =>
      `${count(row.input_tokens)} → ${row.usage_estimated ? "≈" : ""}${count(row.output_tokens)}`,
  },
  { title: "Cost", number: true, cell: (row) => usd(row.cost_usd) },
  { title: "Key", cut: true, cell: (row) => text(row.key_name) },
  {
    title: "What",
    cut: true,
    cell: what,
  },
  { title: "Path", cut: true, aside: true, cell: (row) => text(row.route) },
];

function what(row) {
  const facts = [row.category, row.cache && `cache ${row.cache}`, row.stream && "stream"].filter(Boolean);
  return row.error || facts.join(", ") || "–";
}
