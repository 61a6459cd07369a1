import type { ClientFormat } from "../canonical.ts";

/** Formats whose last event tells fields of the choice that it ends; in the others they are the whole answer's. */
const OF_CHOICE: ReadonlySet<ClientFormat> = new Set([
  "openai_chat",
  "completions",
  "google_generate_content",
  "cohere_chat",
]);

/** Formats whose streams show the answer's own fields at their beginning. */
export const BEGIN_WITH_FIELDS: ReadonlySet<ClientFormat> = new Set(["openai_chat", "openai_responses"]);

export function fieldsBelongToChoice(format: ClientFormat): boolean {
  return OF_CHOICE.has(format);
}
