/** What a caller says of the trace that its request belongs to. */
export interface RemoteParent {
  /** 32 hexadecimal digits in lower case. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case: the caller's span. */
  readonly spanId: string;
  /** Null: the caller leaves the decision to whoever comes next. */
  readonly sampled: boolean | null;
  /** The caller's `random-trace-id` flag, which goes on with the trace id. */
  readonly random: boolean;
  /** Valid members of `tracestate`, most recent first, or the empty string. */
  readonly traceState: string;
}

/** What a callee is told of its caller, which is one of the gateway's spans. */
export interface OutgoingContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  readonly random: boolean;
  readonly traceState: string;
  /** All but `traceState` as `traceparent`, where it is made already; else empty. */
  readonly traceparent?: string;
}

/** A format of headers in which a trace goes from one process to the next. */
export interface Propagator {
  /** Null where there is nothing, or nothing valid. */
  extract(headers: Headers): RemoteParent | null;
  /** Appends `name, value` pairs, names in lower case. */
  inject(context: OutgoingContext, headers: string[]): void;
}

const HEX = /^[0-9a-f]+$/;
const ZEROS = /^0+$/;

/**
 * An id of a format that leaves out leading zeros or has short ids: lower case, filled up to `length` digits.
 * Null where it is no such id, or nothing but zeros.
 */
export function paddedId(text: string, length: 16 | 32): string | null {
  const lower = text.toLowerCase();
  if (lower.length === 0 || lower.length > length || !HEX.test(lower) || ZEROS.test(lower)) return null;
  return lower.padStart(length, "0");
}
