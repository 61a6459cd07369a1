import { anthropicMessages } from "./anthropic_messages.ts";
import { bedrockConverse } from "./bedrock_converse.ts";
import type { WireFormat } from "./canonical.ts";
import type { Codec } from "./codec.ts";
import { cohereChat } from "./cohere_chat.ts";
import { googleGenerateContent } from "./google_generate_content.ts";
import { googleInteractions } from "./google_interactions.ts";
import { ollamaChat } from "./ollama_chat.ts";
import { ollamaGenerate } from "./ollama_generate.ts";
import { openaiChat } from "./openai_chat.ts";
import { openaiResponses } from "./openai_responses.ts";

/** All that providers speak. */
export const CODECS: Readonly<Record<WireFormat, Codec>> = {
  openai_chat: openaiChat,
  openai_responses: openaiResponses,
  anthropic_messages: anthropicMessages,
  google_generate_content: googleGenerateContent,
  google_interactions: googleInteractions,
  cohere_chat: cohereChat,
  ollama_chat: ollamaChat,
  ollama_generate: ollamaGenerate,
  bedrock_converse: bedrockConverse,
};
