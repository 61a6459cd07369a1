import { awsEventStream } from "./aws_event_stream.ts";
import { ConverseEventDecoder } from "./bedrock_converse/decode_events.ts";
import { ConverseEventEncoder, encodeException } from "./bedrock_converse/encode_events.ts";
import { exceptionName } from "./bedrock_converse/exceptions.ts";
import { FORMAT } from "./bedrock_converse/format.ts";
import { ConverseStreamObserver, observeResponse } from "./bedrock_converse/observe.ts";
import { decodeRequest, encodeRequest } from "./bedrock_converse/request.ts";
import { decodeResponse, encodeResponse } from "./bedrock_converse/response.ts";
import type { Codec } from "./codec.ts";
import { newId } from "./ids.ts";

/** Amazon Bedrock's Converse and ConverseStream. */
export const bedrockConverse: Codec = {
  format: FORMAT,
  framing: awsEventStream,
  modelInPath: true,
  decodeRequest,
  encodeRequest,
  decodeResponse,
  encodeResponse,
  eventDecoder: () => new ConverseEventDecoder(),
  eventEncoder: () => new ConverseEventEncoder(),
  observeResponse,
  streamObserver: () => new ConverseStreamObserver(),
  encodeErrorEvent: (error, status) => encodeException(exceptionName(status), error.message),
  newId: () => newId("converse_"),
};
