import { choice, text } from "../kinds.ts";
import { key, optionalSection, required } from "../node.ts";

/** A system prompt that the gateway adds; null where it is not given. */
export function systemPrompt(about: string) {
  return optionalSection(about, {
    text: required(text(), "The prompt."),
    mode: key(
      choice(["prepend", "append", "replace"]),
      "Before what the client's system prompt says, behind it, or in its place.",
      "prepend",
    ),
  });
}
