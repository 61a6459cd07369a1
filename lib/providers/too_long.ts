/** OpenAI's code for a request that is too long for its model, which clients act on: they shorten it. */
export const TOO_LONG = "context_length_exceeded";

const WORDS = new RegExp(
  [
    "context (length|window|size|limit)",
    "maximum (context|prompt length)",
    "(prompt|input) is too long",
    "too many (input )?tokens",
    "exceeds? the (maximum|limit) .{0,40}tokens",
  ].join("|"),
  "i",
);

/** Whether a provider that has no code for it says that a request is too long for its model. */
export function saysTooLong(message: string): boolean {
  return WORDS.test(message);
}
