import { GatewayError, invalidParam } from "../errors.ts";
import { jsonBytes } from "../stages/json_request.ts";
import type { ModelRequest } from "../stages/model_request.ts";
import type { StoredResponse } from "../stores/conversation_store.ts";
import type { InstrumentedItems } from "../stores/instrumented_items.ts";
import type { InstrumentedStore } from "../stores/instrumented_store.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import {
  expandInput,
  inputItems,
  referencedResponses,
  resolveReferences,
  withoutForeignReasoning,
} from "../wire/openai_responses/history.ts";
import { identified, withoutMadeIds } from "../wire/openai_responses/input_ids.ts";
import { isObject } from "../wire/shape.ts";
import { conversationNotFound, ownerOf } from "./conversations.ts";

export interface TurnStores {
  readonly turns: InstrumentedStore;
  readonly items: InstrumentedItems;
}

/** A request's place in a conversation. */
export interface Turn {
  readonly owner: string;
  /** The response that it goes on from; null: none. */
  readonly previousId: string | null;
  /** The conversation of the Conversations API that it belongs to; null: none. */
  readonly conversationId: string | null;
  /** The client's own input as items. */
  readonly input: readonly JsonValue[];
}

/**
 * Finds what a request goes on from and puts it before the request's own input: the provider is told all that was
 * said and none of the gateway's ids.
 * @throws {GatewayError} 404 where it goes on from nothing that is stored, 400 where it names both.
 */
export async function placeTurn(
  exchange: Exchange,
  request: ModelRequest,
  stores: TurnStores,
): Promise<Turn> {
  const owner = ownerOf(exchange);
  const previousId = previousResponseId(request);
  const conversationId = conversationIdOf(request);
  if (previousId !== null && conversationId !== null) {
    throw new GatewayError(
      "invalid_request",
      "Mutually exclusive parameters: provide only one of 'previous_response_id' or 'conversation'.",
      { param: "conversation" },
    );
  }
  const given = request.field("input");
  const asked = await resolved(exchange, stores, owner, given);
  let input = asked;
  if (previousId !== null) {
    const chain = await stores.turns.chain(exchange, owner, previousId);
    if (chain === null) throw previousNotFound(previousId);
    const status = chain.at(-1)?.response.status;
    if (status === "queued" || status === "in_progress") {
      throw new GatewayError("invalid_request", `Previous response '${previousId}' is not completed yet.`, {
        param: "previous_response_id",
      });
    }
    input = expandInput(chain, asked);
    request.echo = { previous_response_id: previousId };
  } else if (conversationId !== null) {
    const items = await stores.items.all(exchange, owner, conversationId);
    if (items === null) throw conversationNotFound(conversationId, "conversation");
    input = expandInput([{ input: [], response: { output: [...items] } }], asked);
    request.echo = { conversation: { id: conversationId } };
  }
  if (Array.isArray(input)) input = withoutMadeIds(input) as JsonValue[];
  if (input !== given) {
    request.rewrite([
      { remove: "previous_response_id" },
      { remove: "conversation" },
      { set: "input", value: jsonBytes(input ?? []) },
    ]);
  }
  if (Array.isArray(input)) {
    const native = withoutForeignReasoning(input);
    if (native.length < input.length) request.nativeInput = native;
  }
  return { owner, previousId, conversationId, input: inputItems(asked) };
}

/** The turn as it is kept, with its response as it stands. */
export function storedTurn(
  turn: Turn,
  model: string,
  createdAt: number,
  response: JsonObject & { id: string },
): StoredResponse {
  const { owner, previousId, input } = turn;
  return { id: response.id, owner, previousId, model, createdAt, input, response };
}

/** Adds what was asked and answered to the turn's conversation, if it has one that was not deleted meanwhile. */
export async function addToConversation(
  exchange: Exchange,
  turn: Turn,
  items: InstrumentedItems,
  response: JsonObject & { id: string },
): Promise<void> {
  const { conversationId, owner } = turn;
  if (conversationId === null) return;
  const output = Array.isArray(response.output) ? response.output : [];
  const added = identified([...turn.input, ...output], response.id);
  await items.append(exchange, owner, conversationId, added);
}

/** The input with stored items in place of references to them; the very same where there are none. */
async function resolved(
  exchange: Exchange,
  { turns }: TurnStores,
  owner: string,
  input: JsonValue | undefined,
): Promise<JsonValue | undefined> {
  const ids = Array.isArray(input) ? referencedResponses(input) : [];
  if (ids.length === 0) return input;
  const found = await Promise.all(ids.map((id) => turns.get(exchange, owner, id)));
  return resolveReferences(
    inputItems(input),
    found.flatMap((turn) => turn === null ? [] : [turn.response]),
  );
}

function previousResponseId(request: ModelRequest): string | null {
  const value = request.field("previous_response_id");
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && value !== "") return value;
  throw invalidParam("previous_response_id", "a response's id");
}

function conversationIdOf(request: ModelRequest): string | null {
  const value = request.field("conversation");
  if (value === undefined || value === null) return null;
  const id = isObject(value) ? value.id : value;
  if (typeof id === "string" && id !== "") return id;
  throw invalidParam("conversation", "a conversation's id, or an object with it as 'id'");
}

function previousNotFound(id: string): GatewayError {
  return new GatewayError("previous_response_not_found", `Previous response with id '${id}' not found.`, {
    param: "previous_response_id",
  });
}
