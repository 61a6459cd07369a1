import type { JsonObject } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** An error that a provider sent in place of a line: `{"error": "…"}`; null for a line that is none. */
export function errorOf(line: JsonObject): { readonly code: string; readonly message: string } | null {
  const { error } = line;
  if (error === undefined || error === null) return null;
  const message = isObject(error) ? error.message : error;
  return {
    code: "upstream_error",
    message: typeof message === "string" ? message : "The provider reported an error.",
  };
}

/** The line for an error after the stream began; nothing follows it. */
export function encodeErrorLine(message: string): string {
  return `${JSON.stringify({ error: message })}\n`;
}
