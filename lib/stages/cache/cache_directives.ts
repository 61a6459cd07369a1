/** What a request says of the cache. */
export interface CacheDirectives {
  /** A kept answer may be given. */
  readonly read: boolean;
  /** The answer may be kept, and given to those who ask the same meanwhile. */
  readonly write: boolean;
  /** The most that a kept answer may be old, milliseconds; Infinity: any age. */
  readonly maxAge: number;
}

const ALL: CacheDirectives = { read: true, write: true, maxAge: Infinity };
const NOTHING: CacheDirectives = { read: false, write: false, maxAge: Infinity };

/**
 * Reads `cache-control` as far as it concerns a request: `no-store`, `no-cache` and `max-age`; and the gateway's own
 * `x-gateway-cache: off`, which asks for neither.
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1
 */
export function cacheDirectives(headers: Headers | null): CacheDirectives {
  if (headers?.get("x-gateway-cache")?.trim().toLowerCase() === "off") return NOTHING;
  const control = headers?.get("cache-control") ?? null;
  if (control === null) return ALL;
  let { read, write, maxAge } = ALL;
  for (const each of control.toLowerCase().split(",")) {
    const [name = "", value = ""] = each.split("=").map((side) => side.trim());
    if (name === "no-store") write = false;
    else if (name === "no-cache") read = false;
    else if (name === "max-age") maxAge = ageIn(value);
  }
  return { read: read && maxAge > 0, write, maxAge };
}

/** What is no number of seconds asks for a fresh answer. */
function ageIn(value: string): number {
  const seconds = /^"?(\d+)"?$/.exec(value)?.[1];
  return seconds === undefined ? 0 : Number(seconds) * 1000;
}
