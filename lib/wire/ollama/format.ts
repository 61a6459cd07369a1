import type { JsonValue, ResponseFormat } from "../canonical.ts";
import { type Fields, isObject } from "../shape.ts";

/** The schema has no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/** `format`: `json` or a JSON schema. https://docs.ollama.com/capabilities/structured-outputs */
export function decodeFormat(body: Fields): ResponseFormat | undefined {
  const format = body.raw("format");
  if (format === undefined || format === null || format === "") return undefined;
  if (format === "json") return { type: "json_object" };
  if (!isObject(format)) body.fail("format", "'json' or a JSON schema");
  return { type: "json_schema", name: SCHEMA_NAME, schema: format, strict: true };
}

export function encodeFormat(format: ResponseFormat | undefined): JsonValue | undefined {
  if (format === undefined || format.type === "text") return undefined;
  return format.type === "json_schema" ? format.schema : "json";
}
