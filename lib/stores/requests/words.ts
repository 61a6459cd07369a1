import type { ListedField } from "../request_store.ts";

/** What clients make up must fill no table: of a field that has so many values, further ones are one. */
export const MOST_VALUES = 5_000;
export const OTHER = "(other)";

/** Words of rows by their numbers, which take less room. 0 is the empty word. */
export interface Words {
  /** The number of a word; null: it has none. */
  find(field: ListedField, value: string): number | null;
}
