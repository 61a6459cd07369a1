import type { Redactor } from "./redaction.ts";

/** What is kept of a message's headers, so that no client can fill a store with them. */
const MOST = 64;
const LONGEST_NAME = 64;
const LONGEST_VALUE = 256;
/** Characters of all names and values. */
const MOST_CHARACTERS = 4096;

const MASK = "***";

/**
 * Headers that say who asks, by what their names hold: keys go by many names. Counts of tokens are none of them, and
 * neither is what makes a request known again.
 */
const HIDDEN = /auth|key|token(?!s)|cookie|secret|passw|credential|session|signature|jwt|assertion|oidc|cert/;
const SHOWN: ReadonlySet<string> = new Set(["idempotency-key", "www-authenticate", "sec-websocket-key"]);

/**
 * A message's headers as a store may have them: name, value, name, value, …; without what looks like a secret or is
 * named like one, and within bounds.
 */
export function keptHeaders(headers: Headers, redactor: Redactor): string[] {
  const kept: string[] = [];
  let left = MOST_CHARACTERS;
  for (const [name, value] of headers) {
    if (kept.length === MOST * 2) break;
    const hidden = !SHOWN.has(name) && (HIDDEN.test(name) || redactor.hides(name));
    // What looks like a secret is found before the cut, or half of one would be kept.
    const text = hidden ? MASK : redactor.text(withoutQuery(value), LONGEST_VALUE);
    const shown = name.slice(0, LONGEST_NAME);
    left -= shown.length + text.length;
    if (left < 0) break;
    kept.push(shown, text);
  }
  return kept;
}

/** Addresses (`referer`, what a proxy was asked for) may hold a key in their query. */
function withoutQuery(value: string): string {
  const at = value.indexOf("?");
  return at >= 0 && value.includes("=", at) ? `${value.slice(0, at)}?${MASK}` : value;
}
