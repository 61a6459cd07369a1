import type { StoredItem } from "../stores/item_store.ts";
import { newId } from "../wire/ids.ts";
import { checkItems } from "../wire/openai_responses/input_decode.ts";
import { identified } from "../wire/openai_responses/input_ids.ts";
import type { Fields } from "../wire/shape.ts";

/** Items that one call may add, as OpenAI has it. */
const MAX_ADDED = 20;

/** The items that a body adds, as they are kept. @throws {GatewayError} with the place where one is none. */
export function newItems(body: Fields): StoredItem[] {
  const given = body.array("items");
  if (given.length > MAX_ADDED) body.fail("items", `at most ${MAX_ADDED} items`);
  checkItems(body, "items");
  return identified(given, newId(""));
}
