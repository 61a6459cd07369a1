import { anthropicMessages } from "../../lib/wire/anthropic_messages.ts";
import { bedrockConverse } from "../../lib/wire/bedrock_converse.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import type { Codec } from "../../lib/wire/codec.ts";
import { cohereChat } from "../../lib/wire/cohere_chat.ts";
import { googleGenerateContent } from "../../lib/wire/google_generate_content.ts";
import { ollamaChat } from "../../lib/wire/ollama_chat.ts";
import { ollamaGenerate } from "../../lib/wire/ollama_generate.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { openaiResponses } from "../../lib/wire/openai_responses.ts";

/** All that there are. */
export const CODECS: Readonly<Record<WireFormat, Codec>> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic_messages: anthropicMessages,
  google_generate_content: googleGenerateContent,
  cohere_chat: cohereChat,
  ollama_chat: ollamaChat,
  ollama_generate: ollamaGenerate,
  bedrock_converse: bedrockConverse,
};

/** Formats whose streams are server-sent events. Google's end with their body, the others with a terminal event. */
export const SSE_FORMATS = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
  "google_generate_content",
] as const satisfies readonly WireFormat[];

/** Formats of chats: each is tried with each. */
export const CHAT_FORMATS: readonly WireFormat[] = [...SSE_FORMATS, "ollama_chat"];

/** Formats of providers' chats: those, and a binary one. */
export const UPSTREAM_FORMATS: readonly WireFormat[] = [...CHAT_FORMATS, "bedrock_converse"];

export type SseFormat = typeof SSE_FORMATS[number];
