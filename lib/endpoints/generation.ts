import type { Clock } from "../clock.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ClientCodec } from "../wire/codec.ts";
import type { NamedInPath } from "../stages/json_request.ts";
import { ModelRequest } from "../stages/model_request.ts";
import { runStages, type Stage } from "../stages/stage.ts";
import type { NamedIds } from "./named_ids.ts";
import { noteRequest } from "./note_request.ts";
import { readBody, type ReadBodyOptions } from "./read_body.ts";
import { responseHeaders } from "./response_headers.ts";
import { transcriber } from "./transcript/transcriber.ts";

export interface GenerationOptions {
  readonly clock: Clock;
  readonly body: ReadBodyOptions;
  readonly stages: readonly Stage[];
  /** What looks whether requests name what is their caller's; null or absent: nobody keeps callers apart. */
  readonly named?: NamedIds | null;
}

/** What is particular about one API. */
export interface GenerationCall {
  /** What the path says of the request. */
  readonly named?: NamedInPath | null;
  /** What goes on to a provider of the same format in place of the client's own query, with its `?` or empty. */
  readonly query?: string;
  /** What the API does with the request before the stages see it; it may answer it itself. */
  readonly prepare?: (request: ModelRequest) => Promise<Response | null>;
}

const PLAIN: GenerationCall = {};

/** What the chat APIs share: read the request, let the stages answer it, answer the client. */
export function generation(
  exchange: Exchange,
  codec: ClientCodec,
  options: GenerationOptions,
  call: GenerationCall = PLAIN,
): Promise<Response> {
  return readBody(exchange, options.body).then((bytes) => answer(exchange, bytes, codec, options, call));
}

async function answer(
  exchange: Exchange,
  bytes: Uint8Array<ArrayBuffer>,
  codec: ClientCodec,
  options: GenerationOptions,
  call: GenerationCall,
): Promise<Response> {
  const { clock } = options;
  const readAt = clock.now();
  const request = new ModelRequest(codec, bytes, call.named);
  noteRequest(exchange, request, codec.format);
  request.query = call.query ?? exchange.query;
  if (exchange.content !== null) exchange.content.transcribe = transcriber(request);
  exchange.phases.parse = clock.now() - readAt;
  await options.named?.requireOwnIn(exchange, request);
  const early = call.prepare === undefined ? null : await call.prepare(request);
  if (early !== null) return early;
  const answered = await runStages(options.stages, exchange, request, clock);
  if (answered.kind === "stream") {
    return new Response(answered.body, {
      headers: responseHeaders(exchange, request.framing.contentType, answered.headers),
    });
  }
  exchange.firstByteAt = clock.now();
  exchange.responseBytes = answered.body.length;
  if (exchange.content !== null) exchange.content.addResponse(answered.body);
  return new Response(answered.body, {
    headers: responseHeaders(exchange, "application/json", answered.headers),
  });
}
