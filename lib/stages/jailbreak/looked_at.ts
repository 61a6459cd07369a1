import type { ChatRequest, JsonValue, Message, Part } from "../../wire/canonical.ts";

/** Who says what is looked at. */
export const SPEAKERS = ["user", "tool", "document", "system", "assistant", "tool_description"] as const;
export type Speaker = typeof SPEAKERS[number];

/** One text of a request. */
export interface Said {
  readonly by: Speaker;
  readonly text: string;
}

/** What has nobody to tell what to do. */
export function isUntrusted(by: Speaker): boolean {
  return by === "tool" || by === "document" || by === "tool_description";
}

/** The texts of a request that are looked at, in their order; empty ones are left out. */
export function lookedAt(request: ChatRequest, speakers: ReadonlySet<Speaker>): Said[] {
  const found = new Texts(speakers);
  for (const message of request.messages) found.addMessage(message);
  for (const tool of request.tools ?? []) {
    if (tool.type === "opaque") found.addAll("tool_description", tool.value, 0);
    else found.add("tool_description", tool.description ?? "");
  }
  // Cohere's, and those of servers with OpenAI's API that take documents.
  found.addAll("document", request.extensions?.fields["documents"], 0);
  return found.texts;
}

/** The same of values that are the user's, whatever their shape. */
export function saidByUser(
  values: readonly (JsonValue | undefined)[],
  speakers: ReadonlySet<Speaker>,
): Said[] {
  const found = new Texts(speakers);
  for (const value of values) found.addAll("user", value, 0);
  return found.texts;
}

/** How deep objects are looked into. */
const MAX_DEPTH = 16;
/** Values that are no text though they are strings. */
const NOT_SAID = new Set(["type", "id", "data", "signature", "encrypted_content", "file_id", "tool_use_id"]);

class Texts {
  readonly texts: Said[] = [];

  constructor(private readonly speakers: ReadonlySet<Speaker>) {}

  add(by: Speaker, text: string): void {
    if (text !== "" && this.speakers.has(by)) this.texts.push({ by, text });
  }

  addMessage({ role, parts }: Message): void {
    const by = role === "developer" ? "system" : role;
    for (const part of parts) this.#addPart(by, part);
  }

  #addPart(by: Speaker, part: Part): void {
    switch (part.type) {
      case "text":
      case "refusal":
        return this.add(by, part.text);
      case "file":
        return this.add(by === "user" ? "document" : by, part.text ?? "");
      case "tool_result":
        for (const content of part.content) {
          if (content.type !== "image") this.add("tool", content.text ?? "");
        }
        return;
      case "opaque":
        // What only its API knows: results of searches and of other servers' tools, and documents of a user's.
        return this.addAll(by === "user" ? "document" : by === "assistant" ? "tool" : by, part.value, 0);
    }
  }

  addAll(by: Speaker, value: JsonValue | undefined, depth: number): void {
    if (typeof value === "string") this.add(by, value);
    else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
      for (const [key, member] of Object.entries(value)) {
        if (typeof member !== "string" || !NOT_SAID.has(key)) this.addAll(by, member, depth + 1);
      }
    }
  }
}
