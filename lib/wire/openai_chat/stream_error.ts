import type { JsonObject } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** An error that a provider sent in the middle of a stream. */
export interface StreamError {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

/**
 * The error that a chunk is: `{"error": {…}}` (OpenAI, vLLM), `{"error": "…"}` (Ollama), or any data of an
 * SSE event named `error`; null for a chunk that is none.
 */
export function errorOf(chunk: JsonObject, eventType: string): StreamError | null {
  const { error } = chunk;
  if (error === undefined || error === null) {
    return eventType === "error" ? describe(chunk) : null;
  }
  return isObject(error) ? describe(error) : { code: "upstream_error", message: String(error) };
}

function describe(error: JsonObject): StreamError {
  const { code, type, message } = error;
  const text = typeof message === "string" ? message : "The provider reported an error.";
  if (typeof code === "number") {
    return { code: typeof type === "string" ? type : "upstream_error", message: text, status: code };
  }
  if (typeof code === "string" && code !== "") return { code, message: text };
  return { code: typeof type === "string" && type !== "" ? type : "upstream_error", message: text };
}
