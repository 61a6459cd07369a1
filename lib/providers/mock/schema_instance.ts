import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";

/** Nesting at which a recursive schema is given up. */
const MAX_DEPTH = 24;

/** Strings that satisfy a `format`. */
const FORMATS: Readonly<Record<string, string>> = {
  "date-time": "2026-01-01T00:00:00Z",
  date: "2026-01-01",
  time: "00:00:00Z",
  duration: "P1D",
  email: "mock@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  "uri-reference": "/",
  url: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/** Strings that are tried against a `pattern`, which cannot be turned round in general. */
const CANDIDATES = [
  "mock",
  "Mock",
  "MOCK",
  "a",
  "A",
  "0",
  "1",
  "00",
  "000",
  "0000",
  "12345",
  "123-4567",
  "AB",
  "ABC",
  "AB-1234",
  "abc123",
  "1.0",
  "1.0.0",
  "2026-01-01",
  "00:00",
  "#000000",
  "+15550100",
  "mock@example.com",
  "https://example.com/",
  "@mock",
  "",
];

/**
 * A small value that satisfies a JSON schema: what it requires and no more, the first of what it allows. Knows
 * what tool parameters and structured outputs are made of, not all of JSON Schema.
 */
export function schemaInstance(schema: JsonValue | undefined): JsonValue {
  return isObject(schema) ? instance(schema, schema, 0) : {};
}

function instance(schema: JsonValue | undefined, root: JsonObject, depth: number): JsonValue {
  if (!isObject(schema) || depth > MAX_DEPTH) return null;
  const { $ref: ref, enum: values } = schema;
  if (typeof ref === "string") return instance(resolve(ref, root), root, depth + 1);
  if (schema["const"] !== undefined) return schema["const"];
  if (Array.isArray(values)) return values[0] ?? null;
  if (schema["default"] !== undefined) return schema["default"];
  const choices = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(choices)) {
    // Where it nests deep, the way out of a recursion is more likely null.
    const shallow = depth > 4
      ? choices.find((choice) => isObject(choice) && choice["type"] === "null")
      : undefined;
    return instance(merge(schema, shallow ?? choices[0]), root, depth + 1);
  }
  if (Array.isArray(schema["allOf"])) {
    let merged: JsonObject = { ...schema };
    delete merged["allOf"];
    for (const part of schema["allOf"]) merged = merge(merged, isObject(part) ? follow(part, root) : part);
    return instance(merged, root, depth + 1);
  }
  switch (typeOf(schema)) {
    case "object":
      return objectInstance(schema, root, depth);
    case "array": {
      const length = count(schema["minItems"]);
      const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
      const items = Math.max(length, prefix.length);
      return Array.from({ length: items }, (_, i) => instance(prefix[i] ?? schema["items"], root, depth + 1));
    }
    case "string":
      return stringInstance(schema);
    case "number":
      return numberInstance(schema, 0);
    case "integer":
      return numberInstance(schema, 1);
    case "boolean":
      return true;
    default:
      return null;
  }
}

function objectInstance(schema: JsonObject, root: JsonObject, depth: number): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const made: JsonObject = {};
  for (const key of required) {
    if (typeof key === "string") made[key] = instance(properties[key] ?? { type: "string" }, root, depth + 1);
  }
  return made;
}

function stringInstance(schema: JsonObject): string {
  const { format, pattern } = schema;
  if (typeof format === "string" && FORMATS[format] !== undefined) return FORMATS[format];
  let text = "mock";
  if (typeof pattern === "string") text = CANDIDATES.find((candidate) => matches(pattern, candidate)) ?? text;
  const min = count(schema["minLength"]);
  if (text.length < min) text = text.padEnd(min, "mock");
  const max = schema["maxLength"];
  return typeof max === "number" ? text.slice(0, max) : text;
}

function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, "u").test(text);
  } catch {
    return false;
  }
}

/** @param grain 1 for integers, 0 for any number. */
function numberInstance(schema: JsonObject, grain: number): number {
  const bound = (key: string, otherwise: number) => typeof schema[key] === "number" ? schema[key] : otherwise;
  const min = bound("minimum", -Infinity);
  const max = bound("maximum", Infinity);
  const above = bound("exclusiveMinimum", -Infinity);
  const below = bound("exclusiveMaximum", Infinity);
  const multiple = bound("multipleOf", grain);
  const step = multiple > 0 ? multiple : 1;
  const candidates = [
    1,
    0,
    min,
    max,
    above + step,
    below - step,
    (Math.max(min, above) + Math.min(max, below)) / 2,
  ]
    .flatMap((value) => [value, Math.ceil(value / step) * step, Math.floor(value / step) * step]);
  const fits = (value: number) =>
    value >= min && value <= max && value > above && value < below &&
    (multiple === 0 || Number.isInteger(value / multiple));
  return candidates.find(fits) ?? 1;
}

function typeOf(schema: JsonObject): JsonValue {
  const { type } = schema;
  if (Array.isArray(type)) return type.find((each) => each !== "null") ?? "null";
  if (type !== undefined) return type;
  if (schema["properties"] !== undefined) return "object";
  return schema["items"] !== undefined ? "array" : "string";
}

function follow(schema: JsonObject, root: JsonObject): JsonValue | undefined {
  return typeof schema["$ref"] === "string" ? resolve(schema["$ref"], root) : schema;
}

function resolve(ref: string, root: JsonObject): JsonValue | undefined {
  if (!ref.startsWith("#")) return undefined;
  let found: JsonValue | undefined = root;
  for (const key of ref.split("/").slice(1)) {
    const name = decodeURIComponent(key).replaceAll("~1", "/").replaceAll("~0", "~");
    found = isObject(found) ? found[name] : undefined;
  }
  return found;
}

/** Both schemas at once. */
function merge(a: JsonObject, b: JsonValue | undefined): JsonObject {
  const { anyOf: _any, oneOf: _one, ...rest } = a;
  if (!isObject(b)) return rest;
  const merged: JsonObject = { ...rest, ...b };
  if (isObject(rest["properties"]) && isObject(b["properties"])) {
    merged["properties"] = { ...rest["properties"], ...b["properties"] };
  }
  if (Array.isArray(rest["required"]) && Array.isArray(b["required"])) {
    merged["required"] = [...rest["required"], ...b["required"]];
  }
  return merged;
}

function count(value: JsonValue | undefined): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
