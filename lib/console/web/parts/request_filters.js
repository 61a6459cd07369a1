/** What requests are asked for; all of it stands in the address. */
import { useEffect, useState } from "../core/packages.js";
import { useApi } from "../core/api.js";
import { html } from "../core/html.js";
import { go, linkTo, setParams } from "../core/router.js";
import { clock } from "../core/format.js";
import { Field, Select } from "./parts.js";
import { rangeOf, RangePicker, RANGES } from "./ranges.js";

/** Names of filters, as the address and the API have them. */
export const FILTERS = [
  "model",
  "provider",
  "key",
  "team",
  "status",
  "outcome",
  "category",
  "route",
  "stream",
  "slow",
  "fallback",
  "cache",
  "text",
];

/** The parameters of the API for what an address asks for. */
export function filtersOf(params) {
  const from = params.get("from"), to = params.get("to");
  const filters = from === null && to === null ? { last: RANGES[rangeOf(params)][1] } : { from, to };
  for (const name of FILTERS) if (params.get(name)) filters[name] = params.get(name);
  return filters;
}

export function RequestFilters({ params }) {
  const { data } = useApi("/values", { every: 60_000 });
  const [text, setText] = useState(params.get("text") ?? "");
  useEffect(() => setText(params.get("text") ?? ""), [params.get("text")]);
  const set = (name) => (value) => setParams({ [name]: value, before: "" }, { replace: false });
  const flag = (name, label) => {
    const on = params.get(name) === "1";
    return html`<button type="button" aria-pressed=${on} onClick=${() =>
      set(name)(on ? "" : "1")}>${label}</button>`;
  };
  const pick = (name, label, options) => {
    const value = params.get(name) ?? "";
    const all = options ?? [];
    const known = value === "" || all.some((it) => (Array.isArray(it) ? it[0] : it) === value);
    return html`<${Select} label=${label} value=${value} any="all" options=${
      known ? all : [...all, value]
    } onChange=${set(name)} />`;
  };
  const from = params.get("from");
  const some = FILTERS.some((name) => params.get(name)) || from !== null;
  return html`
    <form class="fields" role="search" onSubmit=${(event) => {
      event.preventDefault();
      set("text")(text);
    }}>
      <${Field} label="Search"
        wide><input type="search" data-search placeholder="id, model, error, user…" value=${text} onInput=${(
          event,
        ) => setText(event.currentTarget.value)} /></${Field}>
        ${from === null ? html`<${RangePicker} value=${rangeOf(params)} />` : html`
          <${Field}
            label="Time"><button type="button" onClick=${() => setParams({ from: "", to: "" })}>${clock(
              Number(from),
              { millis: false },
            )} – ${clock(Number(params.get("to")), { millis: false })} ✕</button></${Field}>
        `}
        ${pick("model", "Model", data?.models)}
        ${pick("provider", "Provider", data?.providers)}
        ${pick("key", "Key", data?.keys.map(({ id, name }) => [id, name]))}
        ${pick("status", "Status", ["200", "4xx", "5xx", "429", "499"])}
        ${pick("outcome", "Outcome", ["success", "rejected", "error", "cancelled", "blocked"])}
        ${data?.categories.length > 0 ? pick("category", "Category", data.categories) : null}
        ${flag("slow", "Slow")}${flag("stream", "Streams")}${flag("fallback", "Fallback")}
        ${some
          ? html`<button type="button" class="plain" onClick=${() => go(linkTo("/requests"))}>Clear</button>`
          : null}
      </form>
  `;
}
