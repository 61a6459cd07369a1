// deno-lint-ignore no-explicit-any -- what others wrote may be of any shape; its readers check each value
export type Json = any;

/** The object that a text is, or null where it is none. */
export function parseJson(text: string): Record<string, Json> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, Json>
      : null;
  } catch {
    return null;
  }
}
