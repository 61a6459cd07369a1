/**
 * Numbers and times as people read them. What is not known is a dash. Of numbers nothing is left to `Intl`: its first use
 * takes a browser 15 ms, before which nothing would be drawn.
 */

const DASH = "–";
const known = (value) => typeof value === "number" && Number.isFinite(value);
const THOUSANDS = /\B(?=(?:\d{3})+(?!\d))/g;

/** @param {number} most digits after the point; at least `least`, even if they are zeros. */
function decimal(value, most, least = 0) {
  const [whole, digits = ""] = value.toFixed(most).split(".");
  const kept = digits.replace(/0+$/, "").padEnd(least, "0");
  return whole.replace(THOUSANDS, ",") + (kept === "" ? "" : `.${kept}`);
}

export function count(value) {
  return known(value) ? decimal(value, 0) : DASH;
}

/** `1.2K`, `3.4M`. */
export function compact(value) {
  if (!known(value)) return DASH;
  let size = value, unit = 0;
  for (; Math.abs(size) >= 999.95 && unit < 4; unit++) size /= 1000;
  return decimal(size, 1) + ["", "K", "M", "B", "T"][unit];
}

/** @param {number} value a second. */
export function rate(value) {
  return known(value) ? `${value >= 100 ? decimal(value, 0) : decimal(value, value < 1 ? 2 : 1)}/s` : DASH;
}

/** @param {number} value from 0 to 1. */
export function percent(value) {
  if (!known(value)) return DASH;
  const hundred = value * 100;
  return `${decimal(hundred, hundred !== 0 && hundred < 1 ? 2 : 1)}\u00a0%`;
}

/** @param {number} ms milliseconds. */
export function duration(ms) {
  if (!known(ms)) return DASH;
  if (ms < 1) return ms === 0 ? "0\u00a0ms" : `${Math.round(ms * 1000)}\u00a0µs`;
  if (ms < 1000) return `${decimal(ms, ms < 10 ? 1 : 0)}\u00a0ms`;
  if (ms < 59_950) return `${decimal(ms / 1000, ms < 10_000 ? 2 : 1)}\u00a0s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return parts(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 48 * 60) return parts(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return parts(Math.floor(hours / 24), "d", hours % 24, "h");
}

function parts(large, unit, small, smallUnit) {
  return `${large}\u00a0${unit}${small === 0 ? "" : `\u00a0${small}\u00a0${smallUnit}`}`;
}

/** `1 stream`, `2 streams`. */
export function some(value, one) {
  return `${count(value)} ${one}${value === 1 ? "" : "s"}`;
}

/** US dollars; small amounts keep their digits, since a request costs parts of a cent. */
export function usd(value) {
  if (!known(value)) return DASH;
  if (value === 0) return "$0";
  const size = Math.abs(value);
  const digits = size >= 1000 ? 0 : size >= 1 ? 2 : size >= 0.01 ? 4 : 6;
  return `$${decimal(value, digits, Math.min(digits, 2))}`;
}

export function bytes(value) {
  if (!known(value)) return DASH;
  const units = ["B", "KB", "MB", "GB", "TB"];
  let size = value, unit = 0;
  while (Math.abs(size) >= 1000 && unit < units.length - 1) size /= 1000, unit++;
  return `${decimal(size, unit === 0 ? 0 : 1)}\u00a0${units[unit]}`;
}

/** @param {number} ms Unix milliseconds. `14:03:09.120`, with the day where it is not today. */
export function clock(ms, { millis = true } = {}) {
  if (!known(ms)) return DASH;
  const date = new Date(ms);
  const text = date.toLocaleTimeString("en-GB") +
    (millis ? `.${String(date.getMilliseconds()).padStart(3, "0")}` : "");
  return date.toDateString() === new Date().toDateString() ? text : `${day(ms)} ${text}`;
}

export function day(ms) {
  if (!known(ms)) return DASH;
  const date = new Date(ms);
  const two = (value) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** `3 s ago`. */
export function ago(ms, now = Date.now()) {
  if (!known(ms)) return DASH;
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return `${seconds}\u00a0s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}\u00a0min ago`;
  return seconds < 86_400
    ? `${Math.floor(seconds / 3600)}\u00a0h ago`
    : `${Math.floor(seconds / 86_400)}\u00a0d ago`;
}

export function text(value) {
  return value === null || value === undefined || value === "" ? DASH : String(value);
}
