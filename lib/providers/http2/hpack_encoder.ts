import { Buffer } from "node:buffer";
import { STATIC_TABLE } from "./static_table.ts";

/** The first index of each name, and the index of each whole header, in the static table. */
const NAMES = new Map<string, number>();
const HEADERS = new Map<string, number>();
STATIC_TABLE.forEach(([name, value], i) => {
  if (!NAMES.has(name)) NAMES.set(name, i + 1);
  HEADERS.set(`${name}\n${value}`, i + 1);
});

/** Values that no table on the way may keep. */
const SECRET = new Set(["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"]);

/** Room for the prefixes of one header. */
const PREFIXES = 12;

/**
 * A header block that refers to the static table alone: there is no state, and a request's headers are small beside
 * its body.
 * @param headers `[name, value, …]`, names in lower case, values Latin-1.
 * @see https://www.rfc-editor.org/rfc/rfc7541#section-6
 */
export function encodeHeaders(headers: readonly string[]): Uint8Array {
  let size = 0;
  for (const text of headers) size += text.length;
  const block = Buffer.allocUnsafe(size + PREFIXES * headers.length / 2);
  let at = 0;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const [name = "", value = ""] = [headers[i], headers[i + 1]];
    const whole = HEADERS.get(`${name}\n${value}`);
    if (whole !== undefined) {
      at = writeInteger(block, at, 0x80, 7, whole);
      continue;
    }
    const index = NAMES.get(name) ?? 0;
    at = writeInteger(block, at, SECRET.has(name) ? 0x10 : 0, 4, index);
    if (index === 0) at = writeString(block, at, name);
    at = writeString(block, at, value);
  }
  return block.subarray(0, at);
}

function writeString(block: Buffer, at: number, text: string): number {
  const start = writeInteger(block, at, 0, 7, text.length);
  return start + block.write(text, start, "latin1");
}

/** @param flags the bits before the number in its first byte. @returns where it ends. */
function writeInteger(block: Uint8Array, at: number, flags: number, bits: number, value: number): number {
  const mask = (1 << bits) - 1;
  if (value < mask) {
    block[at] = flags | value;
    return at + 1;
  }
  block[at++] = flags | mask;
  let rest = value - mask;
  for (; rest >= 0x80; rest >>>= 7) block[at++] = (rest & 0x7f) | 0x80;
  block[at++] = rest;
  return at;
}
