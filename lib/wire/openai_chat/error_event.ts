import { ERRORS } from "../../errors.ts";
import { encodeSse } from "../sse.ts";

/**
 * The event for an error after the stream began. OpenAI's SDKs throw on `error` in a chunk; `[DONE]` does not
 * follow, so that a client which only looks for the end sees that there was none.
 */
export function encodeErrorEvent(code: string, message: string, type: string): string {
  return encodeSse(JSON.stringify({ error: { message, type, param: null, code } }));
}

/** OpenAI's `error.type` for a code: the gateway's own codes have one, a provider's does not tell. */
export function errorTypeOf(code: string): string {
  return Object.hasOwn(ERRORS, code) ? ERRORS[code as keyof typeof ERRORS].openai : "server_error";
}
