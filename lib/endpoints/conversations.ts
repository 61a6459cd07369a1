/** Conversations of OpenAI's API: https://platform.openai.com/docs/api-reference/conversations */
import type { Clock } from "../clock.ts";
import { GatewayError } from "../errors.ts";
import type { InstrumentedItems } from "../stores/instrumented_items.ts";
import type { StoredConversation } from "../stores/item_store.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { newId } from "../wire/ids.ts";
import type { Fields } from "../wire/shape.ts";
import { shownId } from "./item_list.ts";
import { jsonAnswer } from "./json_answer.ts";
import { readJsonBody } from "./json_body.ts";
import type { NamedIds } from "./named_ids.ts";
import { newItems } from "./new_items.ts";
import type { ReadBodyOptions } from "./read_body.ts";

export interface ConversationsOptions {
  readonly items: InstrumentedItems;
  readonly clock: Clock;
  readonly body: ReadBodyOptions;
  /** As `GenerationOptions` has it: what is kept here is said to a provider later. */
  readonly named?: NamedIds | null;
}

const MAX_PAIRS = 16;
const MAX_KEY = 64;
const MAX_VALUE = 512;

/** `POST /v1/conversations`. */
export function createConversation({ items, clock, body, named }: ConversationsOptions): Endpoint {
  return async function createConversation(exchange) {
    const fields = await readJsonBody(exchange, body);
    await named?.requireOwn(exchange, fields.raw("items") ?? null);
    const conversation: StoredConversation = {
      id: newId("conv_"),
      owner: ownerOf(exchange),
      createdAt: clock.wall(),
      metadata: metadataOf(fields),
    };
    await items.create(exchange, conversation, fields.has("items") ? newItems(fields) : []);
    return jsonAnswer(exchange, shownConversation(conversation));
  };
}

/** `GET /v1/conversations/{id}`. */
export function getConversation({ items }: ConversationsOptions): Endpoint {
  return async function getConversation(exchange, params) {
    const id = params["id"] ?? "";
    const conversation = await items.get(exchange, ownerOf(exchange), id);
    if (conversation === null) throw conversationNotFound(id);
    return jsonAnswer(exchange, shownConversation(conversation));
  };
}

/** `POST /v1/conversations/{id}`: replaces the metadata. */
export function updateConversation({ items, body }: ConversationsOptions): Endpoint {
  return async function updateConversation(exchange, params) {
    const id = params["id"] ?? "";
    const fields = await readJsonBody(exchange, body);
    if (fields.raw("metadata") === undefined) {
      throw new GatewayError("missing_required_parameter", "Missing required parameter: 'metadata'.", {
        param: "metadata",
      });
    }
    const conversation = await items.update(exchange, ownerOf(exchange), id, metadataOf(fields));
    if (conversation === null) throw conversationNotFound(id);
    return jsonAnswer(exchange, shownConversation(conversation));
  };
}

/** `DELETE /v1/conversations/{id}`, its items with it. */
export function deleteConversation({ items }: ConversationsOptions): Endpoint {
  return async function deleteConversation(exchange, params) {
    const id = params["id"] ?? "";
    if (!await items.delete(exchange, ownerOf(exchange), id)) throw conversationNotFound(id);
    return jsonAnswer(exchange, { id, object: "conversation.deleted", deleted: true });
  };
}

/** `ConversationResource` of OpenAI's API description. */
export function shownConversation(conversation: StoredConversation): JsonObject {
  return {
    id: conversation.id,
    object: "conversation",
    created_at: Math.floor(conversation.createdAt / 1000),
    metadata: { ...conversation.metadata },
  };
}

/** Whose everything is that a request stores or asks for. */
export function ownerOf(exchange: Exchange): string {
  return exchange.principal?.owner ?? "";
}

/** Absent and another's look alike. */
export function conversationNotFound(id: string, param = "conversation_id"): GatewayError {
  return new GatewayError("conversation_not_found", `Conversation with id '${shownId(id)}' not found.`, {
    param,
  });
}

function metadataOf(fields: Fields): Record<string, string> {
  const metadata = fields.optionalStringMap("metadata") ?? {};
  const keys = Object.keys(metadata);
  if (keys.length > MAX_PAIRS) {
    fields.fail("metadata", `an object with at most ${MAX_PAIRS} keys`);
  }
  for (const key of keys) {
    if (key.length > MAX_KEY) fields.fail("metadata", `keys of at most ${MAX_KEY} characters`);
    if ((metadata[key] ?? "").length > MAX_VALUE) {
      fields.fail("metadata", `values of at most ${MAX_VALUE} characters`);
    }
  }
  return metadata;
}
