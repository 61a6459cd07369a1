import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** Fields whose values are the sender's own JSON, in which nothing is a name of the API's. */
const FREE = new Set([
  ...["args", "response", "parametersJsonSchema", "responseJsonSchema", "_responseJsonSchema"],
  ...["partMetadata", "labels", "default", "example", "enum"],
]);
/** Maps from names of the sender's own to messages of the API's. */
const MAPS = new Set(["properties"]);

/**
 * A request with its fields in camelCase: Google takes `system_instruction` for `systemInstruction`, as all JSON
 * of protocol buffers may be written. Values are shared, not copied.
 * @see https://protobuf.dev/programming-guides/json/
 */
export function camelCased(message: JsonObject): JsonObject {
  const renamed: JsonObject = {};
  for (const key in message) {
    const value = message[key];
    if (value === undefined) continue;
    const name = key.replaceAll(/(?<=.)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    renamed[name] = FREE.has(name) ? value : MAPS.has(name) ? map(value) : inner(value);
  }
  return renamed;
}

function inner(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(inner);
  return isObject(value) ? camelCased(value) : value;
}

function map(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, inner(each)]));
}
