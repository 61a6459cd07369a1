import type { JsonObject } from "../canonical.ts";
import { isObject } from "../shape.ts";
import { FORMAT } from "./format.ts";

/** What only this API has, kept whole. Blocks and tools have one field, whose name says here what they are. */
export function opaque(block: JsonObject): { type: "opaque"; format: typeof FORMAT; value: JsonObject } {
  const [type = "block"] = Object.keys(block);
  return { type: "opaque", format: FORMAT, value: { type, block } };
}

/** The block that was kept; null where there is none in it. */
export function opaqueBlock(value: JsonObject): JsonObject | null {
  return isObject(value.block) ? value.block : null;
}
