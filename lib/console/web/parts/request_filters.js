/** What requests are asked for; all of it stands in the address. */
import { useEffect, useState } from "../core/packages.js";
import { useApi } from "../core/api.js";
import { html } from "../core/html.js";
import { go, linkTo, setParams } from "../core/router.js";
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

/** A time of the reader's clock, to the second. */
function Moment({ label, name, value }) {
  const text = value === null || value === "" || Number.isNaN(Number(value)) ? "" : localText(Number(value));
  const set = (event) => {
    const at = new Date(event.currentTarget.value).getTime();
    setParams({ [name]: Number.isNaN(at) ? "" : at, before: "" });
  };
  return html`
    <${Field}
      label=${label}><input type="datetime-local" step="1" value=${text} onChange=${set} /></${Field}>
  `;
}

function localText(ms) {
  const offset = new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 19);
}

export function RequestFilters({ params }) {
  const { data } = useApi("/values", { every: 60_000 });
  const [text, setText] = useState(params.get("text") ?? "");
  useEffect(() => setText(params.get("text") ?? ""), [params.get("text")]);
  const set = (name) => (value) => setParams({ [name]: value, before: "" });
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
  const from = params.get("from"), to = params.get("to");
  const some = FILTERS.some((name) => params.get(name)) || from !== null || to !== null;
  return html`
    <form class="fields" role="search" onSubmit=${(event) => {
      event.preventDefault();
      set("text")(text);
    }}>
      <${Field} label="Search"
        wide><input type="search" data-search placeholder="id, model, error, user…" value=${text} onInput=${(
          event,
        ) => setText(event.currentTarget.value)} /></${Field}>
        ${from === null && to === null ? html`<${RangePicker} value=${rangeOf(params)} />` : null}
        ${from === null && to === null
          ? html`<button type="button" title="From one time to another" onClick=${() => {
            const now = Date.now();
            setParams({ from: now - RANGES[rangeOf(params)][1], to: now, range: "", before: "" });
          }}>From … to</button>`
          : html`
            <${Moment} label="From" name="from" value=${from} />
            <${Moment} label="To" name="to" value=${to} />
            <button type="button" title="Times up to now again"
              onClick=${() =>
                setParams({
                  from: "",
                  to: "",
                  before: "",
                })}>✕<span class="hidden"> no fixed time</span></button>
          `}
        ${pick("model", "Model", data?.models)}
        ${pick("provider", "Provider", data?.providers)}
        ${pick("key", "Key", data?.keys.map(({ id, name }) => [id, name]))}
        ${pick("status", "Status", ["200", "4xx", "5xx", "429", "499"])}
        ${pick("outcome", "Outcome", ["success", "rejected", "error", "cancelled", "blocked"])}
        ${data?.categories.length > 0 ? pick("category", "Category", data.categories) : null}
        <div class="flags" role="group" aria-label="Only">${flag("slow", "Slow")}${flag(
          "stream",
          "Streams",
        )}${flag("fallback", "Fallback")}</div>
        ${some
          ? html`<button type="button" class="plain" onClick=${() => go(linkTo("/requests"))}>Clear</button>`
          : null}
      </form>
  `;
}
