import { freshTrace, traceIdIn } from "../../../lib/telemetry/fresh_traces.ts";
import { newSpanId } from "../../../lib/telemetry/ids.ts";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { SpanEncoder } from "../../../lib/telemetry/exporters/span_encoder.ts";
import type { SpanRecord } from "../../../lib/telemetry/projections/span.ts";
import { spanWith } from "../spans.ts";

/** Made-up spans, each a trace of its own, named `span 0`, `span 1`, … */
export function madeUpSpans(count: number): SpanRecord[] {
  return Array.from({ length: count }, (_, i) =>
    spanWith({
      traceId: traceIdIn(freshTrace()),
      spanId: newSpanId(),
      name: `span ${i}`,
      start: 1772519804000,
      end: 1772519804045,
      attributes: { "category.name": "math", "classification.time_ms": 45 },
    }));
}

export const RESOURCE = { "service.name": "llm-gateway", "service.version": "0.1.0" };
export const SCOPE = { name: "llm-gateway", version: "0.1.0" };

/** Spans as the request that would be sent. */
export function encoded(spans: readonly SpanRecord[]): Uint8Array<ArrayBuffer> {
  const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
  for (const span of spans) encoder.add(span);
  return encoder.take();
}
