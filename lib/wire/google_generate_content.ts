import type { Codec } from "./codec.ts";
import { ContentEventDecoder } from "./google_generate_content/decode_events.ts";
import { ContentEventEncoder } from "./google_generate_content/encode_events.ts";
import { encodeErrorEvent } from "./google_generate_content/error.ts";
import { ContentStreamObserver, observeResponse } from "./google_generate_content/observe.ts";
import { decodeRequest, encodeRequest } from "./google_generate_content/request.ts";
import { decodeResponse, encodeResponse } from "./google_generate_content/response.ts";
import { newId } from "./ids.ts";
import { sseWithoutComments } from "./sse.ts";

/** Google's `generateContent`, of the Gemini API and of Vertex AI. */
export const googleGenerateContent: Codec = {
  format: "google_generate_content",
  framing: sseWithoutComments,
  modelInPath: true,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new ContentEventDecoder(),
  eventEncoder: (context) => new ContentEventEncoder(context),
  observeResponse,
  streamObserver: () => new ContentStreamObserver(),
  encodeErrorEvent,
  newId: () => newId(""),
};
