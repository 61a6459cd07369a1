import type { ChatResponse } from "../../wire/canonical.ts";

/** What is written of an answer that is kept; another one is a miss. */
const VERSION = 1;

export function writeAnswer(answer: ChatResponse): string {
  return JSON.stringify({ version: VERSION, answer });
}

/** Null where the text is of another version, or nobody's. */
export function readAnswer(text: string): ChatResponse | null {
  try {
    const kept = JSON.parse(text) as { version?: unknown; answer?: ChatResponse } | null;
    const answer = kept?.version === VERSION ? kept.answer : undefined;
    return Array.isArray(answer?.choices) ? answer : null;
  } catch {
    return null;
  }
}
