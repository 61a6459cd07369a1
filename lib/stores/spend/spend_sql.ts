import { MAX_SUMS, SPEND_DIMENSIONS, type SpendDimension, type SpendQuery } from "../spend_store.ts";

/** Columns of figures, in the order of `SPEND_FIGURES`. */
export const FIGURE_COLUMNS = ["requests", "input_tokens", "output_tokens", "nano_usd"] as const;

/** Columns that tell rows apart. `user` is a word of SQL's. */
export const PLACE_COLUMNS = SPEND_DIMENSIONS.map(columnOf);

export function columnOf(name: SpendDimension): string {
  return name === "user" ? "user_id" : name;
}

/**
 * A statement that adds rows up.
 * @param parameter how the statement's language writes its n-th, from 1.
 */
export function sumStatement(
  { since, until, where }: SpendQuery,
  by: readonly SpendDimension[],
  parameter: (place: number) => string,
): { readonly text: string; readonly values: readonly string[] } {
  // What the caller names is a name of the table, whatever its type says.
  const columns = by.filter((name) => SPEND_DIMENSIONS.includes(name)).map(columnOf);
  const asked = SPEND_DIMENSIONS.filter((name) => where[name] !== undefined);
  const conditions = [
    `day >= ${parameter(1)}`,
    `day <= ${parameter(2)}`,
    ...asked.map((name, i) => `${columnOf(name)} = ${parameter(i + 3)}`),
  ];
  const figures = FIGURE_COLUMNS.map((column) => `coalesce(sum(${column}), 0) AS ${column}`);
  const grouped = columns.length === 0 ? "" : ` GROUP BY ${columns.join(", ")}`;
  return {
    text:
      `SELECT ${[...columns, ...figures].join(", ")} FROM spend WHERE ${conditions.join(" AND ")}${grouped}` +
      ` ORDER BY ${[`sum(nano_usd) DESC`, ...columns].join(", ")} LIMIT ${MAX_SUMS}`,
    values: [since, until, ...asked.map((name) => where[name] ?? "")],
  };
}
