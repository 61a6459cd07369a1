import { Ajv, type ValidateFunction } from "ajv";
import type { JsonObject, JsonValue } from "../../../lib/wire/canonical.ts";

const SPECIFICATION = new URL("../../../../shared/data/openai-openapi.json", import.meta.url);

/** Whether OpenAI's specification lies beside the repository. */
export function hasOpenaiSchema(): boolean {
  try {
    return Deno.statSync(SPECIFICATION).isFile;
  } catch {
    return false;
  }
}

let ajv: Ajv | null = null;

/** What a value breaks of one of OpenAI's own schemas; empty: nothing. */
export function schemaErrors(schema: string, value: JsonValue): string[] {
  if (ajv === null) {
    ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const { components } = JSON.parse(Deno.readTextFileSync(SPECIFICATION)) as JsonObject;
    ajv.addSchema({ $id: "openai", components: plain(components ?? {}) } as JsonObject);
  }
  const validate = ajv.getSchema(`openai#/components/schemas/${schema}`) as ValidateFunction | undefined;
  if (validate === undefined) throw new Error(`Cannot validate: no schema "${schema}"`);
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

/** JSON Schema in place of what only OpenAPI 3.0 has: `nullable`. */
function plain(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const made: JsonObject = {};
  for (const [key, each] of Object.entries(value)) {
    if (key !== "discriminator" && key !== "nullable") made[key] = plain(each);
  }
  return value["nullable"] === true ? { anyOf: [made, { type: "null" }] } : made;
}
