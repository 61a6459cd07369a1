import type { JsonValue } from "../../wire/canonical.ts";

/** JSON text in which the order of keys and white space make no difference. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.keys(value).sort().map((key) =>
    `${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`
  );
  return `{${members.join(",")}}`;
}
