import type { KeyRecord, KeyRecords, RecordKind } from "../../../stores/key_records.ts";
import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { fieldsOf } from "./record_fields.ts";

/** A record as clients see it: never what a key is found by. */
export function shownRecord<K extends RecordKind>(kind: K, record: KeyRecords[K]): JsonObject {
  const values = record as unknown as Readonly<Record<string, JsonValue>>;
  const shown: Record<string, JsonValue> = { object: kind, id: record.id };
  for (const { name } of fieldsOf(kind)) shown[name] = values[name] ?? null;
  return {
    ...shown,
    expires_at: record.expires_at === null ? null : time(record.expires_at),
    disabled: record.disabled,
    ...(kind === "key" ? keyFields(record as KeyRecord) : {}),
    created_at: time(record.created_at),
    updated_at: time(record.updated_at),
    created_by: record.created_by,
    revision: record.revision,
  };
}

function keyFields({ tail, previous }: KeyRecord): JsonObject {
  return {
    tail,
    previous: previous === null ? null : { tail: previous.tail, valid_until: time(previous.until) },
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

const TIME: JsonObject = { type: "string", format: "date-time" };

/** JSON schema of {@linkcode shownRecord}. */
export function shownSchema(kind: RecordKind): JsonObject {
  const properties: JsonObject = {
    object: { const: kind },
    id: { type: "string" },
    ...Object.fromEntries(
      fieldsOf(kind).filter(({ name }) => name !== "id")
        .map(({ name, about, schema }) => [name, { description: about, ...schema }]),
    ),
    disabled: { type: "boolean" },
    ...(kind === "key"
      ? {
        tail: { type: "string", description: "The key's last four characters." },
        previous: {
          description: "The key before it was rotated.",
          type: ["object", "null"],
          properties: { tail: { type: "string" }, valid_until: TIME },
          required: ["tail", "valid_until"],
        },
      }
      : {}),
    created_at: TIME,
    updated_at: TIME,
    created_by: { type: "string", description: "`master`, or the id of a management key." },
    revision: { type: "integer", description: "Grows with each change." },
  };
  return { type: "object", properties, required: Object.keys(properties) };
}
