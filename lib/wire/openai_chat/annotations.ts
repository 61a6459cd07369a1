import type { JsonObject, JsonValue, TextPart, WireFormat } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * A citation as chat completions know it; null for one that has no URL (a place in a document that only the
 * request's sender has).
 * @param start where the cited text begins in the message's content, and `end` where it ends: Anthropic's
 * citations are about all of their block.
 */
export function encodeAnnotation(
  format: WireFormat,
  value: JsonValue,
  start: number,
  end: number,
): JsonObject | null {
  if (!isObject(value)) return null;
  if (format === "openai_chat") return value;
  const { url, title } = value;
  if (typeof url !== "string") return null;
  const shifted = format === "openai_responses"
    ? shift(value, start)
    : { start_index: start, end_index: end };
  return {
    type: "url_citation",
    url_citation: { ...shifted, title: typeof title === "string" ? title : url, url },
  };
}

/** The responses API counts within one text, a chat message within all of them. */
function shift(value: JsonObject, start: number): JsonObject {
  const { start_index: from, end_index: to } = value;
  return {
    start_index: start + (typeof from === "number" ? from : 0),
    end_index: start + (typeof to === "number" ? to : 0),
  };
}

/** The citations of a message's texts, whose contents are joined. */
export function encodeAnnotations(texts: readonly TextPart[]): JsonObject[] {
  const encoded: JsonObject[] = [];
  let start = 0;
  for (const { text, annotations } of texts) {
    for (const item of annotations?.items ?? []) {
      const annotation = encodeAnnotation(
        annotations?.format ?? "openai_chat",
        item,
        start,
        start + text.length,
      );
      if (annotation !== null) encoded.push(annotation);
    }
    start += text.length;
  }
  return encoded;
}
