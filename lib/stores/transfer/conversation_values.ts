/** What a line of an export has to be, where it is of conversations. */
import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import type { StoredResponse } from "../conversation_store.ts";
import type { StoredConversation, StoredItem } from "../item_store.ts";
import type { StoredEvent } from "../run_store.ts";
import { isObject } from "./is_object.ts";
import { TransferError } from "./transfer_error.ts";

export function turnOf(value: JsonObject): StoredResponse {
  const { id, owner, previousId, model, createdAt, input, response } = value;
  if (
    isText(id) && isText(owner) && (previousId === null || isText(previousId)) && isText(model) &&
    typeof createdAt === "number" && Array.isArray(input) && isObject(response)
  ) return { id, owner, previousId, model, createdAt, input, response };
  throw new TransferError("it is no response with its input");
}

export function conversationOf(value: JsonObject): StoredConversation {
  const { id, owner, createdAt, metadata } = value;
  if (isText(id) && isText(owner) && typeof createdAt === "number" && isObject(metadata)) {
    const texts = Object.entries(metadata).filter((pair): pair is [string, string] => isText(pair[1]));
    return { id, owner, createdAt, metadata: Object.fromEntries(texts) };
  }
  throw new TransferError("it is no conversation");
}

export function itemOf({ item }: JsonObject): StoredItem {
  if (isObject(item) && isText(item["id"])) return { ...item, id: item["id"] };
  throw new TransferError("it is no item of a conversation");
}

export function eventOf({ sequence, text }: JsonObject): StoredEvent {
  if (typeof sequence === "number" && isText(text)) return { sequence, text };
  throw new TransferError("it is no event of a response");
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string";
}
