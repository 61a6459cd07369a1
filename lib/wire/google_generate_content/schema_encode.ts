import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * JSON schema as Google's `Schema`, which all of its models and APIs take. `Schema` is a part of OpenAPI's: what it
 * cannot say exactly is sent in the field for JSON schema instead.
 * @see https://ai.google.dev/api/caching#Schema
 */

/** What becomes of a keyword. One that is not here cannot be said. */
const KEYWORDS: Readonly<Record<string, "same" | "schema" | "schemas" | "map" | "silent" | "own">> = {
  title: "same",
  description: "same",
  default: "same",
  nullable: "same",
  minimum: "same",
  maximum: "same",
  minItems: "same",
  maxItems: "same",
  minLength: "same",
  maxLength: "same",
  minProperties: "same",
  maxProperties: "same",
  pattern: "same",
  example: "same",
  propertyOrdering: "same",
  items: "schema",
  anyOf: "schemas",
  oneOf: "schemas",
  properties: "map",
  // What says nothing about a value, or nothing that a model would heed.
  $schema: "silent",
  $id: "silent",
  $comment: "silent",
  $defs: "silent",
  definitions: "silent",
  examples: "silent",
  readOnly: "silent",
  writeOnly: "silent",
  deprecated: "silent",
  strict: "silent",
  // Each of these is looked at below.
  type: "own",
  format: "own",
  enum: "own",
  const: "own",
  required: "own",
  allOf: "own",
  $ref: "own",
  additionalProperties: "own",
};

/** Formats that the API does not refuse; any other is a note for people. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  STRING: ["date-time", "enum"],
  NUMBER: ["float", "double"],
  INTEGER: ["int32", "int64"],
};

/** The most schemas that one may hold once its references are written out. */
const MOST_NODES = 2_000;

/** Not sayable. */
class Inexpressible extends Error {}

/** The schema in Google's form; null where that cannot say it. */
export function encodeSchema(schema: JsonObject): JsonObject | null {
  try {
    return new Encoder(schema).encode(schema, []);
  } catch (error) {
    if (error instanceof Inexpressible) return null;
    throw error;
  }
}

class Encoder {
  #nodes = 0;

  constructor(private readonly root: JsonObject) {}

  encode(schema: JsonValue, path: readonly string[]): JsonObject {
    if (!isObject(schema) || ++this.#nodes > MOST_NODES) throw new Inexpressible();
    const { $ref: ref, allOf, ...rest } = schema;
    if (typeof ref === "string") {
      if (path.includes(ref)) throw new Inexpressible();
      return this.encode({ ...this.#resolve(ref), ...rest }, [...path, ref]);
    }
    if (allOf !== undefined) {
      const [only] = Array.isArray(allOf) ? allOf : [];
      if (!Array.isArray(allOf) || allOf.length !== 1 || !isObject(only)) throw new Inexpressible();
      return this.encode({ ...only, ...rest }, path);
    }
    const encoded: JsonObject = {};
    this.#type(schema, encoded, path);
    for (const key in schema) {
      const value = schema[key];
      if (value === undefined) continue;
      switch (Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined) {
        case "same":
          encoded[key] = value;
          break;
        case "schema":
          encoded[key] = this.encode(value, path);
          break;
        case "schemas":
          this.#alternatives(value, encoded, path);
          break;
        case "map":
          this.#properties(value, encoded, path);
          break;
        case "own":
        case "silent":
          break;
        default:
          throw new Inexpressible();
      }
    }
    this.#check(schema, encoded);
    return encoded;
  }

  #type(schema: JsonObject, encoded: JsonObject, path: readonly string[]): void {
    const types = (Array.isArray(schema.type) ? schema.type : [schema.type ?? implied(schema)])
      .filter((type) => typeof type === "string");
    const others = types.filter((type) => type !== "null");
    if (others.length < types.length) encoded.nullable = true;
    const [only] = others;
    if (others.length > 1) {
      const { type: _, nullable: __, description: ___, title: ____, ...rest } = schema;
      if (Object.keys(rest).length > 0) throw new Inexpressible();
      encoded.anyOf = others.map((type) => this.encode({ type }, path));
    } else if (only !== undefined) {
      encoded.type = only.toUpperCase();
    } else if (schema.anyOf === undefined && schema.oneOf === undefined) {
      throw new Inexpressible();
    }
  }

  /** `anyOf`; a `null` among them makes the value nullable. */
  #alternatives(value: JsonValue, encoded: JsonObject, path: readonly string[]): void {
    if (!Array.isArray(value) || encoded.anyOf !== undefined) throw new Inexpressible();
    const others = value.filter((each) => !isObject(each) || each.type !== "null");
    if (others.length < value.length) encoded.nullable = true;
    const schemas = others.map((each) => this.encode(each, path));
    const [only] = schemas;
    if (schemas.length === 1 && only !== undefined) Object.assign(encoded, { ...only, ...encoded });
    else encoded.anyOf = schemas;
  }

  #properties(value: JsonValue, encoded: JsonObject, path: readonly string[]): void {
    if (!isObject(value)) throw new Inexpressible();
    const properties = Object.entries(value).map(([name, each]) => [name, this.encode(each, path)] as const);
    // The API refuses an object whose properties are none.
    if (properties.length > 0) encoded.properties = Object.fromEntries(properties);
  }

  /** What depends on the type. */
  #check(schema: JsonObject, encoded: JsonObject): void {
    const { format, required, additionalProperties } = schema;
    const type = String(encoded.type);
    if (typeof format === "string" && FORMATS[type]?.includes(format)) encoded.format = format;
    const values = schema.const === undefined ? schema.enum : [schema.const];
    if (values !== undefined) {
      if (type !== "STRING" || !Array.isArray(values)) throw new Inexpressible();
      const words = values.filter((each) => typeof each === "string");
      if (words.length < values.length && !(encoded.nullable === true && values.includes(null))) {
        throw new Inexpressible();
      }
      // The empty one is refused.
      if (words.includes("")) throw new Inexpressible();
      encoded.enum = words;
    }
    if (Array.isArray(required) && isObject(encoded.properties)) {
      const { properties } = encoded;
      const known = required.filter((name) => typeof name === "string" && Object.hasOwn(properties, name));
      if (known.length > 0) encoded.required = known;
    }
    if (isObject(additionalProperties) && Object.keys(additionalProperties).length > 0) {
      throw new Inexpressible();
    }
    if (type === "ARRAY" && encoded.items === undefined) throw new Inexpressible();
    // Vertex AI refuses anything beside alternatives.
    if (encoded.anyOf !== undefined && Object.keys(encoded).length > 1) throw new Inexpressible();
  }

  /** A reference within the schema: `#/$defs/name`. */
  #resolve(ref: string): JsonObject {
    if (!ref.startsWith("#")) throw new Inexpressible();
    let at: JsonValue | undefined = this.root;
    for (const step of ref.slice(1).split("/").slice(1)) {
      const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
      at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    }
    if (!isObject(at)) throw new Inexpressible();
    return at;
  }
}

/** The type of a schema that leaves it out, where something else in it tells. */
function implied(schema: JsonObject): string | undefined {
  if (schema.properties !== undefined) return "object";
  if (schema.items !== undefined) return "array";
  const values = schema.const === undefined ? schema.enum : [schema.const];
  return Array.isArray(values) && values.every((each) => typeof each === "string") ? "string" : undefined;
}
