import type { JsonObject, Part, ReasoningPart } from "../canonical.ts";
import { sealForeign, unseal } from "../google_signature.ts";
import { isObject } from "../shape.ts";

/**
 * Gemini's signature of the thoughts before a call, where Google's own OpenAI-compatible API has it:
 * `tool_calls[].extra_content.google.thought_signature`. Clients that hand their calls back whole bring it along. A
 * signature of the Interactions API travels there sealed.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures#openai
 */

const FORMAT = "google_generate_content";

/** A call's field for the signature of the reasoning before it; nothing where Google signed none. */
export function signatureField(before: Part | null): JsonObject {
  if (before?.type !== "reasoning") return {};
  const { signature, signatureFormat } = before;
  if (signatureFormat !== FORMAT && signatureFormat !== "google_interactions") return {};
  const value = sealForeign(before, FORMAT) ?? signature ?? "";
  return { extra_content: { google: { thought_signature: value } } };
}

/** The reasoning that stands for a call's signature; null where it has none. */
export function signedReasoning(call: JsonObject): ReasoningPart | null {
  const google = isObject(call.extra_content) ? call.extra_content.google : undefined;
  const signature = isObject(google) ? google.thought_signature : undefined;
  return typeof signature === "string" && signature !== ""
    ? { type: "reasoning", text: "", ...unseal(signature, FORMAT) }
    : null;
}
