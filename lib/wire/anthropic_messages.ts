import { ERRORS } from "../errors.ts";
import { MessageEventDecoder } from "./anthropic_messages/decode_events.ts";
import { MessageEventEncoder } from "./anthropic_messages/encode_events.ts";
import { MessageStreamObserver, observeResponse } from "./anthropic_messages/observe.ts";
import { decodeRequest, encodeRequest } from "./anthropic_messages/request.ts";
import { decodeResponse, encodeResponse } from "./anthropic_messages/response.ts";
import { encodeErrorEvent } from "./anthropic_messages/stream_error.ts";
import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";
import { sse } from "./sse.ts";

/** Anthropic's messages. */
export const anthropicMessages: Codec = {
  format: "anthropic_messages",
  framing: sse,
  // The earlier turns of a thread are with Anthropic, and with nobody else.
  indispensable: new Map([["thread", {
    error_code: "thread_unsupported_request",
    unsupported: ["thread"],
  }]]),
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new MessageEventDecoder(),
  eventEncoder: (context) => new MessageEventEncoder(context),
  observeResponse,
  streamObserver: () => new MessageStreamObserver(),
  encodeErrorEvent: (error) =>
    encodeErrorEvent(error.message, error.upstreamType ?? ERRORS[error.code].anthropic),
  newId: () => newId("msg_"),
};
