import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";
import { ndjson } from "./ndjson.ts";
import { LineDecoder } from "./ollama/decode_events.ts";
import { LineEncoder } from "./ollama/encode_events.ts";
import { encodeErrorLine } from "./ollama/error.ts";
import { decodeRequest, encodeRequest } from "./ollama/generate_request.ts";
import { LineObserver, observeResponse } from "./ollama/observe.ts";
import { decodeResponse, encodeResponse } from "./ollama/response.ts";
import { GENERATE } from "./ollama/shape.ts";

/** Ollama's completion of one prompt: `POST /api/generate`. */
export const ollamaGenerate: Codec = {
  format: "ollama_generate",
  framing: ndjson,
  streamsByDefault: true,
  // The prompt as the model's own tokens, or with another template around it: no other API has that.
  indispensable: new Map(["context", "raw", "suffix", "template"].map((name) => [name, null])),
  decodeRequest,
  encodeRequest,
  decodeResponse: (body) => decodeResponse(body, GENERATE),
  encodeResponse: (response, context) => encodeResponse(response, GENERATE, context),
  eventDecoder: () => new LineDecoder(GENERATE),
  eventEncoder: (context) => new LineEncoder(GENERATE, context),
  observeResponse,
  streamObserver: () => new LineObserver(),
  encodeErrorEvent: (error) => encodeErrorLine(error.message),
  newId: () => newId("generate_"),
};
