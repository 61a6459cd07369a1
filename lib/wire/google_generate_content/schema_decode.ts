import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** Limits that Google's JSON may write as strings, being 64-bit integers. */
const INTEGERS = new Set([
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minProperties",
  "maxProperties",
]);
/** What JSON schema has no word for and no model heeds. */
const SILENT = new Set(["propertyOrdering", "nullable", "type"]);

/** Google's `Schema` as JSON schema: types in lower case, `nullable` as a type. */
export function decodeSchema(schema: JsonObject): JsonObject {
  const decoded: JsonObject = {};
  const type = typeof schema.type === "string" ? schema.type.toLowerCase() : undefined;
  if (type !== undefined && type !== "type_unspecified") {
    decoded.type = schema.nullable === true && type !== "null" ? [type, "null"] : type;
  }
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined || SILENT.has(key)) continue;
    if (key === "properties" && isObject(value)) {
      decoded[key] = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)]));
    } else if (key === "items") decoded[key] = inner(value);
    else if (key === "anyOf" && Array.isArray(value)) decoded[key] = alternatives(value, schema);
    else if (key === "example") decoded.examples = [value];
    else if (key === "format" && value === "enum") continue;
    else decoded[key] = INTEGERS.has(key) && typeof value === "string" ? Number(value) : value;
  }
  return decoded;
}

function inner(value: JsonValue): JsonValue {
  return isObject(value) ? decodeSchema(value) : value;
}

function alternatives(value: readonly JsonValue[], schema: JsonObject): JsonValue[] {
  const decoded = value.map(inner);
  return schema.nullable === true && schema.type === undefined ? [...decoded, { type: "null" }] : decoded;
}
