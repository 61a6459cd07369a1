import type { Codec } from "./codec.ts";
import { InteractionEventDecoder } from "./google_interactions/decode_events.ts";
import { InteractionEventEncoder } from "./google_interactions/encode_events.ts";
import { DONE, encodeErrorEvent } from "./google_interactions/error.ts";
import { InteractionStreamObserver, observeResponse } from "./google_interactions/observe.ts";
import { decodeRequest, encodeRequest } from "./google_interactions/request.ts";
import { decodeResponse, encodeResponse } from "./google_interactions/response.ts";
import { newId } from "./ids.ts";
import { sse } from "./sse.ts";

/** Google's Interactions API. */
export const googleInteractions: Codec = {
  format: "google_interactions",
  framing: sse,
  streamTail: DONE,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new InteractionEventDecoder(),
  eventEncoder: (context) => new InteractionEventEncoder(context),
  observeResponse,
  streamObserver: () => new InteractionStreamObserver(),
  encodeErrorEvent,
  newId: () => newId("v1_"),
};
