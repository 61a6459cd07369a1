import type { AttributeKey } from "../names/attribute_key.ts";

/** What an attribute can hold: of a span texts, numbers, booleans and lists of texts, of a log line any JSON. */
export type AttributeValue =
  | string
  | number
  | boolean
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

/**
 * Attributes as two lists. They are filled again and again, so that a record costs no lists of its own: only the
 * first `count` places are meant.
 */
export class Attributes {
  count = 0;
  readonly keys: AttributeKey[] = [];
  readonly values: AttributeValue[] = [];

  add(key: AttributeKey, value: AttributeValue): void {
    this.keys[this.count] = key;
    this.values[this.count] = value;
    this.count++;
  }

  clear(): void {
    this.count = 0;
  }
}
