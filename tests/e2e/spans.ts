/** Spans of the `stdout` exporter, as a gateway's process prints them. */
import type { GatewayProcess } from "./gateway_process.ts";

/** One line of guide 003's shape. */
export interface PrintedSpan {
  readonly Name: string;
  readonly SpanContext: { readonly TraceID: string; readonly SpanID: string; readonly TraceFlags: string };
  readonly Parent: { readonly TraceID: string; readonly SpanID: string; readonly Remote?: boolean };
  readonly SpanKind: string;
  readonly StartTime: string;
  readonly EndTime: string;
  readonly Attributes: readonly { readonly Key: string; readonly Value: unknown }[];
  readonly Events: readonly unknown[];
  readonly Status: { readonly Code: string; readonly Description?: string };
  readonly Duration: number;
  readonly Resource: Readonly<Record<string, unknown>>;
}

/** All spans of a trace, the root first; waits until its closing line and `count` of them are there. */
export async function spansOf(
  gateway: GatewayProcess,
  traceId: string,
  count: number,
): Promise<readonly PrintedSpan[]> {
  let seen = 0;
  await gateway.log((line) => isSpan(line) && line.SpanContext.TraceID === traceId && ++seen >= count);
  return (gateway.logs as readonly unknown[]).filter(isSpan).filter(({ SpanContext }) =>
    SpanContext.TraceID === traceId
  );
}

export function isSpan(line: unknown): line is PrintedSpan {
  return (line as { SpanContext?: unknown }).SpanContext !== undefined;
}

export function attributesOf(span: PrintedSpan | undefined): Readonly<Record<string, unknown>> {
  return Object.fromEntries((span?.Attributes ?? []).map(({ Key, Value }) => [Key, Value]));
}
