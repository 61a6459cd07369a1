import type { ListedField } from "../request_store.ts";
import type { Labels } from "./rollup_sums.ts";
import { OTHER } from "./words.ts";

/**
 * The labels of a line where its span of time has as many as it may: of who asked and what for nothing more can be
 * told then, and one line has the others.
 */
export function othersOf(labels: Labels, numberOf: (field: ListedField, value: string) => number): Labels {
  const of = (field: ListedField) => numberOf(field, OTHER);
  return [of("model"), of("provider"), of("key"), of("team"), labels[4]];
}
