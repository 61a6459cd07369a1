/**
 * The smallest pieces of JSON over bytes: where they end. What is wrong is told by the caller, who knows where
 * in the body it is.
 */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** Bytes that end the plain run of a string: quote, backslash, control characters. */
export const STOPS: Uint8Array = new Uint8Array(256).fill(1, 0, 0x20);
STOPS[QUOTE] = STOPS[BACKSLASH] = 1;

/** {@linkcode STOPS} as a pattern. */
// deno-lint-ignore no-control-regex
const STOP = /[\x00-\x1f"\\]/;

/** Bytes that may follow a backslash, but `u`. */
export const ESCAPES: Uint8Array = new Uint8Array(256);
for (const char of '"\\/bfnrt') ESCAPES[char.charCodeAt(0)] = 1;

/** One character a byte. Windows-1252 in truth, but none of its odd characters is ASCII. */
const latin1 = new TextDecoder("latin1");

/** Bytes of a string that are looked at one by one before native searches pay. */
const SHORT_RUN = 512;

/** Offset of the next byte in {@linkcode STOPS}, or the length. */
export function skipPlain(bytes: Uint8Array, at: number): number {
  const soon = Math.min(at + SHORT_RUN, bytes.length);
  while (at < soon && STOPS[bytes[at] as number] === 0) at++;
  return at === soon ? skipLongRun(bytes, at) : at;
}

/**
 * Goes on in a string that has had no special byte for a while, likely an image in base64, with native searches:
 * they need no warm-up, which would cost the first large body 10 ms. The windows grow while they are clean, so
 * that a long text with escapes here and there is not searched to its end after each.
 */
function skipLongRun(bytes: Uint8Array, at: number): number {
  for (let size = 2 * SHORT_RUN; at < bytes.length; size *= 2) {
    const window = bytes.subarray(at, at + size);
    const stop = latin1.decode(window).search(STOP);
    if (stop >= 0) return at + stop;
    at += window.length;
  }
  return at;
}

export function skipSpace(bytes: Uint8Array, at: number): number {
  for (;; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
  }
}

/** The end of the number at `start`, or `-1 - offset` of the byte that should have been a digit. */
export function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === 0x2d ? start + 1 : start;
  const integer = at;
  at = skipDigits(bytes, at);
  if (at === integer) return -1 - at;
  if (bytes[integer] === 0x30) at = integer + 1; // what follows a leading zero is no part of the number
  if (bytes[at] === 0x2e) {
    const fraction = ++at;
    at = skipDigits(bytes, at);
    if (at === fraction) return -1 - at;
  }
  if (((bytes[at] ?? 0) | 0x20) === 0x65) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === 0x2d) at++;
    const exponent = at;
    at = skipDigits(bytes, at);
    if (at === exponent) return -1 - at;
  }
  return at;
}

function skipDigits(bytes: Uint8Array, at: number): number {
  for (;; at++) {
    const byte = bytes[at];
    if (byte === undefined || byte < 0x30 || byte > 0x39) return at;
  }
}

/** The value of a hexadecimal digit, or -1. */
export function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** One step of FNV-1a, from {@linkcode HASH_SEED}. */
export function hashStep(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

export const HASH_SEED = 0x811c9dc5;

export function hashOf(bytes: Uint8Array): number {
  let hash = HASH_SEED;
  for (const byte of bytes) hash = hashStep(hash, byte);
  return hash;
}
