/**
 * Spans as OTLP's `ExportTraceServiceRequest` in JSON.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import { isDouble } from "../names/attributes.ts";
import { type Attributes, type AttributeValue, type SpanRecord, SpanStatus } from "../projections/span.ts";
import type { Resource, Scope } from "./exporter.ts";

const encoder = new TextEncoder();

type JsonAttribute = { readonly key: string; readonly value: unknown };

/** Encodes batches. */
export class OtlpJsonEncoder {
  readonly contentType = "application/json";
  readonly #resource: { readonly attributes: readonly JsonAttribute[] };

  constructor(resource: Resource, private readonly scope: Scope) {
    this.#resource = {
      attributes: jsonAttributes({ names: Object.keys(resource), values: Object.values(resource) }),
    };
  }

  encode(spans: readonly SpanRecord[]): Uint8Array<ArrayBuffer> {
    return encoder.encode(JSON.stringify({
      resourceSpans: [{
        resource: this.#resource,
        scopeSpans: [{ scope: this.scope, spans: spans.map(jsonSpan) }],
      }],
    }));
  }
}

function jsonSpan(span: SpanRecord): unknown {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.traceState === "" ? {} : { traceState: span.traceState }),
    ...(span.parentSpanId === "" ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: unixNanos(span.start),
    endTimeUnixNano: unixNanos(span.end),
    attributes: jsonAttributes(span.attributes),
    droppedAttributesCount: span.droppedAttributes,
    events: span.events.map((event) => ({
      timeUnixNano: unixNanos(event.at),
      name: event.name,
      attributes: jsonAttributes(event.attributes),
    })),
    status: span.status === SpanStatus.Unset ? {} : { code: span.status, message: span.message },
  };
}

function jsonAttributes({ names, values }: Attributes): JsonAttribute[] {
  return names.map((key, place) => ({ key, value: anyValue(key, values[place] as AttributeValue) }));
}

function anyValue(name: string, value: AttributeValue): unknown {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map((it) => ({ stringValue: it })) } };
  // 64-bit numbers are texts in protocol buffers' JSON.
  return isDouble(name) || !Number.isSafeInteger(value) ? { doubleValue: value } : { intValue: `${value}` };
}

/** Nanoseconds since the epoch as decimal digits, from milliseconds with their fraction. */
function unixNanos(ms: number): string {
  const whole = Math.floor(ms);
  return `${BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))}`;
}
