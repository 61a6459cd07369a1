import type { ClientCodec } from "./codec.ts";
import { newId } from "./ids.ts";
import { openaiChat } from "./openai_chat.ts";
import { CompletionEventDecoder } from "./openai_completions/decode_events.ts";
import { CompletionEventEncoder } from "./openai_completions/encode_events.ts";
import { CompletionStreamObserver, observeResponse } from "./openai_completions/observe.ts";
import { decodeRequest } from "./openai_completions/request.ts";
import { decodeResponse, encodeResponse } from "./openai_completions/response.ts";
import { sse } from "./sse.ts";

/**
 * OpenAI's completions of plain text, which clients may speak: passed through to a provider that has them, else
 * asked for as chat. No other format is ever sent to a provider as completions.
 * @see https://platform.openai.com/docs/api-reference/completions
 */
export const openaiCompletions: ClientCodec = {
  format: "completions",
  framing: sse,
  decodeRequest,
  encodeResponse,
  decodeResponse,
  eventDecoder: () => new CompletionEventDecoder(),
  eventEncoder: (context) => new CompletionEventEncoder(context),
  observeResponse,
  streamObserver: () => new CompletionStreamObserver(),
  encodeErrorEvent: openaiChat.encodeErrorEvent,
  newId: () => newId("cmpl-"),
};
