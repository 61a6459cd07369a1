import type { DatabaseSync } from "node:sqlite";
import type { ListedField, RequestFilter } from "../../request_store.ts";
import type { Names } from "./names.ts";
import { OUTCOMES } from "./schema.ts";

type Value = number | string;

/** What rows a filter lets through, in SQL. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
  /** The index that leaves the fewest rows to look at; empty: the rows themselves, in their order. */
  readonly index: string;
}

/** Fields by which rows are chosen that have a word in them, the rarest first. */
const WORDS: readonly (readonly [field: ListedField, index: string])[] = [
  ["error_type", "rows_by_error_type"],
  ["category", "rows_by_category"],
  ["cache", "rows_by_cache"],
  ["key", "rows_by_key"],
  ["model", "rows_by_model"],
  // Few of them, with many rows each: an index would cost every row more than it saves a search.
  ["team", ""],
  ["provider", ""],
  ["route", ""],
];

const PARTIAL: Readonly<Partial<Record<string, string>>> = {
  rows_by_key: "key > 0",
  rows_by_category: "category > 0",
  rows_by_cache: "cache > 0",
  rows_by_error_type: "error_type > 0",
};

const CLASS = /^([1-5])xx$/;

/** Null: nothing can match. */
export function conditionOf(filter: RequestFilter, names: Names): Condition | null {
  const sql: string[] = [];
  const values: Value[] = [];
  const indexes: string[] = [];
  const where = (text: string, ...more: Value[]) => {
    sql.push(text);
    values.push(...more);
  };
  const { outcome, slow, fallback, status, stream, from, to, text } = filter;
  if (slow !== undefined) where(`slow = ${slow ? 1 : 0}`);
  if (slow === true) indexes.push("rows_slow");
  if (fallback !== undefined) where(`fallback = ${fallback ? 1 : 0}`);
  if (fallback === true) indexes.push("rows_with_fallback");
  if (outcome !== undefined) {
    const number = OUTCOMES.findIndex((name) => name === outcome);
    if (number === -1) return null;
    where("outcome = ?", number);
    if (number > 0) {
      where("outcome > 0");
      indexes.push("rows_by_outcome");
    }
  }
  if (status !== undefined) {
    const least = CLASS.test(status) ? Number(status[0]) * 100 : Number(status);
    if (CLASS.test(status)) where("status BETWEEN ? AND ?", least, least + 99);
    else where("status = ?", least);
    // A range of the index of status is not in the order of rows.
    if (least >= 400 && outcome === undefined) {
      where("outcome > 0");
      indexes.push("rows_not_good");
    }
  }
  for (const [field, index] of WORDS) {
    const value = filter[field];
    if (value === undefined) continue;
    const number = names.find(field, value);
    if (number === null) return null;
    where(`${field} = ?`, number);
    if (index === "" || (index in PARTIAL && number === 0)) continue;
    const partial = PARTIAL[index];
    if (partial !== undefined) where(partial);
    indexes.push(index);
  }
  if (stream !== undefined) where(`stream = ${stream ? 1 : 0}`);
  if (from !== undefined) where("ended >= ?", from);
  if (to !== undefined) where("ended < ?", to);
  if (text !== undefined && text !== "") where("instr(searched, ?) > 0", text.toLowerCase());
  return { sql: sql.join(" AND ") || "1", values, index: indexes[0] ?? "" };
}

/** Rows of later ends may have been committed before: by so much, milliseconds. */
const DISORDER = 10_000;

/** The first row that ended at `time` or later, about: rows are in the order of their ends but for a few seconds. */
export class Moments {
  readonly #first;
  readonly #last;
  readonly #next;

  constructor(database: DatabaseSync) {
    this.#first = database.prepare("SELECT id FROM rows ORDER BY id LIMIT 1");
    this.#last = database.prepare("SELECT id FROM rows ORDER BY id DESC LIMIT 1");
    this.#next = database.prepare("SELECT id, ended FROM rows WHERE id >= ? ORDER BY id LIMIT 1");
  }

  /** Ids of all rows; null: there is none. */
  get all(): { readonly first: number; readonly last: number } | null {
    const first = this.#first.get();
    const last = this.#last.get();
    if (first === undefined || last === undefined) return null;
    return { first: Number(first["id"]), last: Number(last["id"]) };
  }

  /** The ids between which rows of a time are. */
  between(from: number | undefined, to: number | undefined): { first: number; last: number } | null {
    const { all } = this;
    if (all === null) return null;
    return {
      first: from === undefined ? all.first : this.#at(from - DISORDER, all),
      last: to === undefined ? all.last : Math.min(this.#at(to + DISORDER, all), all.last),
    };
  }

  #at(time: number, { first, last }: { readonly first: number; readonly last: number }): number {
    let low = first;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#next.get(middle);
      if (row === undefined || Number(row["ended"]) >= time) high = middle;
      else low = Number(row["id"]) + 1;
    }
    return low;
  }
}
