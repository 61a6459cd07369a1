/**
 * B3, in one header or in several.
 * @see https://github.com/openzipkin/b3-propagation
 */
import { type OutgoingContext, paddedId, type Propagator, type RemoteParent } from "./propagator.ts";

const SHORT_TRACE_ID = 16;
const LONG_TRACE_ID = 32;

/** `b3: {trace}-{span}-{decision}-{parent}`; what is read may be in several headers, as other B3 readers have it. */
export const b3Single: Propagator = {
  extract(headers) {
    const single = headers.get("b3");
    return (single === null ? null : fromSingle(single)) ?? fromMulti(headers);
  },
  inject({ traceId, spanId, sampled }, headers) {
    headers.push("b3", `${traceId}-${spanId}-${sampled ? "1" : "0"}`);
  },
};

/** `X-B3-TraceId` and its like; what is read may be in one header. */
export const b3Multi: Propagator = {
  extract(headers) {
    const single = headers.get("b3");
    return fromMulti(headers) ?? (single === null ? null : fromSingle(single));
  },
  inject({ traceId, spanId, sampled }: OutgoingContext, headers) {
    headers.push("x-b3-traceid", traceId, "x-b3-spanid", spanId, "x-b3-sampled", sampled ? "1" : "0");
  },
};

function fromSingle(header: string): RemoteParent | null {
  const [trace = "", span = "", decision = "", parent = "", ...more] = header.trim().split("-");
  if (more.length > 0 || (parent !== "" && !isId(parent, SHORT_TRACE_ID))) return null;
  return context(trace, span, decision);
}

function fromMulti(headers: Headers): RemoteParent | null {
  const trace = headers.get("x-b3-traceid");
  const span = headers.get("x-b3-spanid");
  if (trace === null || span === null) return null;
  // The debug flag means an accept decision and goes alone.
  const decision = headers.get("x-b3-flags") === "1" ? "d" : headers.get("x-b3-sampled") ?? "";
  return context(trace.trim(), span.trim(), decision.trim());
}

const DECISIONS: Readonly<Record<string, boolean | null>> = {
  "": null,
  "0": false,
  "1": true,
  "d": true,
  "false": false,
  "true": true,
};

function context(trace: string, span: string, decision: string): RemoteParent | null {
  if (!isId(trace, SHORT_TRACE_ID) && !isId(trace, LONG_TRACE_ID)) return null;
  const traceId = paddedId(trace, 32);
  const spanId = isId(span, SHORT_TRACE_ID) ? paddedId(span, 16) : null;
  const sampled = DECISIONS[decision.toLowerCase()];
  if (traceId === null || spanId === null || sampled === undefined) return null;
  return { traceId, spanId, sampled, random: false, traceState: "" };
}

function isId(text: string, length: number): boolean {
  return text.length === length && /^[0-9a-fA-F]+$/.test(text);
}
