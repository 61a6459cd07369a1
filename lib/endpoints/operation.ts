import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { OperationName } from "../providers/provider.ts";
import { JsonRequest, type JsonRequestOptions, type RoutedRequest } from "../stages/json_request.ts";
import type { Target } from "../stages/model_table.ts";
import { passStages, type Stage, type WholeAnswer } from "../stages/stage.ts";
import type { CallRunOptions } from "../stages/upstream/call_run.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import { noteRequest } from "./note_request.ts";
import { readBody, type ReadBodyOptions } from "./read_body.ts";
import { responseHeaders } from "./response_headers.ts";

/** What endpoints of operations besides generation share. */
export interface OperationOptions {
  readonly clock: Clock;
  readonly body: ReadBodyOptions;
  /** The stages that find the targets of a model. */
  readonly routing: readonly Stage<RoutedRequest>[];
  readonly call: CallRunOptions;
}

/** Reads a request's body as a JSON object. */
export async function readJsonRequest(
  exchange: Exchange,
  options: OperationOptions,
  request: JsonRequestOptions = {},
): Promise<JsonRequest> {
  const { clock } = options;
  const bytes = await readBody(exchange, options.body);
  const readAt = clock.now();
  const read = new JsonRequest(bytes, request);
  noteRequest(exchange, read, "openai_chat");
  read.query = exchange.query;
  exchange.phases.parse = clock.now() - readAt;
  return read;
}

/**
 * Finds the targets of a request's model that offer an operation.
 * @throws {GatewayError} `model_not_found`; `unsupported_operation` where none of them offers it.
 */
export async function targetsFor(
  exchange: Exchange,
  request: RoutedRequest,
  operation: OperationName,
  options: OperationOptions,
): Promise<readonly Target[]> {
  await passStages(options.routing, exchange, request, options.clock);
  const targets = request.targets.filter(({ provider }) => provider.operation(operation) !== null);
  if (targets.length === 0) {
    const providers = [...new Set(request.targets.map(({ provider }) => `'${provider.name}'`))].join(" and ");
    throw new GatewayError(
      "unsupported_operation",
      `The model '${request.model}' does not offer ${operation}: its provider ${providers} has no such API.`,
      { param: "model" },
    );
  }
  return targets;
}

/** A whole answer as the client's. */
export function wholeResponse(exchange: Exchange, answer: WholeAnswer, clock: Clock): Response {
  exchange.firstByteAt = clock.now();
  exchange.responseBytes = answer.body.length;
  if (exchange.content !== null) exchange.content.addResponse(answer.body);
  return new Response(answer.body, {
    headers: responseHeaders(exchange, "application/json", answer.headers),
  });
}
