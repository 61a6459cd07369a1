import { GatewayError } from "../errors.ts";
import type { Endpoint, Exchange, PathParams } from "../telemetry/exchange.ts";
import type { InstrumentedStore } from "../stores/instrumented_store.ts";
import type { JsonValue } from "../wire/canonical.ts";
import type { Codec } from "../wire/codec.ts";
import {
  expandInput,
  inputItems,
  referencedResponses,
  resolveReferences,
  withoutForeignReasoning,
} from "../wire/openai_responses/history.ts";
import { jsonBytes } from "../stages/json_request.ts";
import type { ModelRequest } from "../stages/model_request.ts";
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
export function createResponse(options: ResponsesOptions): Endpoint {
  const { store, codec, clock } = options;

  async function prepare(exchange: Exchange, request: ModelRequest): Promise<void> {
    const owner = exchange.principal?.owner ?? "";
    const previousId = previousResponseId(request);
    const given = request.field("input");
    const asked = await resolved(exchange, owner, given);
    let input = asked;
    if (previousId !== null) {
      const chain = await store.chain(exchange, owner, previousId);
      if (chain === null) {
        throw new GatewayError(
          "previous_response_not_found",
          `Previous response with id '${previousId}' not found.`,
          {
            param: "previous_response_id",
          },
        );
      }
      input = expandInput(chain, asked);
      request.echo = { previous_response_id: previousId };
    }
    if (input !== given) {
      request.rewrite([{ remove: "previous_response_id" }, { set: "input", value: jsonBytes(input ?? []) }]);
    }
    if (Array.isArray(input)) {
      const native = withoutForeignReasoning(input);
      if (native.length < input.length) request.nativeInput = native;
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

  /** The input with stored items in place of references to them; the very same where there are none. */
  async function resolved(exchange: Exchange, owner: string, input: JsonValue | undefined) {
    const ids = Array.isArray(input) ? referencedResponses(input) : [];
    if (ids.length === 0) return input;
    const turns = await Promise.all(ids.map((id) => store.get(exchange, owner, id)));
    return resolveReferences(
      inputItems(input),
      turns.flatMap((turn) => turn === null ? [] : [turn.response]),
    );
  }

  return function createResponse(exchange) {
    return generation(exchange, codec, options, { prepare: (request) => prepare(exchange, request) });
  };
}

/** `GET /v1/responses/{id}`. */
export function getResponse(store: InstrumentedStore): Endpoint {
  return async function getResponse(exchange, params) {
    const id = responseId(params);
    const turn = await store.get(exchange, exchange.principal?.owner ?? "", id);
    if (turn === null) throw notFound(id);
    return json(exchange, turn.response);
  };
}

/** `DELETE /v1/responses/{id}`. */
export function deleteResponse(store: InstrumentedStore): Endpoint {
  return async function deleteResponse(exchange, params) {
    const id = responseId(params);
    if (!await store.delete(exchange, exchange.principal?.owner ?? "", id)) throw notFound(id);
    return json(exchange, { id, object: "response", deleted: true });
  };
}

function previousResponseId(request: ModelRequest): string | null {
  const value = request.field("previous_response_id");
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value !== "") return value;
  throw new GatewayError("invalid_request", "Invalid 'previous_response_id': expected a response's id.", {
    param: "previous_response_id",
  });
}

function responseId(params: PathParams): string {
  return params["id"] ?? "";
}

/** Absent and another's look alike. */
function notFound(id: string): GatewayError {
  const shown = id.length > 100 ? `${id.slice(0, 100)}…` : id;
  return new GatewayError("response_not_found", `Response with id '${shown}' not found.`, {
    param: "response_id",
  });
}

function json(exchange: Exchange, value: JsonValue): Response {
  const body = jsonBytes(value) as Uint8Array<ArrayBuffer>;
  exchange.responseBytes = body.length;
  return new Response(body, { headers: responseHeaders(exchange, "application/json", null) });
}
