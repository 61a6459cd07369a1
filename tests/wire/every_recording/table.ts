import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ClientCodec, Codec } from "../../../lib/wire/codec.ts";
import { cohereChat } from "../../../lib/wire/cohere_chat.ts";
import { googleGenerateContent } from "../../../lib/wire/google_generate_content.ts";
import { googleInteractions } from "../../../lib/wire/google_interactions.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { openaiCompletions } from "../../../lib/wire/openai_completions.ts";
import { openaiResponses } from "../../../lib/wire/openai_responses.ts";

/** What a recording is of, and so what has to hold for it. */
export type Kind =
  /** Answers of a format at both ends, whole or streamed by the file's ending. */
  | {
    readonly is: "generation";
    readonly codec: Codec;
    /** Its last event does not say what those before it said, as it was recorded. */
    readonly contradicts?: true;
  }
  /** The same of a format that only clients speak: it passes through, or is made of another. */
  | { readonly is: "client"; readonly codec: ClientCodec }
  /** A provider's refusal, or a stream that ends with an error. */
  | { readonly is: "error"; readonly codec: ClientCodec }
  /** A stream that no provider should send: what is broken about it is noticed. */
  | { readonly is: "broken"; readonly codec: Codec }
  | { readonly is: "embeddings" }
  | { readonly is: "rerank" };

function of(codec: Codec) {
  return { is: "generation", codec } as const;
}

const RESPONSES = of(openaiResponses);
const CHAT = of(openaiChat);

/**
 * Paths below `../shared/recordings` → what they are; the first row that fits. A folder that is not here is unknown,
 * and the test says so: whoever records something says here what it is.
 */
export const TABLE: readonly (readonly [path: RegExp, kind: Kind])[] = [
  [/^anthropic\/spliced-message-start\./, { is: "broken", codec: anthropicMessages }],
  [/^anthropic\/[^/]+$/, of(anthropicMessages)],
  [/^azure\/azure-deepseek-[^/]+$/, CHAT],
  [/^azure\/[^/]+$/, RESPONSES],
  [/^cohere\/reranking\/[^/]+$/, { is: "rerank" }],
  [/^cohere\/[^/]+$/, of(cohereChat)],
  [/^(deepseek|openai-compatible)\/chat\/[^/]+$/, CHAT],
  [/^google\/interactions\/[^/]+$/, of(googleInteractions)],
  [/^google\/[^/]+$/, of(googleGenerateContent)],
  [/^(groq|mistral|perplexity|xai)\/[^/]+$/, CHAT],
  [/^open-responses\/responses\/[^/]+$/, RESPONSES],
  [/^openai-http\/(azure-)?chat-[^/]+$/, CHAT],
  [/^openai-http\/completion-[^/]+$/, { is: "client", codec: openaiCompletions }],
  [/^openai-http\/embeddings-[^/]+$/, { is: "embeddings" }],
  [/^openai\/chat\/[^/]+-error\.json$/, { is: "error", codec: openaiChat }],
  [/^openai\/chat\/[^/]+$/, CHAT],
  [/^openai\/completion\/[^/]+$/, { is: "client", codec: openaiCompletions }],
  [/^openai\/embedding\/[^/]+$/, { is: "embeddings" }],
  [/^openai\/responses\/(openai-error\.|[^/]+-error\.json)/, { is: "error", codec: openaiResponses }],
  [/^openai\/responses\/openai-shell-container\.1\.chunks/, { ...RESPONSES, contradicts: true }],
  [/^openai\/responses\/parallel-tool-call-wrapper\.1\.chunks/, { is: "broken", codec: openaiResponses }],
  [/^(openai|xai)\/responses\/[^/]+$/, RESPONSES],
];

/**
 * Whole answers whose stream, which was recorded apart, has other parts: the model went another way. Paths without their
 * ending.
 */
export const WENT_ANOTHER_WAY: ReadonlySet<string> = new Set([
  "anthropic/anthropic-programmatic-tool-calling.1",
  "anthropic/anthropic-web-search-tool.1",
  "open-responses/responses/lmstudio-basic.1",
  "openai/responses/openai-mcp-tool.1",
  "openai/responses/openai-reasoning-encrypted-content.1",
  "openai/responses/openai-web-search-tool.1",
]);
