import type { Exchange } from "../exchange.ts";
import type { Profile } from "../names/profiles.ts";
import type { AttributeValue } from "./attributes.ts";
import { millis } from "./request_row.ts";
import { type SpanRecord, SpanStatus } from "./span.ts";
import { SpanProjection } from "./spans.ts";

/** Who spent the time of a span. */
export type SpanPart = "gateway" | "stage" | "provider" | "store";

/** A span for the eye: times are milliseconds from the start of its request. */
export interface RequestSpan {
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly trace_id: string;
  /** The request's id. */
  readonly request: string;
  readonly name: string;
  readonly kind: SpanPart;
  readonly status: "ok" | "error";
  readonly started_ms: number;
  readonly ended_ms: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly events: readonly { readonly name: string; readonly at_ms: number }[];
}

/** The spans of a request, as they are exported, whether or not its trace was kept. The request's own is the first. */
export function requestSpans(given: Exchange, profiles: readonly Profile[]): RequestSpan[] {
  const exchange = identified(given);
  const parts = partsOf(exchange);
  const spans: RequestSpan[] = [];
  const since = (wall: number) => millis(wall - exchange.wallStart);
  const add = (span: SpanRecord) => {
    spans.push({
      span_id: span.spanId,
      parent_span_id: span.parentSpanId || null,
      trace_id: span.traceId,
      request: exchange.requestId,
      name: span.name,
      kind: parts.get(span.spanId) ?? "gateway",
      status: span.status === SpanStatus.Error ? "error" : "ok",
      started_ms: since(span.start),
      ended_ms: since(span.end),
      attributes: Object.fromEntries(span.attributes.entries()),
      events: span.events.map(({ name, at }) => ({ name, at_ms: since(at) })),
    });
  };
  new SpanProjection(
    { profiles, maxAttributes: MAX_ATTRIBUTES, maxLength: MAX_LENGTH, keep: () => true },
    [{ add }],
  ).project(exchange);
  return spans;
}

const MAX_ATTRIBUTES = 128;
const MAX_LENGTH = 4096;

/** What nobody traced has no ids: they are made up, for this once. */
function identified(exchange: Exchange): Exchange {
  if (exchange.traced) return exchange;
  const { call, innerCalls, stageRuns, storeOperations } = exchange;
  exchange.traced = true;
  const calls = [...innerCalls, ...(call === null ? [] : [call])];
  const all = [
    exchange,
    ...stageRuns,
    ...storeOperations,
    ...calls,
    ...calls.flatMap(({ attempts }) => attempts),
  ];
  all.forEach((it, index) => {
    if (it.spanId === "") it.spanId = String(index + 1);
  });
  return exchange;
}

function partsOf({ stageRuns, storeOperations, innerCalls, call }: Exchange): Map<string, SpanPart> {
  const parts = new Map<string, SpanPart>();
  for (const { spanId } of stageRuns) parts.set(spanId, "stage");
  for (const { spanId } of storeOperations) parts.set(spanId, "store");
  for (const { spanId, attempts } of call === null ? innerCalls : [...innerCalls, call]) {
    parts.set(spanId, "provider");
    for (const attempt of attempts) parts.set(attempt.spanId, "provider");
  }
  return parts;
}
