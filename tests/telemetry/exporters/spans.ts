import { newSpanId, newTraceId } from "../../../lib/telemetry/ids.ts";
import { SpanKind, type SpanRecord, SpanStatus } from "../../../lib/telemetry/projections/span.ts";

/** Made-up spans, each a trace of its own, named `span 0`, `span 1`, … */
export function madeUpSpans(count: number): SpanRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    traceId: newTraceId(),
    spanId: newSpanId(),
    parentSpanId: "",
    remoteParent: false,
    traceState: "",
    name: `span ${i}`,
    kind: SpanKind.Internal,
    start: 1772519804000,
    end: 1772519804045,
    attributes: { names: ["category.name", "classification.time_ms"], values: ["math", 45] },
    droppedAttributes: 0,
    events: [],
    status: SpanStatus.Unset,
    message: "",
  }));
}
