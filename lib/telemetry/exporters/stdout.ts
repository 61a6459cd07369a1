import type { Attributes } from "../projections/attributes.ts";
import { type SpanConsumer, SpanKind, type SpanRecord, SpanStatus } from "../projections/span.ts";
import type { SignalStats } from "../self.ts";
import type { Resource } from "./exporter.ts";

const ZERO_SPAN_ID = "0".repeat(16);
const ZERO_TRACE_ID = "0".repeat(32);

const KINDS: Readonly<Record<SpanKind, string>> = {
  [SpanKind.Internal]: "INTERNAL",
  [SpanKind.Server]: "SERVER",
  [SpanKind.Client]: "CLIENT",
};

const STATUSES: Readonly<Record<SpanStatus, string>> = {
  [SpanStatus.Unset]: "Unset",
  [SpanStatus.Error]: "Error",
};

/** Prints each span at once as one JSON object a line, for development. */
export class StdoutSpans implements SpanConsumer {
  readonly #resource: readonly KeyValue[];

  /**
   * @param write takes a line; returns whether it will be written.
   * @param stats a line that was taken counts as exported here; what becomes of it then is the log's count.
   */
  constructor(
    private readonly write: (line: string) => boolean,
    resource: Resource,
    private readonly stats: SignalStats,
  ) {
    this.#resource = Object.entries(resource).map(([Key, Value]) => ({ Key, Value }));
  }

  add(span: SpanRecord): void {
    const taken = this.write(stdoutLine(span, this.#resource));
    this.stats.produced++;
    if (taken) this.stats.exported++;
    else this.stats.dropped++;
  }
}

interface KeyValue {
  readonly Key: string;
  readonly Value: unknown;
}

function stdoutLine(span: SpanRecord, resource: readonly KeyValue[]): string {
  return JSON.stringify({
    Name: span.name,
    SpanContext: {
      TraceID: span.traceId,
      SpanID: span.spanId,
      TraceFlags: "01",
      ...(span.traceState === "" ? {} : { TraceState: span.traceState }),
    },
    Parent: span.parentSpanId === ""
      ? { TraceID: ZERO_TRACE_ID, SpanID: ZERO_SPAN_ID, TraceFlags: "00", Remote: false }
      : { TraceID: span.traceId, SpanID: span.parentSpanId, TraceFlags: "01", Remote: span.remoteParent },
    SpanKind: KINDS[span.kind],
    StartTime: isoMicros(span.start),
    EndTime: isoMicros(span.end),
    Attributes: keyValues(span.attributes),
    Events: span.events.map((event) => ({
      Name: event.name,
      Time: isoMicros(event.at),
      Attributes: keyValues(event.attributes),
    })),
    Status: { Code: STATUSES[span.status], Description: span.message },
    // From the difference: a time since the epoch has no room for single nanoseconds.
    Duration: Math.round((span.end - span.start) * 1e6),
    Resource: resource,
  });
}

function keyValues(attributes: Attributes): KeyValue[] {
  return attributes.entries().map(([Key, Value]) => ({ Key, Value }));
}

/** ISO 8601 in UTC with microseconds. */
function isoMicros(ms: number): string {
  const micros = Math.round((ms - Math.floor(ms)) * 1000);
  // Rounded up to the next millisecond.
  const whole = Math.floor(ms) + Math.floor(micros / 1000);
  return `${new Date(whole).toISOString().slice(0, 23)}${`${micros % 1000}`.padStart(3, "0")}Z`;
}
