import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { PartialArguments } from "../../../lib/wire/google_generate_content/partial_arguments.ts";
import { decodeSchema } from "../../../lib/wire/google_generate_content/schema_decode.ts";
import { encodeSchema } from "../../../lib/wire/google_generate_content/schema_encode.ts";

const STRING = { type: "string" };

Deno.test("encodeSchema() says in Google's words what these can say", () => {
  const cases: [name: string, schema: JsonObject, expected: JsonObject | null][] = [
    [
      "an object",
      { type: "object", properties: { a: STRING }, required: ["a", "b"], additionalProperties: false },
      { type: "OBJECT", properties: { a: { type: "STRING" } }, required: ["a"] },
    ],
    ["an object of nothing", { type: "object", properties: {} }, { type: "OBJECT" }],
    ["an implied object", { properties: { a: STRING } }, {
      type: "OBJECT",
      properties: { a: { type: "STRING" } },
    }],
    ["a nullable", { type: ["string", "null"] }, { type: "STRING", nullable: true }],
    ["several types", { type: ["string", "integer"] }, { anyOf: [{ type: "STRING" }, { type: "INTEGER" }] }],
    ["oneOf", { oneOf: [STRING, { type: "number" }] }, { anyOf: [{ type: "STRING" }, { type: "NUMBER" }] }],
    ["anyOf with null", { anyOf: [STRING, { type: "null" }] }, { type: "STRING", nullable: true }],
    ["allOf of one", { allOf: [STRING], description: "d" }, { type: "STRING", description: "d" }],
    ["an enum", { enum: ["a", "b"] }, { type: "STRING", enum: ["a", "b"] }],
    ["a const", { const: "a" }, { type: "STRING", enum: ["a"] }],
    ["formats that it knows", { type: "string", format: "date-time" }, {
      type: "STRING",
      format: "date-time",
    }],
    ["formats that it refuses", { type: "string", format: "uri" }, { type: "STRING" }],
    ["limits", { type: "array", items: STRING, minItems: 1 }, {
      type: "ARRAY",
      items: { type: "STRING" },
      minItems: 1,
    }],
    ["notes", { ...STRING, $schema: "x", $comment: "y", examples: ["z"], title: "t" }, {
      type: "STRING",
      title: "t",
    }],
    [
      "references",
      { type: "object", properties: { a: { $ref: "#/$defs/x~1y" } }, $defs: { "x/y": { type: "boolean" } } },
      { type: "OBJECT", properties: { a: { type: "BOOLEAN" } } },
    ],
    [
      "properties named like keywords",
      { type: "object", properties: { not: STRING, $ref: STRING } },
      { type: "OBJECT", properties: { not: { type: "STRING" }, $ref: { type: "STRING" } } },
    ],
    // What these cannot say.
    ["recursion", { $ref: "#/$defs/a", $defs: { a: { type: "array", items: { $ref: "#/$defs/a" } } } }, null],
    ["a reference to nothing", { $ref: "#/$defs/none" }, null],
    ["a reference to elsewhere", { $ref: "https://a.test/schema" }, null],
    ["anything", { type: "object", properties: { a: {} } }, null],
    ["numbers in an enum", { type: "integer", enum: [1, 2] }, null],
    ["not", { not: STRING }, null],
    ["an empty word", { enum: ["", "a"] }, null],
    ["anything beside alternatives", { anyOf: [STRING, { type: "number" }], description: "d" }, null],
    ["nullable alternatives", { anyOf: [STRING, { type: "number" }, { type: "null" }] }, null],
    ["maps", { type: "object", additionalProperties: STRING }, null],
    ["arrays of anything", { type: "array" }, null],
    ["exclusive limits", { type: "number", exclusiveMinimum: 0 }, null],
    ["an unknown keyword", { ...STRING, contentEncoding: "base64" }, null],
  ];
  for (const [name, schema, expected] of cases) assertEquals<unknown>(encodeSchema(schema), expected, name);
});

Deno.test("encodeSchema() gives up on references that would grow without end", () => {
  const $defs: JsonObject = { d0: STRING };
  for (let level = 1; level < 30; level++) {
    const ref = { $ref: `#/$defs/d${level - 1}` };
    $defs[`d${level}`] = { type: "object", properties: { a: ref, b: ref } };
  }
  assertEquals(encodeSchema({ $ref: "#/$defs/d29", $defs }), null);
});

