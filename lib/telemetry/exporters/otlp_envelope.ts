import { writeRecord } from "./otlp_attributes.ts";
import type { Resource, Scope } from "./exporter.ts";
import { ProtoWriter } from "./proto_writer.ts";

/** Field of `ResourceSpans`, `ResourceMetrics` and `ResourceLogs` in their requests. */
const REQUEST = 1;
/** Field of `ScopeSpans`, `ScopeMetrics` and `ScopeLogs` in those. */
const SCOPES = 2;

/** Field of a span, a metric or a log record in its scope's list. */
export const RECORD = 2;

/**
 * Puts records into the request of their signal: all three have the same shape, a resource, a scope, and the
 * records.
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/v1.7.0/opentelemetry/proto/collector
 */
export class OtlpEnvelope {
  readonly #resource: Uint8Array;
  readonly #scope: Uint8Array;

  constructor(resource: Resource, scope: Scope) {
    this.#resource = message((writer) => writeRecord(writer, 1, resource));
    this.#scope = message((writer) => {
      writer.string(1, scope.name);
      writer.string(2, scope.version);
    });
  }

  /** Bytes that a head takes at most. */
  get room(): number {
    return this.#resource.length + this.#scope.length + 32;
  }

  /**
   * What stands before the records.
   * @param length of the records, each a field {@linkcode RECORD}, one after the other; bytes.
   */
  head(length: number): Uint8Array<ArrayBuffer> {
    const writer = new ProtoWriter(this.room);
    const scopes = this.#scope.length + length;
    writer.header(REQUEST, this.#resource.length + writer.headerSize(SCOPES, scopes) + scopes);
    writer.raw(this.#resource);
    writer.header(SCOPES, scopes);
    writer.raw(this.#scope);
    return writer.written();
  }

  /** Head and records in one. */
  wrap(records: Uint8Array): Uint8Array<ArrayBuffer> {
    const head = this.head(records.length);
    const whole = new Uint8Array(head.length + records.length);
    whole.set(head);
    whole.set(records, head.length);
    return whole;
  }
}

/** A message as field 1. */
function message(write: (writer: ProtoWriter) => void): Uint8Array {
  const writer = new ProtoWriter(1024);
  const start = writer.begin(1);
  write(writer);
  writer.end(start);
  return writer.finish();
}
