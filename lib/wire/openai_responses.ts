import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";
import { FORMAT } from "./openai_responses/format.ts";
import { observeResponse } from "./openai_responses/observe.ts";
import { decodeRequest } from "./openai_responses/request_decode.ts";
import { encodeRequest } from "./openai_responses/request_encode.ts";
import { decodeResponse, encodeResponse } from "./openai_responses/response.ts";
import { ResponsesEventDecoder } from "./openai_responses/stream_decoder.ts";
import { ResponsesEventEncoder } from "./openai_responses/stream_encoder.ts";
import { ResponsesStreamObserver } from "./openai_responses/stream_observer.ts";
import { encodeSse, sse } from "./sse.ts";

/** OpenAI's Responses API: https://platform.openai.com/docs/api-reference/responses */
export const openaiResponses: Codec = {
  format: FORMAT,
  framing: sse,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new ResponsesEventDecoder(),
  eventEncoder: (context) => new ResponsesEventEncoder(context),
  observeResponse,
  streamObserver: () => new ResponsesStreamObserver(),
  encodeErrorEvent: (error, _status, sequence) => {
    const code = error.upstreamCode ?? error.code;
    const event = { type: "error", sequence_number: sequence, code, message: error.message, param: null };
    return encodeSse(JSON.stringify(event), "error");
  },
  newId: () => newId("resp_"),
};
