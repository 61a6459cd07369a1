import type { JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** The id that an input item refers to instead of being one itself; null for an item. Its `type` is optional. */
export function referenceOf(item: JsonValue): string | null {
  if (!isObject(item) || typeof item.id !== "string") return null;
  if (item.type === "item_reference") return item.id;
  const bare = Object.keys(item).every((key) => key === "id" || item[key] === null);
  return bare ? item.id : null;
}
