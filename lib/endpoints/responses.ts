import { GatewayError } from "../errors.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { InstrumentedStore } from "../stores/instrumented_store.ts";
import type { JsonValue } from "../wire/canonical.ts";
import type { Codec } from "../wire/codec.ts";
import { expandInput, inputItems } from "../wire/openai_responses/history.ts";
import { jsonBytes, type ModelRequest } from "../stages/model_request.ts";
import { generation, type GenerationOptions } from "./generation.ts";
import { responseHeaders } from "./response_headers.ts";

export interface ResponsesOptions extends GenerationOptions {
  readonly codec: Codec;
  readonly store: InstrumentedStore;
}

/**
 * `POST /v1/responses`. The gateway keeps the conversations: earlier turns go to the provider as input, and a
 * turn is stored before the bytes that acknowledge it.
 */
export function createResponse(options: ResponsesOptions): (exchange: Exchange) => Promise<Response> {
  const { store, codec, clock } = options;

  async function prepare(exchange: Exchange, request: ModelRequest): Promise<void> {
    const owner = exchange.principal?.owner ?? "";
    const asked = request.field("input") ?? "";
    const previousId = previousResponseId(request);
    if (previousId !== null) {
      const chain = await store.chain(exchange, owner, previousId);
      if (chain === null) {
        throw new GatewayError("previous_response_not_found", `Previous response with id '${previousId}' not found.`, {
          param: "previous_response_id",
        });
      }
      request.rewrite([
        { remove: "previous_response_id" },
        { set: "input", value: jsonBytes(expandInput(chain, asked)) },
      ]);
      request.previousResponseId = previousId;
    }
    if (request.field("store") === false) return;
    request.beforeEnd = async (final) => {
      const { id } = final;
      if (typeof id !== "string") return;
      await store.create(exchange, {
        id,
        owner,
        previousId,
        model: request.model,
        createdAt: clock.wall(),
        input: inputItems(asked),
        response: final,
      });
    };
  }

  function stateful(request: ModelRequest): boolean {
    return request.field("store") !== false || previousResponseId(request) !== null;
  }

  return function createResponse(exchange) {
    return generation(exchange, codec, options, (request) => stateful(request) ? prepare(exchange, request) : null);
  };
}

/** `GET /v1/responses/{id}`. */
export function getResponse(store: InstrumentedStore): ResponseHandler {
  return async function getResponse(exchange, params) {
    const id = responseId(params);
    const turn = await store.get(exchange, exchange.principal?.owner ?? "", id);
    if (turn === null) throw notFound(id);
    return json(exchange, turn.response);
  };
}

/** `DELETE /v1/responses/{id}`. */
export function deleteResponse(store: InstrumentedStore): ResponseHandler {
  return async function deleteResponse(exchange, params) {
    const id = responseId(params);
    if (!await store.delete(exchange, exchange.principal?.owner ?? "", id)) throw notFound(id);
    return json(exchange, { id, object: "response", deleted: true });
  };
}

type ResponseHandler = (exchange: Exchange, params: Readonly<Record<string, string>>) => Promise<Response>;

function previousResponseId(request: ModelRequest): string | null {
  const value = request.field("previous_response_id");
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value !== "") return value;
  throw new GatewayError("invalid_request", "Invalid 'previous_response_id': expected a response's id.", {
    param: "previous_response_id",
  });
}

function responseId(params: Readonly<Record<string, string>>): string {
  return params["id"] ?? "";
}

/** Absent and another's look alike. */
function notFound(id: string): GatewayError {
  const shown = id.length > 100 ? `${id.slice(0, 100)}…` : id;
  return new GatewayError("response_not_found", `Response with id '${shown}' not found.`, { param: "response_id" });
}

function json(exchange: Exchange, value: JsonValue): Response {
  const body = jsonBytes(value) as Uint8Array<ArrayBuffer>;
  exchange.responseBytes = body.length;
  return new Response(body, { headers: responseHeaders(exchange, "application/json", null) });
}
