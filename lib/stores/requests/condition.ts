import type { ListedField, RequestFilter } from "../request_store.ts";
import { OUTCOMES } from "./row_columns.ts";
import type { Words } from "./words.ts";

type Value = number | string;

/** Where one database's SQL is not another's. */
export interface Dialect {
  /** The nth value, from 1. */
  readonly place: (n: number) => string;
  /** The function that says where in a text another is. */
  readonly position: string;
}

/** What rows a filter lets through, in SQL. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly Value[];
  /** The index that leaves the fewest rows to look at, for who has to choose; empty: the rows in their order. */
  readonly index: string;
  /** Numbers of words that all of them have. */
  readonly words: readonly number[];
}

/** Fields by which rows are chosen that have a word in them, and whether an index may have the rows that have one. */
const WORDS: readonly (readonly [field: ListedField, indexed: boolean])[] = [
  ["error_type", true],
  ["category", true],
  ["cache", true],
  ["key", true],
  ["model", false],
  ["team", false],
  ["provider", false],
  ["route", false],
];

const CLASS = /^([1-5])xx$/;

/** Null: nothing can match. */
export function conditionOf(
  filter: RequestFilter,
  words: Words,
  { place, position }: Dialect,
): Condition | null {
  const sql: string[] = [];
  const values: Value[] = [];
  const indexes: string[] = [];
  const numbers: number[] = [];
  const where = (text: string) => void sql.push(text);
  const at = (value: Value) => place(values.push(value));
  const { outcome, slow, fallback, status, stream, from, to, text } = filter;
  if (slow !== undefined) where(`slow = ${slow ? 1 : 0}`);
  if (slow === true) indexes.push("rows_slow");
  if (fallback !== undefined) where(`fallback = ${fallback ? 1 : 0}`);
  if (fallback === true) indexes.push("rows_with_fallback");
  if (outcome !== undefined) {
    const number = OUTCOMES.findIndex((name) => name === outcome);
    if (number === -1) return null;
    where(`outcome = ${at(number)}`);
    if (number > 0) {
      where("outcome > 0");
      indexes.push("rows_by_outcome");
    }
  }
  if (status !== undefined) {
    const least = CLASS.test(status) ? Number(status[0]) * 100 : Number(status);
    if (CLASS.test(status)) where(`status BETWEEN ${at(least)} AND ${at(least + 99)}`);
    else where(`status = ${at(least)}`);
    // A range of the index of status is not in the order of rows.
    if (least >= 400 && outcome === undefined) {
      where("outcome > 0");
      indexes.push("rows_not_good");
    }
  }
  for (const [field, indexed] of WORDS) {
    const value = filter[field];
    if (value === undefined) continue;
    const number = words.find(field, value);
    if (number === null) return null;
    where(`${field} = ${at(number)}`);
    if (number === 0) continue;
    if (indexed) where(`${field} > 0`);
    numbers.push(number);
  }
  if (stream !== undefined) where(`stream = ${stream ? 1 : 0}`);
  if (from !== undefined) where(`ended >= ${at(from)}`);
  if (to !== undefined) where(`ended < ${at(to)}`);
  if (text !== undefined && text !== "") where(`${position}(searched, ${at(text.toLowerCase())}) > 0`);
  return { sql: sql.join(" AND ") || "TRUE", values, index: indexes[0] ?? "", words: numbers };
}
