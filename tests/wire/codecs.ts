import type { WireFormat } from "../../lib/wire/canonical.ts";

export { CODECS } from "../../lib/wire/codecs.ts";

/** Formats whose streams are server-sent events. Google's end with their body, the others with a terminal event. */
export const SSE_FORMATS = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
  "google_generate_content",
  "google_interactions",
] as const satisfies readonly WireFormat[];

/** Formats of chats: each is tried with each. */
export const CHAT_FORMATS: readonly WireFormat[] = [...SSE_FORMATS, "ollama_chat"];

/** Formats of providers' chats: those, and a binary one. */
export const UPSTREAM_FORMATS: readonly WireFormat[] = [...CHAT_FORMATS, "bedrock_converse"];

export type SseFormat = typeof SSE_FORMATS[number];
