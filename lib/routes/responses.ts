import type { BackgroundOptions } from "../endpoints/background/begin_run.ts";
import { cancelResponse, getResponse } from "../endpoints/background/run_routes.ts";
import { createItems, deleteItem, getItem, listItems } from "../endpoints/conversation_items.ts";
import {
  type ConversationsOptions,
  createConversation,
  deleteConversation,
  getConversation,
  updateConversation,
} from "../endpoints/conversations.ts";
import type { GenerationOptions } from "../endpoints/generation.ts";
import { listInputItems } from "../endpoints/input_items.ts";
import { createResponse, deleteResponse } from "../endpoints/responses.ts";
import type { TurnStores } from "../endpoints/turn.ts";
import type { Route } from "../server/router.ts";
import { openaiResponses } from "../wire/openai_responses.ts";

/** OpenAI's Responses API. */
export function responseRoutes(
  options: GenerationOptions,
  stores: TurnStores,
  background: BackgroundOptions,
): Route[] {
  const [all, one] = ["/v1/responses", "/v1/responses/{id}"];
  const codec = openaiResponses;
  const runRoutes = { ...background, stores, body: options.body };
  const routes: Omit<Route, "dialect">[] = [
    { method: "POST", path: all, handler: createResponse({ ...options, codec, stores, background }) },
    { method: "GET", path: one, handler: getResponse(runRoutes) },
    { method: "DELETE", path: one, handler: deleteResponse(stores, background.background) },
    { method: "POST", path: `${one}/cancel`, handler: cancelResponse(runRoutes) },
    { method: "GET", path: `${one}/input_items`, handler: listInputItems(stores) },
  ];
  return routes.map((route): Route => ({ ...route, dialect: "openai" }));
}

/** OpenAI's Conversations API. */
export function conversationRoutes(options: ConversationsOptions): Route[] {
  const [all, one] = ["/v1/conversations", "/v1/conversations/{id}"];
  const [items, item] = [`${one}/items`, `${one}/items/{item_id}`];
  const routes: Omit<Route, "dialect">[] = [
    { method: "POST", path: all, handler: createConversation(options) },
    { method: "GET", path: one, handler: getConversation(options) },
    { method: "POST", path: one, handler: updateConversation(options) },
    { method: "DELETE", path: one, handler: deleteConversation(options) },
    { method: "POST", path: items, handler: createItems(options) },
    { method: "GET", path: items, handler: listItems(options) },
    { method: "GET", path: item, handler: getItem(options) },
    { method: "DELETE", path: item, handler: deleteItem(options) },
  ];
  return routes.map((route): Route => ({ ...route, dialect: "openai" }));
}
