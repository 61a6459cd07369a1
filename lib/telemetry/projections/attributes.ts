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

  /** Places whose keys are always the same. */
  readonly #known: number;

  /** @param keys of the first places, where those are always the same; {@linkcode put} fills them. */
  constructor(keys: readonly AttributeKey[] = []) {
    this.keys = [...keys];
    this.#known = keys.length;
    for (let place = 0; place < keys.length; place++) this.values.push(null);
  }

  /** Another value for a place whose key is known; those that are put come in the order of their places. */
  put(place: number, value: AttributeValue | null): void {
    this.values[place] = value;
    this.changed[this.changes++] = place;
  }

  /** One more, behind all that are known. */
  add(key: AttributeKey, value: AttributeValue | null): void {
    const place = this.count++;
    if (this.keys[place] === key && place < this.#before && same(this.values[place], value)) return;
    this.keys[place] = key;
    this.put(place, value);
  }

  /** Begins another filling: what is known is as it was, and all others are gone. */
  clear(): void {
    this.#before = this.count;
    this.count = this.#known;
    this.changes = 0;
    this.filling++;
  }

  /** Nothing is as it was. */
  forget(): void {
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
