import type { StoredResponse } from "../stores/conversation_store.ts";
import type { ItemPage, ItemQuery } from "../stores/item_store.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import { identified, type IdentifiedItem } from "../wire/openai_responses/input_ids.ts";
import { isObject } from "../wire/shape.ts";
import { ownerOf } from "./conversations.ts";
import { itemList, itemListQuery, unknownCursor } from "./item_list.ts";
import { jsonAnswer } from "./json_answer.ts";
import { responseId, responseNotFound } from "./responses.ts";
import type { TurnStores } from "./turn.ts";

/**
 * `GET /v1/responses/{id}/input_items`: all that a response was made of, the turns or the conversation before it
 * included, as far as they still are there.
 */
export function listInputItems(stores: TurnStores): Endpoint {
  return async function listInputItems(exchange, params) {
    const id = responseId(params);
    const query = itemListQuery(exchange.query);
    const turn = await stores.turns.get(exchange, ownerOf(exchange), id);
    if (turn === null) throw responseNotFound(id);
    const page = pageOf(await itemsBefore(exchange, turn, stores), query);
    if (page === null) throw unknownCursor(query.after);
    return jsonAnswer(exchange, itemList(page, query.include));
  };
}

async function itemsBefore(
  exchange: Exchange,
  turn: StoredResponse,
  stores: TurnStores,
): Promise<IdentifiedItem[]> {
  const { owner, previousId } = turn;
  const own = identified(turn.input, turn.id);
  if (previousId !== null) {
    const chain = await stores.turns.chain(exchange, owner, previousId) ?? [];
    return [...chain.flatMap(itemsOf), ...own];
  }
  const { conversation } = turn.response;
  if (!isObject(conversation) || typeof conversation.id !== "string") return own;
  const items = await stores.items.all(exchange, owner, conversation.id) ?? [];
  const ids = new Set(itemsOf(turn).map((item) => item.id));
  // What stands in the conversation behind this turn came later.
  const first = items.findIndex((item) => ids.has(item.id));
  return [...(first === -1 ? [] : items.slice(0, first)), ...own];
}

/** A turn's input and output. */
function itemsOf({ id, input, response }: StoredResponse): IdentifiedItem[] {
  const output = Array.isArray(response.output) ? response.output : [];
  return identified([...input, ...output], id);
}

function pageOf(items: readonly IdentifiedItem[], { after, limit, order }: ItemQuery): ItemPage | null {
  const ordered = order === "asc" ? items : items.toReversed();
  const from = after === null ? 0 : ordered.findIndex((item) => item.id === after) + 1;
  if (after !== null && from === 0) return null;
  return { items: ordered.slice(from, from + limit), hasMore: ordered.length > from + limit };
}
