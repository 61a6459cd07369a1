import type { AttributeKey } from "../names/attribute_key.ts";
import { NOWHERE } from "./request_texts.ts";
import { same } from "./same.ts";

/** What an attribute can hold: of a span texts, numbers, booleans and lists of texts, of a log line any JSON. */
export type AttributeValue =
  | string
  | number
  | boolean
  | readonly AttributeValue[]
  | { readonly [name: string]: AttributeValue };

const NO_BYTES = new Uint8Array();

/**
 * Attributes as lists. They are filled again and again, so that a record costs no lists of its own: only the
 * first `count` places are meant. Three quarters are as they were in the filling before, so what has changed since is
 * noted, and an encoder looks at nothing else. Numbers have a list of their own, since V8 makes an object of each that
 * stands beside something else.
 */
export class Attributes {
  count = 0;
  readonly keys: AttributeKey[];
  /** Null where there is a number, or nothing to tell: the place is kept, so that those behind it stay where they were. */
  readonly values: (Exclude<AttributeValue, number> | null)[] = [];
  /** `NaN` where there is none. */
  readonly numbers: number[] = [];
  /** Where a text that has changed stands as bytes; negative: nowhere. */
  bytes: Uint8Array = NO_BYTES;
  readonly bytesAt: number[] = [];
  /** Which filling this is. */
  filling = 0;
  /** Places that differ from the filling before, ascending; only the first `changes` are meant. */
  readonly changed: number[] = [];
  changes = 0;
  /** Places of the filling before. */
  #before = 0;

  /** Places whose keys are always the same. */
  readonly #known: number;
  /** Those, in the order in which they are told. */
  readonly #order: readonly number[];

  /**
   * @param keys of the first places, where those are always the same: they are put, in the order of their places.
   * @param order in which these places are told.
   */
  constructor(keys: readonly AttributeKey[] = [], order: readonly number[] = [...keys.keys()]) {
    this.keys = [...keys];
    this.#known = keys.length;
    this.#order = order;
    for (let place = 0; place < keys.length; place++) {
      this.values.push(null);
      this.numbers.push(NaN);
      this.bytesAt.push(NOWHERE);
    }
  }

  /** Another number, or `NaN`, for a known place that never holds anything else. @returns whether there was one. */
  putNumber(place: number, number: number): boolean {
    const had = this.numbers[place] as number;
    this.numbers[place] = number;
    this.changed[this.changes++] = place;
    return !Number.isNaN(had);
  }

  /**
   * Another value for a known place that never holds a number.
   * @param at where it stands in `bytes`. @returns whether there was one.
   */
  putValue(place: number, value: Exclude<AttributeValue, number> | null, at = NOWHERE): boolean {
    const had = this.values[place];
    this.values[place] = value;
    this.bytesAt[place] = at;
    this.changed[this.changes++] = place;
    return had !== null;
  }

  /** One more, behind all that are known. */
  add(key: AttributeKey, value: AttributeValue | null): void {
    const place = this.count++;
    const number = typeof value === "number" ? value : NaN;
    const other = typeof value === "number" ? null : value;
    if (
      this.keys[place] === key && place < this.#before && same(this.numbers[place], number) &&
      same(this.values[place], other)
    ) return;
    this.keys[place] = key;
    this.numbers[place] = number;
    this.values[place] = other;
    this.bytesAt[place] = NOWHERE;
    this.changed[this.changes++] = place;
  }

  /** Begins another filling: what is known is as it was, and all others are gone. */
  clear(): void {
    this.#before = this.count;
    this.count = this.#known;
    this.changes = 0;
    this.filling++;
  }

  /** Keeps the first so many known ones that have something to tell; nothing is as it was before. */
  truncate(most: number): void {
    const told = this.#order.filter((place) => this.valueAt(place) !== null);
    for (const place of told.slice(most)) {
      this.values[place] = null;
      this.numbers[place] = NaN;
    }
    this.filling++;
  }

  /** What there is to tell at a place. */
  valueAt(place: number): AttributeValue | null {
    const number = this.numbers[place] ?? NaN;
    return Number.isNaN(number) ? this.values[place] ?? null : number;
  }

  /** Names and values of what there is to tell. */
  entries(): (readonly [string, AttributeValue])[] {
    const entries: (readonly [string, AttributeValue])[] = [];
    const add = (place: number) => {
      const value = this.valueAt(place);
      if (value !== null) entries.push([(this.keys[place] as AttributeKey).name, value]);
    };
    this.#order.forEach(add);
    for (let place = this.#known; place < this.count; place++) add(place);
    return entries;
  }
}
