import { GatewayError, invalidParam } from "../errors.ts";
import { jsonBytes } from "../stages/json_request.ts";
import type { ModelRequest } from "../stages/model_request.ts";
import type { InstrumentedStore } from "../stores/instrumented_store.ts";
import type { Endpoint, Exchange, PathParams } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { expandInput, inputSteps, withoutForeignThoughts } from "../wire/google_interactions/history.ts";
import { googleInteractions } from "../wire/google_interactions.ts";
import { ownerOf } from "./conversations.ts";
import { generation, type GenerationOptions } from "./generation.ts";
import { shownId } from "./item_list.ts";
import { jsonAnswer } from "./json_answer.ts";
import { storedTurn, type Turn } from "./turn.ts";

/**
 * Interactions are turns like those of the responses API, in the same store: this stands before their ids there, so
 * that neither API finds the other's.
 */
const KIND = "interactions/";

/**
 * `POST /v1beta/interactions`. The gateway keeps what was said, as it does for the responses API: earlier turns go to
 * the provider as steps, and a turn is stored before the bytes that acknowledge it.
 * @see https://ai.google.dev/gemini-api/docs/interactions
 */
export function createInteraction(options: GenerationOptions, turns: InstrumentedStore): Endpoint {
  return function createInteraction(exchange) {
    return generation(exchange, googleInteractions, options, {
      // It may hold the client's key.
      query: "",
      async prepare(request) {
        refuseForeign(request);
        const turn = await placeTurn(exchange, request, turns);
        if (request.field("store") === false) return null;
        request.beforeEnd = async (final) => {
          const { id } = final;
          // Nobody can ask for one that has none.
          if (typeof id !== "string" || id === "") return;
          const stored = storedTurn(turn, request.model, options.clock.wall(), { ...final, id: KIND + id });
          await turns.create(exchange, { ...stored, response: final });
        };
        return null;
      },
    });
  };
}

/** What runs at Google alone, and what the gateway does not keep. */
function refuseForeign(request: ModelRequest): void {
  if (request.field("background") === true) {
    throw new GatewayError(
      "unsupported_parameter",
      "'background' is not supported for interactions: use 'stream', or the responses API's 'background'.",
      { param: "background" },
    );
  }
  if ((request.field("agent") ?? null) !== null) {
    throw new GatewayError(
      "unsupported_parameter",
      "Agents run at Google alone: name a 'model' without 'agent'.",
      {
        param: "agent",
      },
    );
  }
}

async function placeTurn(
  exchange: Exchange,
  request: ModelRequest,
  turns: InstrumentedStore,
): Promise<Turn> {
  const owner = ownerOf(exchange);
  const previous = previousId(request);
  const given = request.field("input");
  let steps = null;
  if (previous !== null) {
    const chain = await turns.chain(exchange, owner, KIND + previous);
    if (chain === null) throw interactionNotFound(previous, "previous_interaction_id");
    steps = expandInput(chain, given);
    request.rewrite([
      { remove: "previous_interaction_id" },
      { set: "input", value: jsonBytes(steps) },
    ]);
  }
  const all = steps ?? (Array.isArray(given) ? given : []);
  const native = withoutForeignThoughts(all);
  if (native !== all) request.nativeInput = native;
  return {
    owner,
    previousId: previous === null ? null : KIND + previous,
    conversationId: null,
    input: inputSteps(given),
  };
}

function previousId(request: ModelRequest): string | null {
  const value = request.field("previous_interaction_id");
  if (value === undefined || value === null || value === "") return null;
  if (typeof value === "string") return value;
  throw invalidParam("previous_interaction_id", "an interaction's id");
}

/** `GET /v1beta/interactions/{id}`; with `include_input=true` what was asked as well. */
export function getInteraction(turns: InstrumentedStore): Endpoint {
  return async function getInteraction(exchange, params) {
    const query = new URLSearchParams(exchange.query);
    if (query.get("stream") === "true") {
      throw new GatewayError("unsupported_parameter", "Interactions cannot be streamed again.", {
        param: "stream",
      });
    }
    const id = interactionId(params);
    const turn = await turns.get(exchange, ownerOf(exchange), KIND + id);
    if (turn === null) throw interactionNotFound(id);
    const shown: JsonObject = { ...turn.response };
    if (turn.previousId !== null) shown.previous_interaction_id = turn.previousId.slice(KIND.length);
    if (query.get("include_input") === "true") shown.input = [...turn.input];
    return jsonAnswer(exchange, shown);
  };
}

/** `DELETE /v1beta/interactions/{id}`: this turn, not those after it. */
export function deleteInteraction(turns: InstrumentedStore): Endpoint {
  return async function deleteInteraction(exchange, params) {
    const id = interactionId(params);
    if (!await turns.delete(exchange, ownerOf(exchange), KIND + id)) throw interactionNotFound(id);
    return jsonAnswer(exchange, {});
  };
}

/** `POST /v1beta/interactions/{id}/cancel`: only what runs in the background can be cancelled, and nothing does. */
export function cancelInteraction(turns: InstrumentedStore): Endpoint {
  return async function cancelInteraction(exchange, params) {
    const id = interactionId(params);
    if (await turns.get(exchange, ownerOf(exchange), KIND + id) === null) throw interactionNotFound(id);
    throw new GatewayError(
      "invalid_request",
      `The interaction '${shownId(id)}' is over and cannot be cancelled.`,
      {
        param: "id",
      },
    );
  };
}

function interactionId(params: PathParams): string {
  return params["id"] ?? "";
}

/** Absent and another's look alike. */
function interactionNotFound(id: string, param = "id"): GatewayError {
  return new GatewayError("interaction_not_found", `Interaction '${shownId(id)}' not found.`, { param });
}
