import { ERRORS } from "../errors.ts";
import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";
import { ChatEventDecoder } from "./openai_chat/decode_events.ts";
import { ChatEventEncoder } from "./openai_chat/encode_events.ts";
import { encodeErrorEvent } from "./openai_chat/error_event.ts";
import { ChatStreamObserver, observeResponse } from "./openai_chat/observe.ts";
import { decodeRequest, encodeRequest } from "./openai_chat/request.ts";
import { decodeResponse, encodeResponse } from "./openai_chat/response.ts";
import { sse } from "./sse.ts";

/** OpenAI's chat completions, and what compatible servers made of them. */
export const openaiChat: Codec = {
  format: "openai_chat",
  framing: sse,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new ChatEventDecoder(),
  eventEncoder: (context) => new ChatEventEncoder(context),
  observeResponse,
  streamObserver: () => new ChatStreamObserver(),
  encodeErrorEvent: (error) =>
    encodeErrorEvent(
      error.upstreamCode ?? error.code,
      error.message,
      error.upstreamType ?? ERRORS[error.code].openai,
    ),
  newId: () => newId("chatcmpl-"),
};
