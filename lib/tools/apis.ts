import type { JsonObject } from "../wire/canonical.ts";
import type { ClientCodec } from "../wire/codec.ts";
import { CODECS } from "../wire/codecs.ts";

/** What a tool asks a model. */
export interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly stream: boolean;
  /** Null: as the server has it. */
  readonly maxTokens: number | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

/** An API that applications call, as far as tools use it. */
export interface Api {
  readonly path: string;
  /** Null: its answers are no text. */
  readonly codec: ClientCodec | null;
  readonly headers: Readonly<Record<string, string>>;
  body(question: Question): JsonObject;
}

/** Anthropic's messages have to say it. */
const MESSAGE_TOKENS = 256;

export const APIS = {
  chat: {
    path: "/v1/chat/completions",
    codec: CODECS.openai_chat,
    headers: {},
    body: ({ model, prompt, stream, maxTokens, metadata }) => ({
      model,
      messages: [{ role: "user", content: prompt }],
      ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
      ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
      ...(metadata === null ? {} : { metadata }),
    }),
  },
  responses: {
    path: "/v1/responses",
    codec: CODECS.openai_responses,
    headers: {},
    body: ({ model, prompt, stream, maxTokens, metadata }) => ({
      model,
      input: prompt,
      // A test is nothing that anybody goes on from.
      store: false,
      ...(stream ? { stream } : {}),
      ...(maxTokens === null ? {} : { max_output_tokens: maxTokens }),
      ...(metadata === null ? {} : { metadata }),
    }),
  },
  messages: {
    path: "/v1/messages",
    codec: CODECS.anthropic_messages,
    headers: { "anthropic-version": "2023-06-01" },
    body: ({ model, prompt, stream, maxTokens, metadata }) => ({
      model,
      max_tokens: maxTokens ?? MESSAGE_TOKENS,
      messages: [{ role: "user", content: prompt }],
      ...(stream ? { stream } : {}),
      ...(metadata === null ? {} : { metadata }),
    }),
  },
  embeddings: {
    path: "/v1/embeddings",
    codec: null,
    headers: {},
    body: ({ model, prompt }) => ({ model, input: prompt }),
  },
} as const satisfies Readonly<Record<string, Api>>;

export type ApiName = keyof typeof APIS;

export const API_NAMES = Object.keys(APIS) as readonly ApiName[];
