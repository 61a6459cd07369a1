import { z } from "zod";
import { type Kind, Mismatch } from "./kinds.ts";

// A configuration is read once, so compiling its validators costs more than it saves (6 ms at start-up).
z.config({ jitless: true });

/** What the schema says of one place: enough to name, mask, document and check any key without its validator. */
export type Node =
  | {
    readonly type: "value";
    readonly about: string;
    readonly kind: Kind<unknown>;
    readonly default: unknown;
  }
  | {
    readonly type: "section";
    readonly about: string;
    readonly keys: Readonly<Record<string, z.ZodType>>;
    /** Other forms that a person may write instead, as JSON schema. */
    readonly shorthand: Readonly<Record<string, unknown>> | null;
    /** Absent is not the same as empty: it switches something off. */
    readonly optional: boolean;
  }
  | { readonly type: "map"; readonly about: string; readonly of: z.ZodType; readonly placeholder: string }
  | { readonly type: "list"; readonly about: string; readonly of: z.ZodType };

const nodes = new WeakMap<z.ZodType, Node>();

/** The default of a key that has to be given. */
export const REQUIRED = Symbol("required");

/** @throws {TypeError} for a schema that was not made by this module. */
export function nodeOf(schema: z.ZodType): Node {
  const node = nodes.get(schema);
  if (node === undefined) {
    throw new TypeError("Cannot describe the schema: it was not made by lib/config/node.ts");
  }
  return node;
}

type Leaf<T> = z.ZodType<T, unknown>;

function value<T>(
  kind: Kind<unknown>,
  about: string,
  fallback: unknown,
  empty: T | typeof REQUIRED,
): Leaf<T> {
  const schema = z.unknown().optional().transform((given, context): T => {
    try {
      if (given !== undefined) return kind.read(given) as T;
      if (empty !== REQUIRED) return empty;
      context.addIssue({ code: "custom", message: kind.expects, params: { missing: true } });
    } catch (error) {
      if (!(error instanceof Mismatch)) throw error;
      context.addIssue({ code: "custom", message: error.expects, input: given });
    }
    return z.NEVER;
  });
  nodes.set(schema, { type: "value", about, kind, default: fallback });
  return schema;
}

/** A key with a default, written as in the file. */
export function key<T>(kind: Kind<T>, about: string, fallback: unknown): Leaf<T> {
  return value<T>(kind, about, fallback, kind.read(fallback));
}

/** A key that has to be given. */
export function required<T>(kind: Kind<T>, about: string): Leaf<T> {
  return value<T>(kind, about, REQUIRED, REQUIRED);
}

/** A key that is null where it is not given. */
export function optional<T>(kind: Kind<T>, about: string): Leaf<T | null> {
  return value<T | null>(kind, about, null, null);
}

type Shape = Record<string, z.ZodType>;
type Output<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

interface SectionOptions {
  /** Turns a shorter way of writing into the mapping; what it does not know it returns as it is. */
  readonly expand?: (given: unknown) => unknown;
  readonly shorthand?: Readonly<Record<string, unknown>>;
}

/** A mapping with these keys and no others. Absent means all defaults. */
export function section<S extends Shape>(
  about: string,
  keys: S,
  options: SectionOptions = {},
): Leaf<Output<S>> {
  const { expand, shorthand = null } = options;
  const strict: z.ZodType = z.strictObject(keys);
  const schema = typed<Output<S>>(
    (expand === undefined ? strict : z.preprocess(expand, strict)).prefault({}),
  );
  nodes.set(schema, { type: "section", about, keys, shorthand, optional: false });
  return schema;
}

/** A section that is null where it is not given. */
export function optionalSection<S extends Shape>(about: string, keys: S): Leaf<Output<S> | null> {
  const schema = typed<Output<S> | null>(z.strictObject(keys).optional().transform((given) => given ?? null));
  nodes.set(schema, { type: "section", about, keys, shorthand: null, optional: true });
  return schema;
}

/** A mapping from names that the user chooses; `placeholder` stands for one in documents. */
export function map<T>(about: string, placeholder: string, of: Leaf<T>): Leaf<Readonly<Record<string, T>>> {
  const schema = typed<Readonly<Record<string, T>>>(z.record(z.string(), of).prefault({}));
  nodes.set(schema, { type: "map", about, of, placeholder });
  return schema;
}

/** A list; absent means empty. */
export function list<T>(about: string, of: Leaf<T>): Leaf<readonly T[]> {
  const schema = typed<readonly T[]>(z.array(of).prefault([]));
  nodes.set(schema, { type: "list", about, of });
  return schema;
}

/** A list that is null where it is not given: an empty one is something else. */
export function optionalList<T>(about: string, of: Leaf<T>): Leaf<readonly T[] | null> {
  const schema = typed<readonly T[] | null>(z.array(of).optional().transform((given) => given ?? null));
  nodes.set(schema, { type: "list", about, of });
  return schema;
}

/** Input is whatever the file holds, so only the output's type is kept. */
function typed<T>(schema: z.ZodType): Leaf<T> {
  return schema as Leaf<T>;
}
