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

export type AttributeValue = string | number | boolean | readonly string[];

/** Attributes as two lists of one length: names, and their values. */
export interface Attributes {
  readonly names: string[];
  readonly values: AttributeValue[];
}

export interface SpanEvent {
  readonly name: string;
  /** Wall-clock milliseconds since the epoch, with their fraction. */
  readonly at: number;
  readonly attributes: Attributes;
}

/** A finished span, as every exporter takes it. Times are wall-clock milliseconds with their fraction. */
export interface SpanRecord {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  /** The parent is in another process. */
  readonly remoteParent: boolean;
  readonly traceState: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** Attributes that the limit left out. */
  readonly droppedAttributes: number;
  readonly events: readonly SpanEvent[];
  readonly status: SpanStatus;
  /** What went wrong; empty unless `status` is an error. */
  readonly message: string;
}
