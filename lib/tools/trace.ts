import type { UpstreamHeaders } from "../providers/provider.ts";

/** Where the guides' Jaeger has its pages. */
export const TRACES_URL = "http://localhost:16686";

const CONTEXT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/;

/** A new trace that is to be kept, so that the request can be looked at. @see https://www.w3.org/TR/trace-context/ */
export function newTraceparent(): string {
  return `00-${randomHex(16)}-${randomHex(8)}-01`;
}

/** The trace that an answer says it belongs to, else the one that the request was sent with; null: none. */
export function traceIdOf(
  headers: Pick<UpstreamHeaders, "get"> | null,
  traceparent: string | null,
): string | null {
  const told = headers?.get("traceresponse") ?? headers?.get("traceparent") ?? traceparent;
  return CONTEXT.exec(told ?? "")?.[1] ?? null;
}

/** The page of a trace. @param base of Jaeger; a URL with `{id}` in it is taken as it is. */
export function traceLink(base: string, id: string): string {
  return base.includes("{id}") ? base.replaceAll("{id}", id) : `${base.replace(/\/$/, "")}/trace/${id}`;
}

function randomHex(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}
