import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** An item with an id. */
export type IdentifiedItem = JsonObject & { readonly id: string };

/** Ids that were made here for items which a client gave without one: no provider may be told of them. */
const MADE = /^[a-z]+_[0-9A-Za-z]+_i\d+$/;

const PREFIXES: ReadonlyMap<JsonValue | undefined, string> = new Map([
  [undefined, "msg_"],
  ["message", "msg_"],
  ["reasoning", "rs_"],
  ["function_call", "fc_"],
  ["function_call_output", "fco_"],
  ["custom_tool_call", "ctc_"],
  ["custom_tool_call_output", "ctco_"],
]);

/**
 * Items, each with an id: its own, or one that follows from where it stands, so that it is the same at every look.
 * @param id of what they belong to: a response, or a call that added them to a conversation.
 */
export function identified(items: readonly JsonValue[], id: string): IdentifiedItem[] {
  const digits = id.slice(id.indexOf("_") + 1).replaceAll(/[^0-9A-Za-z]/g, "");
  return items.filter(isObject).map((item, index) => {
    if (typeof item.id === "string" && item.id !== "") return { ...item, id: item.id };
    return { ...item, id: `${PREFIXES.get(item.type) ?? "item_"}${digits}_i${index}` };
  });
}

/** Items without the ids that {@linkcode identified} made; the very same list where there are none. */
export function withoutMadeIds(items: readonly JsonValue[]): readonly JsonValue[] {
  return items.some(isMade) ? items.map((item) => isMade(item) ? withoutId(item) : item) : items;
}

function isMade(item: JsonValue): item is IdentifiedItem {
  return isObject(item) && typeof item.id === "string" && MADE.test(item.id);
}

function withoutId(item: JsonObject): JsonObject {
  const { id: _made, ...rest } = item;
  return rest;
}
