/** Which time a page is about: the value `range` of its address. */
import { html } from "../core/html.js";
import { setParams } from "../core/router.js";
import { Select } from "./parts.js";

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** By their names in the address: what is shown, and milliseconds. */
export const RANGES = {
  "15m": ["15 minutes", 15 * MINUTE],
  "1h": ["hour", HOUR],
  "6h": ["6 hours", 6 * HOUR],
  "24h": ["24 hours", DAY],
  "7d": ["7 days", 7 * DAY],
  "30d": ["30 days", 30 * DAY],
};

export function rangeOf(params, fallback = "1h") {
  const name = params.get("range") ?? fallback;
  return RANGES[name] === undefined ? fallback : name;
}

export function RangePicker({ value }) {
  return html`
    <${Select} label="Time" value=${value} options=${Object.entries(RANGES).map((
      [name, [text]],
    ) => [name, `last ${text}`])}
      onChange=${(range) => setParams({ range, before: "" })} />
  `;
}

/** `the last 15 minutes`. */
export function wordsOf(range) {
  return `the last ${RANGES[range][0]}`;
}
