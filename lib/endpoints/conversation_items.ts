/** Items of conversations: https://platform.openai.com/docs/api-reference/conversations/list-items */
import { GatewayError } from "../errors.ts";
import type { Endpoint } from "../telemetry/exchange.ts";
import { shownItem } from "../wire/openai_responses/shown_items.ts";
import {
  conversationNotFound,
  type ConversationsOptions,
  ownerOf,
  shownConversation,
} from "./conversations.ts";
import { includeOf, itemList, itemListQuery, shownId, unknownCursor } from "./item_list.ts";
import { jsonAnswer } from "./json_answer.ts";
import { readJsonBody } from "./json_body.ts";
import { newItems } from "./new_items.ts";

/** `POST /v1/conversations/{id}/items`. */
export function createItems({ items, body, named }: ConversationsOptions): Endpoint {
  return async function createItems(exchange, params) {
    const id = params["id"] ?? "";
    const include = includeOf(new URLSearchParams(exchange.query));
    const fields = await readJsonBody(exchange, body);
    await named?.requireOwn(exchange, fields.raw("items") ?? null);
    const added = newItems(fields);
    if (!await items.append(exchange, ownerOf(exchange), id, added)) throw conversationNotFound(id);
    return jsonAnswer(exchange, itemList({ items: added, hasMore: false }, include));
  };
}

/** `GET /v1/conversations/{id}/items`. */
export function listItems({ items }: ConversationsOptions): Endpoint {
  return async function listItems(exchange, params) {
    const id = params["id"] ?? "";
    const query = itemListQuery(exchange.query);
    const owner = ownerOf(exchange);
    const page = await items.list(exchange, owner, id, query);
    if (page === null) {
      if (query.after === null || await items.get(exchange, owner, id) === null) {
        throw conversationNotFound(id);
      }
      throw unknownCursor(query.after);
    }
    return jsonAnswer(exchange, itemList(page, query.include));
  };
}

/** `GET /v1/conversations/{id}/items/{item_id}`. */
export function getItem({ items }: ConversationsOptions): Endpoint {
  return async function getItem(exchange, params) {
    const [id, itemId] = [params["id"] ?? "", params["item_id"] ?? ""];
    const include = includeOf(new URLSearchParams(exchange.query));
    const item = await items.item(exchange, ownerOf(exchange), id, itemId);
    if (item === null) throw itemNotFound(id, itemId);
    return jsonAnswer(exchange, shownItem(item, include));
  };
}

/** `DELETE /v1/conversations/{id}/items/{item_id}`: answers with the conversation. */
export function deleteItem({ items }: ConversationsOptions): Endpoint {
  return async function deleteItem(exchange, params) {
    const [id, itemId] = [params["id"] ?? "", params["item_id"] ?? ""];
    const owner = ownerOf(exchange);
    if (!await items.deleteItem(exchange, owner, id, itemId)) throw itemNotFound(id, itemId);
    const conversation = await items.get(exchange, owner, id);
    if (conversation === null) throw conversationNotFound(id);
    return jsonAnswer(exchange, shownConversation(conversation));
  };
}

/** Absent, another's and in another conversation look alike. */
function itemNotFound(id: string, itemId: string): GatewayError {
  return new GatewayError(
    "item_not_found",
    `Item with id '${shownId(itemId)}' not found in conversation '${shownId(id)}'.`,
    { param: "item_id" },
  );
}
