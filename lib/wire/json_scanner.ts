import type { JsonValue } from "./canonical.ts";
import { joinBytes } from "./join_bytes.ts";
import { shortNumber } from "./json_number.ts";
import { type JsonMember, JsonWalker } from "./json_walker.ts";

/**
 * One pass over a request body's bytes: the whole grammar of RFC 8259, what the gateway refuses beyond it, and
 * where the members of the top-level object lie, so that a body can be read in part and edited in place without
 * ever being serialised again.
 */

export interface JsonScanOptions {
  /** Deepest nesting of objects and arrays that passes. Default 64. */
  readonly maxDepth?: number;
  /** Key of the top-level array whose elements' places are kept. Default `messages`. */
  readonly elementsOf?: string;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** What a scan found. */
export class JsonScan {
  constructor(
    readonly bytes: Uint8Array,
    /** Of the top-level object, in the order of the body. */
    readonly members: readonly JsonMember[],
    /** Offset after the opening brace. */
    readonly bodyStart: number,
  ) {}

  member(key: string): JsonMember | undefined {
    for (const member of this.members) {
      if (member.key === key) return member;
    }
    return undefined;
  }

  /** This member's value as it stands in the body, or null. */
  slice(key: string): Uint8Array | null {
    const member = this.member(key);
    return member === undefined ? null : this.bytes.subarray(member.valueStart, member.valueEnd);
  }

  /** Parses this member's value alone; numbers that JavaScript cannot hold lose what it cannot hold. */
  value(key: string): JsonValue | undefined {
    const member = this.member(key);
    if (member === undefined) return undefined;
    const { valueStart, valueEnd } = member;
    const number = shortNumber(this.bytes, valueStart, valueEnd);
    if (!Number.isNaN(number)) return number;
    return JSON.parse(textOf(this.bytes.subarray(valueStart, valueEnd))) as JsonValue;
  }
}

/** The longest slice that is read a byte at a time. */
const SHORT = 40;

/** UTF-8 as a string. For a name or a number a call of the decoder costs more than all else. */
function textOf(slice: Uint8Array): string {
  if (slice.length > SHORT) return decoder.decode(slice);
  let text = "";
  for (let at = 0; at < slice.length; at++) {
    const byte = slice[at] ?? 0;
    if (byte > 0x7f) return decoder.decode(slice);
    text += String.fromCharCode(byte);
  }
  return text;
}

/**
 * Scans a request body.
 * @throws {GatewayError} `invalid_json` for what is not UTF-8 or not JSON (a byte order mark included);
 * `invalid_request` for what is, but is no object, is nested too deep, repeats a key within an object, or has
 * a `__proto__` key, a lone surrogate, or NUL in a key or an identifier. The message names line and column.
 */
export function scanJson(bytes: Uint8Array, options: JsonScanOptions = {}): JsonScan {
  const walker = new JsonWalker(bytes, options.maxDepth ?? 64, options.elementsOf ?? "messages");
  const bodyStart = walker.walk();
  return new JsonScan(bytes, walker.members, bodyStart);
}

/** Sets a member of the top-level object to a value, given as JSON text, or takes it away. */
export type JsonEdit =
  | { readonly set: string; readonly value: Uint8Array }
  | { readonly remove: string };

/**
 * The body with edits at their places: every byte that no edit is about stays as it was. A new member goes to
 * the object's end; of several edits of one key the last counts. Where nothing changes the very same array
 * comes back. The result is JSON if the values of the edits are.
 */
export function edit(scan: JsonScan, edits: readonly JsonEdit[]): Uint8Array {
  const wanted = new Map<string, Uint8Array | null>();
  for (const edit of edits) {
    if ("set" in edit) wanted.set(edit.set, edit.value);
    else wanted.set(edit.remove, null);
  }
  const { bytes, members } = scan;
  const parts: Uint8Array[] = [];
  /** All of the body before it is in `parts` or gone. */
  let copied = 0;
  /** A member stays. */
  let kept = false;
  /** End of the last member: the comma and the spaces after it go with the next one. */
  let memberEnd = scan.bodyStart;
  for (const member of members) {
    const value = wanted.get(member.key);
    if (value === null) {
      // It takes the comma before it along.
      parts.push(bytes.subarray(copied, memberEnd));
      copied = memberEnd = member.valueEnd;
      continue;
    }
    // All before it are gone: so is the comma.
    if (!kept && copied > 0) copied = member.keyStart;
    kept = true;
    memberEnd = member.valueEnd;
    if (value === undefined) continue;
    wanted.delete(member.key);
    if (same(bytes, member.valueStart, member.valueEnd, value)) continue;
    parts.push(bytes.subarray(copied, member.valueStart), value);
    copied = member.valueEnd;
  }
  for (const [key, value] of wanted) {
    if (value === null) continue;
    parts.push(
      bytes.subarray(copied, memberEnd),
      encoder.encode(`${kept ? "," : ""}${JSON.stringify(key)}:`),
      value,
    );
    copied = memberEnd;
    kept = true;
  }
  if (parts.length === 0) return bytes;
  parts.push(bytes.subarray(copied));
  return joinBytes(parts);
}

function same(bytes: Uint8Array, start: number, end: number, value: Uint8Array): boolean {
  if (end - start !== value.length) return false;
  let at = 0;
  while (at < value.length && bytes[start + at] === value[at]) at++;
  return at === value.length;
}
