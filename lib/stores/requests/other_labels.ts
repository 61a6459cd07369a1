import { DIMENSIONS, type ListedField } from "../request_store.ts";
import { OTHER } from "./words.ts";

type NumberOf = (field: ListedField, value: string) => number;

/**
 * The labels of a line where its span of time has as many as it may: of who asked and what for nothing more can be
 * told then, and one line has the others.
 */
export function othersOf(labels: readonly number[], numberOf: NumberOf): readonly number[] {
  return DIMENSIONS.map((field, i) => field === "status" ? labels[i] ?? 0 : numberOf(field, OTHER));
}
