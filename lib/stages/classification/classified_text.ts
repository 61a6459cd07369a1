import type { ChatRequest, Message } from "../../wire/canonical.ts";

/** What of a conversation is looked at. */
const CLASSIFIED = ["last_user", "user", "all"] as const;
export type Classified = typeof CLASSIFIED[number];

/**
 * The text by which a request is judged: its last user's turn, all of the user's turns, or all turns. Of a text that
 * is longer than `limit` characters its beginning and its end, where questions stand.
 */
export function classifiedText({ messages }: ChatRequest, what: Classified, limit: number): string {
  if (what === "last_user") return shortened(textOf(messages.findLast(isUsers)), limit);
  const chosen = what === "all" ? messages : messages.filter(isUsers);
  // The last turns say most, and no more is put together than is looked at.
  const texts: string[] = [];
  let length = 0;
  for (let at = chosen.length - 1; at >= 0 && length < limit; at--) {
    const text = textOf(chosen[at]);
    if (text === "") continue;
    texts.unshift(text);
    length += text.length;
  }
  return shortened(texts.join("\n"), limit);
}

function isUsers({ role }: Message): boolean {
  return role === "user";
}

function textOf(message: Message | undefined): string {
  if (message === undefined) return "";
  const texts: string[] = [];
  for (const part of message.parts) if (part.type === "text") texts.push(part.text);
  return texts.length === 1 ? texts[0] ?? "" : texts.join("\n");
}

function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  return `${text.slice(0, half)}\n${text.slice(text.length - half)}`;
}
