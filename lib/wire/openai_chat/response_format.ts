import type { JsonObject, ResponseFormat } from "../canonical.ts";
import { type Fields, put } from "../shape.ts";

/** `response_format`; undefined where there is none or one of a compatible server's own. */
export function decodeResponseFormat(body: Fields): ResponseFormat | undefined {
  const fields = body.optionalFields("response_format");
  if (fields === undefined) return undefined;
  const type = fields.string("type");
  if (type === "text" || type === "json_object") return { type };
  if (type !== "json_schema") return undefined;
  const definition = fields.fields("json_schema");
  const format: ResponseFormat = {
    type,
    name: definition.string("name"),
    schema: definition.optionalObject("schema") ?? {},
  };
  put(format, "strict", definition.optionalBoolean("strict"));
  put(format, "description", definition.optionalString("description"));
  return format;
}

export function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type !== "json_schema") return { type: format.type };
  const definition: JsonObject = { name: format.name, schema: format.schema };
  put(definition, "strict", format.strict);
  put(definition, "description", format.description);
  return { type: "json_schema", json_schema: definition };
}
