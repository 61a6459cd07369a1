import type { Codec } from "./codec.ts";
import { CohereEventDecoder } from "./cohere_chat/decode_events.ts";
import { CohereEventEncoder, encodeErrorEvent } from "./cohere_chat/encode_events.ts";
import { CohereStreamObserver, observeResponse } from "./cohere_chat/observe.ts";
import { decodeRequest, encodeRequest } from "./cohere_chat/request.ts";
import { decodeResponse, encodeResponse } from "./cohere_chat/response.ts";
import { newId } from "./ids.ts";
import { sse } from "./sse.ts";

/** Cohere's chat: `POST /v2/chat`. */
export const cohereChat: Codec = {
  format: "cohere_chat",
  framing: sse,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new CohereEventDecoder(),
  eventEncoder: (context) => new CohereEventEncoder(context),
  observeResponse,
  streamObserver: () => new CohereStreamObserver(),
  encodeErrorEvent: (error) => encodeErrorEvent(error.message),
  newId: () => newId(""),
};
