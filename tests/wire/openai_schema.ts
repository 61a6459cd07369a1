import { Ajv2020, type ValidateFunction } from "ajv/2020";
import { sharedFile } from "./shared.ts";

/** OpenAI's own API description, which is OpenAPI 3.1 and so JSON Schema 2020-12. */
const DESCRIPTION = "data/openai-openapi.json";

/** For a test's options: `Deno.test({ name, ...needsOpenaiSchema(), fn })`. */
export function needsOpenaiSchema(): { ignore: boolean } {
  return { ignore: sharedFile(DESCRIPTION) === null };
}

let ajv: Ajv2020 | null = null;
const compiled = new Map<string, ValidateFunction>();

function loaded(): Ajv2020 {
  if (ajv !== null) return ajv;
  const url = sharedFile(DESCRIPTION);
  if (url === null) throw new Error(`Cannot validate: ../shared/${DESCRIPTION} is absent`);
  const { components } = JSON.parse(Deno.readTextFileSync(url), withoutNullable);
  // `format` has names that no validator knows (`unixtime`); OpenAPI's own keywords are none of JSON Schema's.
  ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "openai", components });
  return ajv;
}

/** OpenAPI 3.0's `nullable`, which stands in the description still, as 3.1 and JSON Schema say it. */
function withoutNullable(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("nullable" in value)) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

/**
 * What is wrong with a value by a component schema of OpenAI's (`CreateChatCompletionResponse`); empty: nothing.
 * @throws where there is no such schema.
 */
export function validator(schemaName: string): (value: unknown) => string[] {
  const validate = compiled.get(schemaName) ??
    loaded().compile({ $ref: `openai#/components/schemas/${schemaName}` });
  compiled.set(schemaName, validate);
  return (value) => {
    if (validate(value)) return [];
    return (validate.errors ?? []).map((error) => `${error.instancePath || "/"} ${error.message}`);
  };
}
