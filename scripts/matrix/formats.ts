import type { ClientFormat, WireFormat } from "../../lib/wire/canonical.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";

/** Formats that no client speaks to the gateway. */
const PROVIDERS_ONLY: readonly WireFormat[] = ["bedrock_converse"];

export const PROVIDER_FORMATS = Object.keys(CODECS) as readonly WireFormat[];

export const CLIENT_CODECS: readonly ClientCodec[] = [
  ...PROVIDER_FORMATS.filter((format) => !PROVIDERS_ONLY.includes(format)).map((format) => CODECS[format]),
  openaiCompletions,
];

/** What a column is headed with. */
export const SHORT_NAMES: Readonly<Record<ClientFormat, string>> = {
  openai_chat: "chat",
  openai_responses: "responses",
  anthropic_messages: "messages",
  google_generate_content: "Gemini",
  google_interactions: "Interactions",
  bedrock_converse: "Bedrock",
  cohere_chat: "Cohere",
  ollama_chat: "Ollama chat",
  ollama_generate: "Ollama generate",
  completions: "completions",
};
