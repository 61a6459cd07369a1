/**
 * W3C Trace Context, level 2, in and out.
 * @see https://www.w3.org/TR/trace-context-2/
 */

import type { Propagator, RemoteParent } from "./propagator.ts";

const LENGTH = 55;
const DASH = 0x2d;
const ZERO = 0x30;
const FLAG_SAMPLED = 1;
const FLAG_RANDOM = 2;

const MAX_MEMBERS = 32;
const MAX_STATE_LENGTH = 512;
/** Members longer than this are the first to go when the whole is too long. */
const LONG_MEMBER = 128;

// A key is a word of up to 256 characters, or `tenant@system` with up to 241 and 14. Level 2 would let "@" stand
// anywhere; W3C's own tests, and tracers of level 1 further on, void the list then, so it is voided here already.
// value = 0*255(chr) nblk-chr, where chr is printable ASCII but for "," and "="
const MEMBER =
  /^([a-z0-9][a-z0-9_\-*/]{0,255}|[a-z0-9][a-z0-9_\-*/]{0,240}@[a-z][a-z0-9_\-*/]{0,13})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const OPTIONAL_WHITESPACE = /^[ \t]+|[ \t]+$/g;

/**
 * Reads both headers as a request carries them (several `tracestate` headers joined by commas). A bad
 * `traceparent` voids both; a bad `tracestate` voids itself alone.
 * @returns null where there is no valid parent, so that a new trace begins.
 */
export function extractTraceContext(
  traceparent: string | null,
  tracestate: string | null,
): RemoteParent | null {
  if (traceparent === null || traceparent.length < LENGTH) return null;
  if (
    !isHex(traceparent, 0, 2) || traceparent.charCodeAt(2) !== DASH ||
    !isHex(traceparent, 3, 35) || traceparent.charCodeAt(35) !== DASH ||
    !isHex(traceparent, 36, 52) || traceparent.charCodeAt(52) !== DASH ||
    !isHex(traceparent, 53, 55)
  ) return null;
  if (traceparent.startsWith("ff")) return null;
  if (traceparent.length > LENGTH) {
    // A later version may append fields; version 00 has none.
    if (traceparent.startsWith("00") || traceparent.charCodeAt(LENGTH) !== DASH) return null;
  }
  if (isZero(traceparent, 3, 35) || isZero(traceparent, 36, 52)) return null;
  const flags = parseInt(traceparent.slice(53, 55), 16);
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    sampled: (flags & FLAG_SAMPLED) !== 0,
    random: (flags & FLAG_RANDOM) !== 0,
    traceState: tracestate === null || tracestate === "" ? "" : validTraceState(tracestate),
  };
}

/**
 * The header that goes to a provider, or back to the caller.
 * @param spanId the span that becomes the receiver's parent.
 * @param random the caller's flag of {@linkcode RemoteParent}; it says nothing of ids that the gateway made.
 */
export function traceparent(traceId: string, spanId: string, sampled: boolean, random = false): string {
  const flags = (sampled ? FLAG_SAMPLED : 0) | (random ? FLAG_RANDOM : 0);
  return `00-${traceId}-${spanId}-0${flags}`;
}

export const traceContext: Propagator = {
  extract: (headers) => {
    const header = headers.get("traceparent");
    return header === null ? null : extractTraceContext(header, headers.get("tracestate"));
  },
  inject({ traceId, spanId, sampled, random, traceState, traceparent: made = "" }, headers) {
    headers.push("traceparent", made !== "" ? made : traceparent(traceId, spanId, sampled, random));
    if (traceState !== "") headers.push("tracestate", traceState);
  },
};

/** The members of a `tracestate` list, normalised and within the limits; empty where one member is malformed. */
function validTraceState(list: string): string {
  let members: string[] = [];
  const keys = new Set<string>();
  for (const part of list.split(",")) {
    const member = part.replace(OPTIONAL_WHITESPACE, "");
    if (member === "") continue;
    const key = MEMBER.exec(member)?.[1];
    if (key === undefined) return "";
    // A key stands once; which of two would count, nobody can tell.
    if (keys.has(key)) return "";
    keys.add(key);
    members.push(member);
  }
  if (members.length > MAX_MEMBERS) return "";
  let text = members.join(",");
  if (text.length > MAX_STATE_LENGTH) {
    members = members.filter((member) => member.length <= LONG_MEMBER);
    text = members.join(",");
  }
  while (text.length > MAX_STATE_LENGTH) {
    members.pop();
    text = members.join(",");
  }
  return text;
}

function isHex(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = text.charCodeAt(i);
    const digit = c >= 0x30 && c <= 0x39;
    const letter = c >= 0x61 && c <= 0x66;
    if (!digit && !letter) return false;
  }
  return true;
}

function isZero(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (text.charCodeAt(i) !== ZERO) return false;
  }
  return true;
}