Deno.test("decodeSchema() makes JSON schema of Google's", () => {
  assertEquals<unknown>(
    decodeSchema({
      type: "OBJECT",
      nullable: true,
      properties: {
        type: { type: "STRING", enum: ["a"], format: "enum", maxLength: "3" },
        list: { type: "ARRAY", items: { type: "INTEGER", format: "int32" }, minItems: "1" },
        either: { anyOf: [{ type: "STRING" }, { type: "NUMBER" }], nullable: true },
        example: { type: "BOOLEAN", example: true },
      },
      propertyOrdering: ["type"],
      required: ["type"],
    }),
    {
      type: ["object", "null"],
      properties: {
        type: { type: "string", enum: ["a"], maxLength: 3 },
        list: { type: "array", items: { type: "integer", format: "int32" }, minItems: 1 },
        either: { anyOf: [{ type: "string" }, { type: "number" }, { type: "null" }] },
        example: { type: "boolean", examples: [true] },
      },
      required: ["type"],
    },
  );
});

Deno.test("a schema that Google can say is the same there and back", () => {
  const leaf = fc.oneof(
    fc.record({ type: fc.constantFrom("string", "integer", "number", "boolean") }),
    fc.record({
      type: fc.constant("string"),
      enum: fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }),
    }),
  );
  const { schema } = fc.letrec<{ schema: JsonObject }>((tie) => ({
    schema: fc.oneof(
      { maxDepth: 4 },
      leaf as fc.Arbitrary<JsonObject>,
      fc.record({ type: fc.constant("array"), items: tie("schema") }) as fc.Arbitrary<JsonObject>,
      fc.dictionary(fc.string(), tie("schema"), { minKeys: 1, maxKeys: 4 }).map((properties) => ({
        type: "object",
        properties,
        required: Object.keys(properties).slice(0, 1),
      })) as fc.Arbitrary<JsonObject>,
    ),
  }));
  fc.assert(fc.property(schema, (given) => {
    const there = encodeSchema(given);
    assertEquals(
      there === null ? "inexpressible" : JSON.stringify(decodeSchema(there)),
      JSON.stringify(given),
    );
  }));
});

/** Every leaf of a value with its place, texts in pieces, as Vertex AI sends arguments. */
function pieces(value: unknown, path: string, cut: number): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => pieces(each, `${path}[${index}]`, cut));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, each]) => {
      const plain = /^[A-Za-z_]\w*$/.test(name);
      return pieces(each, plain ? `${path}.${name}` : `${path}['${name.replaceAll(/[\\']/g, "\\$&")}']`, cut);
    });
  }
  if (value === null) return [{ jsonPath: path, nullValue: "NULL_VALUE" }];
  if (typeof value === "number") return [{ jsonPath: path, numberValue: value }];
  if (typeof value === "boolean") return [{ jsonPath: path, boolValue: value }];
  const text = String(value);
  return [
    { jsonPath: path, stringValue: text.slice(0, cut), willContinue: true },
    { jsonPath: path, stringValue: text.slice(cut), willContinue: true },
    { jsonPath: path, stringValue: "" },
  ];
}

Deno.test("PartialArguments puts any arguments together", () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("node"), { minLength: 1, maxLength: 4 }),
      fc.dictionary(fc.string(), tie("node"), { minKeys: 1, maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), node), fc.nat(5), (given, cut) => {
      const args = new PartialArguments();
      for (const piece of pieces(given, "$", cut)) args.add(piece);
      assertEquals(JSON.stringify(args.value), JSON.stringify(given));
    }),
  );
});

Deno.test("PartialArguments bears what no model should send", () => {
  const args = new PartialArguments();
  for (
    const jsonPath of [
      "",
      "a",
      "$",
      "$.",
      "$.a[",
      "$[999999999]",
      "$.list[999999999]",
      "$..a",
      "$[-1]",
      `$${".a".repeat(99)}`,
    ]
  ) args.add({ jsonPath, stringValue: "x" });
  args.add({ jsonPath: "$.list[0]", stringValue: "a" });
  args.add({ jsonPath: "$.list[5]", stringValue: "too far" });
  args.add({ jsonPath: "$.__proto__.polluted", boolValue: true });
  args.add({ jsonPath: "$.none" });
  args.add({ stringValue: "nowhere" });
  assertEquals(JSON.stringify(args.value), '{"999999999":"x","list":["a"],"__proto__":{"polluted":true}}');
  assertEquals(({} as { polluted?: boolean }).polluted, undefined);
});
