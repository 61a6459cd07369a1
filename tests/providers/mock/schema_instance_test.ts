import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { schemaInstance } from "../../../lib/providers/mock/schema_instance.ts";
import type { JsonObject, JsonValue } from "../../../lib/wire/canonical.ts";

const object = (
  properties: JsonObject,
  required = Object.keys(properties),
  more: JsonObject = {},
): JsonObject => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
  ...more,
});

const SCHEMAS: [what: string, schema: JsonObject][] = [
  ["nothing required", object({ a: { type: "string" } }, [])],
  [
    "strings",
    object({
      a: { type: "string" },
      b: { type: "string", minLength: 9 },
      c: { type: "string", maxLength: 2 },
    }),
  ],
  [
    "numbers",
    object({
      a: { type: "number" },
      b: { type: "integer", minimum: 5 },
      c: { type: "integer", maximum: -3 },
    }),
  ],
  [
    "exclusive numbers",
    object({ a: { type: "number", exclusiveMinimum: 0 }, b: { type: "integer", exclusiveMaximum: 1 } }),
  ],
  [
    "multiples",
    object({ a: { type: "integer", minimum: 5, multipleOf: 4 }, b: { type: "number", multipleOf: 0.5 } }),
  ],
  [
    "booleans and null",
    object({ a: { type: "boolean" }, b: { type: "null" }, c: { type: ["string", "null"] } }),
  ],
  ["enum and const", object({ a: { type: "string", enum: ["x", "y"] }, b: { const: 3 } })],
  ["arrays", object({ a: { type: "array", items: { type: "string" }, minItems: 2 }, b: { type: "array" } })],
  ["nesting", object({ a: object({ b: object({ c: { type: "integer" } }) }) })],
  [
    "anyOf",
    object({
      a: { anyOf: [{ type: "integer" }, { type: "null" }] },
      b: { oneOf: [object({ x: { const: 1 } })] },
    }),
  ],
  ["allOf", object({ a: { allOf: [object({ x: { type: "string" } }, ["x"]), { type: "object" }] } })],
  [
    "references",
    object({ a: { $ref: "#/$defs/point" } }, ["a"], { $defs: { point: object({ x: { type: "number" } }) } }),
  ],
  [
    "recursion",
    object({ next: { anyOf: [{ $ref: "#" }, { type: "null" }] } }),
  ],
  [
    "patterns",
    object({
      a: { type: "string", pattern: "^[A-Z]{3}$" },
      b: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\d$" },
    }),
  ],
  ["defaults", object({ a: { type: "string", default: "yes" } })],
  ["no type but properties", { properties: { a: { type: "string" } }, required: ["a"] }],
  ["an array at the top", { type: "array", minItems: 1, items: { type: "integer" } }],
];

for (const [what, schema] of SCHEMAS) {
  Deno.test(`schemaInstance() satisfies a schema with ${what}`, () => {
    const value = schemaInstance(schema);
    const ajv = new Ajv({ strict: false });
    assertEquals(ajv.validate(schema, value), true, `${JSON.stringify(value)}: ${ajv.errorsText()}`);
  });
}

Deno.test("schemaInstance() gives what formats ask for", () => {
  const formats = { date: "2026-01-01", "date-time": "2026-01-01T00:00:00Z", email: "mock@example.com" };
  for (const [format, expected] of Object.entries(formats)) {
    assertEquals(schemaInstance({ type: "string", format }), expected);
  }
});

Deno.test("schemaInstance() ends for schemas that cannot be satisfied, and for none", () => {
  schemaInstance(object({ a: { $ref: "#" } }));
  schemaInstance({ $ref: "#" });
  schemaInstance({ type: "string", pattern: "(" });
  for (const schema of [undefined, null, true, {}, { $ref: "#/nowhere" }] as (JsonValue | undefined)[]) {
    schemaInstance(schema);
  }
  assertEquals(schemaInstance(undefined), {});
});
