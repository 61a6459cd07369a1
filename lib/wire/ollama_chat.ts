import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";
import { ndjson } from "./ndjson.ts";
import { decodeRequest, encodeRequest } from "./ollama/chat_request.ts";
import { LineDecoder } from "./ollama/decode_events.ts";
import { LineEncoder } from "./ollama/encode_events.ts";
import { encodeErrorLine } from "./ollama/error.ts";
import { LineObserver, observeResponse } from "./ollama/observe.ts";
import { decodeResponse, encodeResponse } from "./ollama/response.ts";
import { CHAT } from "./ollama/shape.ts";

/** Ollama's chat: `POST /api/chat`. */
export const ollamaChat: Codec = {
  format: "ollama_chat",
  framing: ndjson,
  streamsByDefault: true,
  decodeRequest,
  encodeRequest,
  decodeResponse: (body) => decodeResponse(body, CHAT),
  encodeResponse: (response, context) => encodeResponse(response, CHAT, context),
  eventDecoder: () => new LineDecoder(CHAT),
  eventEncoder: (context) => new LineEncoder(CHAT, context),
  observeResponse,
  streamObserver: () => new LineObserver(),
  encodeErrorEvent: (error) => encodeErrorLine(error.message),
  newId: () => newId("chat_"),
};
