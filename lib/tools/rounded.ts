/** A value for a JSON file: its numbers with at most three digits behind the point, what is no number null. */
export function rounded<T>(value: T): T {
  if (typeof value === "number") {
    return (Number.isFinite(value) ? Math.round(value * 1000) / 1000 : null) as T;
  }
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)])) as T;
}
