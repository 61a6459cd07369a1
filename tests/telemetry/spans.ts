/** Spans outlive their making only as copies; tests keep such. */
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { attributeKey } from "../../lib/telemetry/names/attribute_key.ts";
import { DEFAULT_PROFILES, type Profile } from "../../lib/telemetry/names/profiles.ts";
import { Attributes, type AttributeValue } from "../../lib/telemetry/projections/attributes.ts";
import { SpanRecord } from "../../lib/telemetry/projections/span.ts";
import { type SpanOptions, SpanProjection } from "../../lib/telemetry/projections/spans.ts";

export type PlainAttributes = Readonly<Record<string, AttributeValue>>;

/** A span with its attributes as an object. */
export type SpanChange = Partial<Omit<SpanRecord, "attributes">> & { readonly attributes?: PlainAttributes };

export function spanWith({ attributes, ...change }: SpanChange): SpanRecord {
  const span = Object.assign(new SpanRecord(), {
    traceId: "0af7651916cd43dd8448eb211c80319c",
    spanId: "b7ad6b7169203331",
    name: "n",
    ...change,
  });
  fill(span.attributes, attributes ?? {});
  return span;
}

export function attributesWith(plain: PlainAttributes): Attributes {
  const attributes = new Attributes();
  fill(attributes, plain);
  return attributes;
}

function fill(attributes: Attributes, plain: PlainAttributes): void {
  for (const [name, value] of Object.entries(plain)) attributes.add(attributeKey(name), value);
}

export function plainAttributes(attributes: Attributes): Record<string, AttributeValue> {
  return Object.fromEntries(attributes.entries());
}

/** The spans of an Exchange, each a copy. */
export function spansOf(exchange: Exchange, options: Partial<SpanOptions> = {}): SpanRecord[] {
  const spans: SpanRecord[] = [];
  const consumer = {
    add: ({ attributes, ...span }: SpanRecord) =>
      void spans.push(spanWith({ ...span, attributes: plainAttributes(attributes) })),
  };
  new SpanProjection({
    profiles: DEFAULT_PROFILES,
    maxAttributes: 128,
    maxLength: Infinity,
    ...options,
  }, [consumer]).project(exchange);
  return spans;
}

export function spansUnder(exchange: Exchange, profiles: readonly Profile[]): SpanRecord[] {
  return spansOf(exchange, { profiles });
}
