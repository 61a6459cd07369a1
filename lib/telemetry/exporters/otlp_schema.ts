/** How a field is written, and with it its form in JSON. */
export type ScalarType =
  | "string"
  | "id"
  | "bool"
  | "number"
  | "int64"
  | "double"
  | "fixed32"
  | "fixed64"
  | "doubles"
  | "fixed64s";

export type FieldType = ScalarType | MessageType;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated: boolean;
}

/** Fields by their numbers. A function, since `AnyValue` holds itself. */
export type MessageType = () => Readonly<Record<number, Field>>;

function one(name: string, type: FieldType): Field {
  return { name, type, repeated: false };
}

function many(name: string, type: FieldType): Field {
  return { name, type, repeated: true };
}

function message(fields: Readonly<Record<number, Field>>): MessageType {
  return () => fields;
}

const ANY_VALUE: MessageType = () => ANY_VALUE_FIELDS;
const KEY_VALUE = message({ 1: one("key", "string"), 2: one("value", ANY_VALUE) });
const ANY_VALUE_FIELDS: Readonly<Record<number, Field>> = {
  1: one("stringValue", "string"),
  2: one("boolValue", "bool"),
  3: one("intValue", "int64"),
  4: one("doubleValue", "double"),
  5: one("arrayValue", message({ 1: many("values", ANY_VALUE) })),
  6: one("kvlistValue", message({ 1: many("values", KEY_VALUE) })),
};

const RESOURCE = message({ 1: many("attributes", KEY_VALUE) });
const SCOPE = message({ 1: one("name", "string"), 2: one("version", "string") });

const SPAN = message({
  1: one("traceId", "id"),
  2: one("spanId", "id"),
  3: one("traceState", "string"),
  4: one("parentSpanId", "id"),
  5: one("name", "string"),
  6: one("kind", "number"),
  7: one("startTimeUnixNano", "fixed64"),
  8: one("endTimeUnixNano", "fixed64"),
  9: many("attributes", KEY_VALUE),
  10: one("droppedAttributesCount", "number"),
  11: many(
    "events",
    message({
      1: one("timeUnixNano", "fixed64"),
      2: one("name", "string"),
      3: many("attributes", KEY_VALUE),
    }),
  ),
  15: one("status", message({ 2: one("message", "string"), 3: one("code", "number") })),
  16: one("flags", "fixed32"),
});

const LOG_RECORD = message({
  1: one("timeUnixNano", "fixed64"),
  2: one("severityNumber", "number"),
  3: one("severityText", "string"),
  5: one("body", ANY_VALUE),
  6: many("attributes", KEY_VALUE),
  8: one("flags", "fixed32"),
  9: one("traceId", "id"),
  10: one("spanId", "id"),
  11: one("observedTimeUnixNano", "fixed64"),
  12: one("eventName", "string"),
});

const NUMBER_POINT = message({
  2: one("startTimeUnixNano", "fixed64"),
  3: one("timeUnixNano", "fixed64"),
  4: one("asDouble", "double"),
  7: many("attributes", KEY_VALUE),
});

const METRIC = message({
  1: one("name", "string"),
  2: one("description", "string"),
  3: one("unit", "string"),
  5: one("gauge", message({ 1: many("dataPoints", NUMBER_POINT) })),
  7: one(
    "sum",
    message({
      1: many("dataPoints", NUMBER_POINT),
      2: one("aggregationTemporality", "number"),
      3: one("isMonotonic", "bool"),
    }),
  ),
  9: one(
    "histogram",
    message({
      1: many(
        "dataPoints",
        message({
          2: one("startTimeUnixNano", "fixed64"),
          3: one("timeUnixNano", "fixed64"),
          4: one("count", "fixed64"),
          5: one("sum", "double"),
          6: one("bucketCounts", "fixed64s"),
          7: one("explicitBounds", "doubles"),
          9: many("attributes", KEY_VALUE),
        }),
      ),
      2: one("aggregationTemporality", "number"),
    }),
  ),
});

function request(resources: string, scopes: string, records: string, record: MessageType): MessageType {
  const scope = message({ 1: one("scope", SCOPE), 2: many(records, record) });
  return message({ 1: many(resources, message({ 1: one("resource", RESOURCE), 2: many(scopes, scope) })) });
}

/**
 * The requests of the three signals, as far as the gateway writes them.
 * @see https://github.com/open-telemetry/opentelemetry-proto/tree/v1.7.0/opentelemetry/proto
 */
export const OTLP_REQUESTS: Readonly<Record<"traces" | "metrics" | "logs", MessageType>> = {
  traces: request("resourceSpans", "scopeSpans", "spans", SPAN),
  metrics: request("resourceMetrics", "scopeMetrics", "metrics", METRIC),
  logs: request("resourceLogs", "scopeLogs", "logRecords", LOG_RECORD),
};
