import type { JsonObject, JsonValue, TextPart, WireFormat } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * An annotation in this format's shape; null where it has none for it (a place in a document that only the
 * request's sender has).
 * @param length of the text that it stands on: Anthropic's citations are about all of their block's text.
 */
export function annotationInResponses(
  format: WireFormat,
  value: JsonValue,
  length: number,
): JsonObject | null {
  if (!isObject(value)) return null;
  switch (format) {
    case "openai_responses":
      return value;
    case "openai_chat":
      return isObject(value.url_citation) ? { type: "url_citation", ...value.url_citation } : null;
    case "anthropic_messages":
      if (typeof value.url !== "string") return null;
      return {
        type: "url_citation",
        start_index: 0,
        end_index: length,
        title: typeof value.title === "string" ? value.title : value.url,
        url: value.url,
      };
    default:
      return null;
  }
}

/** All annotations of a text that this format can show. */
export function annotationsInResponses(part: TextPart): JsonObject[] {
  const annotations = part.annotations;
  if (annotations === undefined) return [];
  const shown: JsonObject[] = [];
  for (const item of annotations.items) {
    const annotation = annotationInResponses(annotations.format, item, part.text.length);
    if (annotation !== null) shown.push(annotation);
  }
  return shown;
}
