import { Attributes } from "./attributes.ts";
import { NOWHERE } from "./request_texts.ts";

/** Kinds, with OTLP's numbers. */
export enum SpanKind {
  Internal = 1,
  Server = 2,
  Client = 3,
}

/** Status, with OTLP's numbers. */
export enum SpanStatus {
  Unset = 0,
  Error = 2,
}

export interface SpanEvent {
  readonly name: string;
  /** Wall-clock milliseconds since the epoch, with their fraction. */
  readonly at: number;
  readonly attributes: Attributes;
}

export const NO_EVENTS: readonly SpanEvent[] = [];

/**
 * A finished span, as every exporter takes it. One and the same object is filled for each span: whoever is given
 * it encodes it at once and keeps nothing of it, since spans that wait as objects cost more than making them.
 * Times are wall-clock milliseconds with their fraction.
 */
export class SpanRecord {
  /** The first of its request: those below it come right after it. */
  first = true;
  traceId = "";
  spanId = "";
  /** Where both stand in `attributes.bytes`, their digits one by one; negative: nowhere. */
  traceIdAt = NOWHERE;
  spanIdAt = NOWHERE;
  /** Empty for a root. */
  parentSpanId = "";
  /** The parent is in another process. */
  remoteParent = false;
  traceState = "";
  name = "";
  kind: SpanKind = SpanKind.Internal;
  start = 0;
  end = 0;
  /** One of its kind's own: most are as they were in the last span of that kind. */
  attributes = new Attributes();
  /** Attributes that the limit left out. */
  droppedAttributes = 0;
  events: readonly SpanEvent[] = NO_EVENTS;
  status: SpanStatus = SpanStatus.Unset;
  /** What went wrong; empty unless `status` is an error. */
  message = "";
}

/** Takes spans; never throws and never waits. */
export interface SpanConsumer {
  /** @param span valid until this returns. */
  add(span: SpanRecord): void;
}
