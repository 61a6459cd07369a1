import { GatewayError } from "../errors.ts";
import type { JsonObject, JsonValue } from "./canonical.ts";

/** Whose fault a wrong shape is: the client's (400) or the provider's (502). */
export type ShapeFault = "invalid_request" | "upstream_invalid_response";

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields of `object` whose names are not in `known`, or undefined where there are none. */
export function unknownFields(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let rest: JsonObject | undefined;
  for (const key in object) {
    const value = object[key];
    if (value === undefined || known.has(key)) continue;
    rest ??= {};
    rest[key] = value;
  }
  return rest;
}

/** Sets a field unless the value is undefined: an absent field stays absent. */
export function put<T, K extends keyof T>(target: T, key: K, value: T[K] | undefined): void {
  if (value !== undefined) target[key] = value;
}

/**
 * Reads typed fields of a JSON object and says exactly what is wrong where: every error names the field's path
 * in the sender's own dialect (`messages[2].content[0].text`), what was expected and what stood there.
 *
 * An optional field that is `null` counts as absent: OpenAI's clients write `null` for "not given".
 */
export class Fields {
  constructor(
    readonly object: JsonObject,
    /** Path of the object itself; empty at the top. */
    readonly path: string,
    readonly fault: ShapeFault,
  ) {}

  /** The value as a readable object. */
  static of(value: JsonValue | undefined, path: string, fault: ShapeFault): Fields {
    if (isObject(value)) return new Fields(value, path, fault);
    throw wrong(fault, path, "an object", value);
  }

  /** Path of one of the object's fields. */
  at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  raw(key: string): JsonValue | undefined {
    return this.object[key];
  }

  has(key: string): boolean {
    const value = this.object[key];
    return value !== undefined && value !== null;
  }

  /** @throws {GatewayError} always: the field at `key` is not what was `expected`. */
  fail(key: string, expected: string): never {
    throw wrong(this.fault, this.at(key), expected, this.object[key]);
  }

  string(key: string): string {
    const value = this.object[key];
    return typeof value === "string" ? value : this.fail(key, "a string");
  }

  optionalString(key: string): string | undefined {
    const value = this.object[key];
    return value === undefined || value === null ? undefined : this.string(key);
  }

  number(key: string): number {
    const value = this.object[key];
    return typeof value === "number" ? value : this.fail(key, "a number");
  }

  optionalNumber(key: string): number | undefined {
    const value = this.object[key];
    return value === undefined || value === null ? undefined : this.number(key);
  }

  optionalInteger(key: string): number | undefined {
    const value = this.optionalNumber(key);
    return value === undefined || Number.isInteger(value) ? value : this.fail(key, "an integer");
  }

  optionalBoolean(key: string): boolean | undefined {
    const value = this.object[key];
    if (value === undefined || value === null) return undefined;
    return typeof value === "boolean" ? value : this.fail(key, "a boolean");
  }

  /** A field whose value is one of a few strings. A wrong word of a word's length is quoted in the error. */
  oneOf<T extends string>(key: string, values: readonly T[]): T {
    const value = this.object[key];
    const found = values.find((candidate) => candidate === value);
    if (found !== undefined) return found;
    const expected = `one of ${values.map((each) => `'${each}'`).join(", ")}`;
    if (typeof value !== "string" || value.length > 40) this.fail(key, expected);
    throw wrong(this.fault, this.at(key), expected, value, `'${value}'`);
  }

  fields(key: string): Fields {
    return Fields.of(this.object[key], this.at(key), this.fault);
  }

  optionalFields(key: string): Fields | undefined {
    return this.has(key) ? this.fields(key) : undefined;
  }

  optionalObject(key: string): JsonObject | undefined {
    return this.optionalFields(key)?.object;
  }

  array(key: string): JsonValue[] {
    const value = this.object[key];
    return Array.isArray(value) ? value : this.fail(key, "an array");
  }

  optionalArray(key: string): JsonValue[] | undefined {
    return this.has(key) ? this.array(key) : undefined;
  }

  /** An array of objects, each with its own path. */
  items(key: string): Fields[] {
    return this.array(key).map((item, index) => Fields.of(item, `${this.at(key)}[${index}]`, this.fault));
  }

  optionalItems(key: string): Fields[] | undefined {
    return this.has(key) ? this.items(key) : undefined;
  }

  /** An array of strings. */
  optionalStrings(key: string): string[] | undefined {
    return this.optionalArray(key)?.map((item, index) => {
      if (typeof item === "string") return item;
      throw wrong(this.fault, `${this.at(key)}[${index}]`, "a string", item);
    });
  }

  /** An array of strings, or one that stands for an array of itself (`stop`). */
  oneOrMoreStrings(key: string): string[] | undefined {
    const value = this.object[key];
    if (typeof value === "string") return [value];
    if (!this.has(key) || Array.isArray(value)) return this.optionalStrings(key);
    this.fail(key, "a string or an array of strings");
  }

  /** An object whose values are all strings (`metadata`). */
  optionalStringMap(key: string): Record<string, string> | undefined {
    const fields = this.optionalFields(key);
    if (fields === undefined) return undefined;
    const map: Record<string, string> = {};
    for (const name of Object.keys(fields.object)) map[name] = fields.string(name);
    return map;
  }
}

/** The error for a value of the wrong kind, or for one that is missing. */
function wrong(
  fault: ShapeFault,
  path: string,
  expected: string,
  value: JsonValue | undefined,
  shown?: string,
): GatewayError {
  const place = path === "" ? "the body" : `'${path}'`;
  const message = value === undefined
    ? `Missing ${place}: expected ${expected}.`
    : `Invalid value for ${place}: expected ${expected}, but got ${shown ?? describe(value)} instead.`;
  // A path into a provider's answer is no parameter of the client's.
  return new GatewayError(fault, message, fault === "invalid_request" ? { param: path } : {});
}

/** What kind of value it is. A string is not repeated, since it may be part of a prompt. */
function describe(value: JsonValue): string {
  if (value === null) return "null";
  if (typeof value === "string") return "a string";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (typeof value === "object") return "an object";
  return String(value);
}
