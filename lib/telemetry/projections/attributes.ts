import type { AttributeKey } from "../names/attribute_key.ts";
import { same } from "./same.ts";

/** What an attribute can hold: of a span texts, numbers, booleans and lists of texts, of a log line any JSON. */
export type AttributeValue =
  | string
  | number
  | boolean
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

/**
 * Attributes as two lists. They are filled again and again, so that a record costs no lists of its own: only the
 * first `count` places are meant. Three quarters are as they were in the filling before, so what has changed since is
 * noted, and an encoder looks at nothing else.
 */
export class Attributes {
  count = 0;
  readonly keys: AttributeKey[];
  /** Null where there is nothing to tell: the place is kept, so that those behind it stay where they were. */
  readonly values: (AttributeValue | null)[] = [];
  /** Which filling this is. */
  filling = 0;
  /** Places that differ from the filling before, ascending; only the first `changes` are meant. */
  readonly changed: number[] = [];
  changes = 0;
  /** Places of the filling before. */
  #before = 0;

  /** @param keys of the first places, where those are always the same; {@linkcode next} fills them. */
  constructor(keys: readonly AttributeKey[] = []) {
    this.keys = [...keys];
  }

  /** The value of the next place, whose key is known. */
  next(value: AttributeValue | null): void {
    const place = this.count;
    if (place < this.#before && same(this.values[place], value)) this.count++;
    else this.another(value);
  }

  /** A value that is none twice. To compare two ids takes V8 longer than to write one. */
  another(value: AttributeValue | null): void {
    const place = this.count++;
    this.values[place] = value;
    this.changed[this.changes++] = place;
  }

  add(key: AttributeKey, value: AttributeValue | null): void {
    if (this.keys[this.count] === key) return this.next(value);
    this.keys[this.count] = key;
    this.another(value);
  }

  /** Begins another filling. */
  clear(): void {
    this.#before = this.count;
    this.count = 0;
    this.changes = 0;
    this.filling++;
  }

  /** Names and values of what there is to tell. */
  entries(): (readonly [string, AttributeValue])[] {
    const entries: (readonly [string, AttributeValue])[] = [];
    for (let i = 0; i < this.count; i++) {
      const value = this.values[i] ?? null;
      if (value !== null) entries.push([(this.keys[i] as AttributeKey).name, value]);
    }
    return entries;
  }
}
