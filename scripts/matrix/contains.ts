import type { JsonValue } from "../../lib/wire/canonical.ts";
import { isObject } from "../../lib/wire/shape.ts";

/** Whether a value holds all of a part: objects its fields, arrays its elements in their order. */
export function contains(whole: JsonValue | undefined, part: JsonValue): boolean {
  if (Array.isArray(part)) {
    if (!Array.isArray(whole)) return false;
    let from = 0;
    return part.every((element) => {
      const at = whole.findIndex((each, index) => index >= from && contains(each, element));
      from = at + 1;
      return at >= 0;
    });
  }
  if (isObject(part)) {
    return isObject(whole) && Object.entries(part).every(([key, value]) => contains(whole[key], value));
  }
  return whole === part;
}
