import type { Endpoint, PathParams } from "../telemetry/exchange.ts";
import { GatewayError } from "../errors.ts";
import type { Codec } from "../wire/codec.ts";
import type { JsonObject } from "../wire/canonical.ts";
import type { BackgroundRuns } from "./background/background_runs.ts";
import { type BackgroundOptions, beginRun, inBackground } from "./background/begin_run.ts";
import { ownerOf } from "./conversations.ts";
import { generation, type GenerationOptions } from "./generation.ts";
import { shownId } from "./item_list.ts";
import { jsonAnswer } from "./json_answer.ts";
import { addToConversation, placeTurn, storedTurn, type TurnStores } from "./turn.ts";

export interface ResponsesOptions extends GenerationOptions {
  readonly codec: Codec;
  readonly stores: TurnStores;
  readonly background: BackgroundOptions;
}

/**
 * `POST /v1/responses`. The gateway keeps the conversations: earlier turns go to the provider as input, and a
 * turn is stored before the bytes that acknowledge it.
 */
export function createResponse(options: ResponsesOptions): Endpoint {
  const { codec, stores, clock, background } = options;
  return function createResponse(exchange) {
    return generation(exchange, codec, options, {
      async prepare(request) {
        const turn = await placeTurn(exchange, request, stores);
        if (inBackground(request)) return await beginRun(exchange, request, turn, background);
        const stored = request.field("store") !== false;
        if (!stored && turn.conversationId === null) return null;
        request.beforeEnd = async (final) => {
          if (!hasId(final)) return;
          await addToConversation(exchange, turn, stores.items, final);
          if (!stored) return;
          await stores.turns.create(exchange, storedTurn(turn, request.model, clock.wall(), final));
        };
        return null;
      },
    });
  };
}

/** `DELETE /v1/responses/{id}`. Deletes this turn, not those after it; in the background it is made no more. */
export function deleteResponse({ turns }: TurnStores, background: BackgroundRuns): Endpoint {
  return async function deleteResponse(exchange, params) {
    const id = responseId(params);
    if (!await turns.delete(exchange, ownerOf(exchange), id)) throw responseNotFound(id);
    background.leave(id);
    return jsonAnswer(exchange, { id, object: "response", deleted: true });
  };
}

export function responseId(params: PathParams): string {
  return params["id"] ?? "";
}

/** Absent and another's look alike. */
export function responseNotFound(id: string): GatewayError {
  return new GatewayError("response_not_found", `Response with id '${shownId(id)}' not found.`, {
    param: "response_id",
  });
}

function hasId(response: JsonObject): response is JsonObject & { id: string } {
  return typeof response.id === "string";
}
