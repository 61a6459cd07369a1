import type { Part } from "../canonical.ts";

/**
 * Ids of the items that the gateway makes itself: the digits of the answer's own id with the item's index behind
 * them. They are as unguessable as the answer's id, the same whole and streamed, and lead back to the answer:
 * a client that refers to an item by its id alone (`item_reference`) can be served from the conversation store.
 */

/** `resp_` and 128 bits in hexadecimal: an id that the gateway gave. */
const RESPONSE_ID = /^resp_([0-9a-f]{32})$/;
const ITEM_ID = /^(?:msg|rs|fc|ctc)_([0-9a-f]{32})_\d+$/;

const PREFIXES: Partial<Record<Part["type"], string>> = {
  text: "msg_",
  refusal: "msg_",
  reasoning: "rs_",
  tool_call: "fc_",
};

/** The id of the item at `index` of the answer `responseId`, for an item that begins with `part`. */
export function itemId(part: Part, responseId: string, index: number): string {
  const prefix = part.type === "tool_call" && part.custom === true ? "ctc_" : PREFIXES[part.type] ?? "item_";
  const digits = RESPONSE_ID.exec(responseId)?.[1] ?? responseId.slice(responseId.indexOf("_") + 1);
  return `${prefix}${digits}_${index}`;
}

/** The answer that holds an item whose id {@linkcode itemId} made; null for an id from elsewhere. */
export function responseIdOf(item: string): string | null {
  const digits = ITEM_ID.exec(item)?.[1];
  return digits === undefined ? null : `resp_${digits}`;
}
