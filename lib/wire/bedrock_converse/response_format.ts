import type { ChatRequest, JsonObject, ResponseFormat } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { type Fields, put } from "../shape.ts";
import { claudeRules } from "./model_fields.ts";

/** The schema may have no name here, and must have one in OpenAI's formats. */
const SCHEMA_NAME = "output";

/** `outputConfig.textFormat`, whose schema is a text. https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html */
export function decodeResponseFormat(body: Fields): ResponseFormat | undefined {
  const format = body.optionalFields("outputConfig")?.optionalFields("textFormat");
  if (format === undefined) return undefined;
  format.oneOf("type", ["json_schema"]);
  const described = format.fields("structure").fields("jsonSchema");
  let schema: unknown;
  try {
    schema = JSON.parse(described.string("schema"));
  } catch {
    schema = undefined;
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    described.fail("schema", "the text of a JSON schema");
  }
  const decoded: ResponseFormat = {
    type: "json_schema",
    name: described.optionalString("name") ?? SCHEMA_NAME,
    schema: schema as JsonObject,
    strict: true,
  };
  put(decoded, "description", described.optionalString("description"));
  return decoded;
}

export function encodeResponseFormat(request: ChatRequest, dropped: Dropped): JsonObject | undefined {
  const format = request.responseFormat;
  if (format === undefined || format.type === "text") return undefined;
  if (format.type !== "json_schema" || claudeRules(request.model)?.structuredOutput === false) {
    dropped.add("response_format");
    return undefined;
  }
  const jsonSchema: JsonObject = { schema: JSON.stringify(format.schema), name: format.name };
  put(jsonSchema, "description", format.description);
  return { textFormat: { type: "json_schema", structure: { jsonSchema } } };
}
