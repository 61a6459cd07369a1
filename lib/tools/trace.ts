import type { UpstreamHeaders } from "../providers/provider.ts";

/** Where the guides' Jaeger has its pages. */
export const TRACES_URL = "http://localhost:16686";

const CONTEXT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** A new trace that is to be kept, so that the request can be looked at. @see https://www.w3.org/TR/trace-context/ */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The trace that an answer says it belongs to; null: it says nothing. */
export function traceIdIn(headers: Pick<UpstreamHeaders, "get"> | null): string | null {
  return traceIdOf(headers?.get("traceresponse") ?? headers?.get("traceparent") ?? "");
}

/** The trace of a `traceparent` or `traceresponse`; null where that is none. */
export function traceIdOf(context: string): string | null {
  return CONTEXT.exec(context)?.[1] ?? null;
}

/** The page of a trace. @param base of Jaeger; a URL with `{id}` in it is taken as it is. */
export function traceLink(base: string, id: string): string {
  return base.includes("{id}") ? base.replaceAll("{id}", id) : `${base.replace(/\/$/, "")}/trace/${id}`;
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
