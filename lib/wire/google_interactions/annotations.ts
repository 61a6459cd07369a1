import type { JsonObject, JsonValue, TextPart, WireFormat } from "../canonical.ts";
import { isObject } from "../shape.ts";
import { FORMAT } from "./format.ts";

/**
 * Citations of a text. Those of a URL have the responses API's shape, save that their places count bytes of UTF-8; in
 * the model they are annotations of that API. Any other kind is this format's own.
 */
const SHARED = "openai_responses";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

type Annotations = NonNullable<TextPart["annotations"]>;

export function decodeAnnotations(
  items: readonly JsonValue[] | undefined,
  text: string,
): Annotations | undefined {
  if (items === undefined || items.length === 0) return undefined;
  if (!items.every(isUrlCitation)) return { format: FORMAT, items: [...items] };
  const bytes = encoder.encode(text);
  return {
    format: SHARED,
    items: items.map((item) =>
      withPlaces(item, (index) => decoder.decode(bytes.subarray(0, index)).length, bytes.length)
    ),
  };
}

/** What of a text's annotations can be said here. */
export function encodeAnnotations(text: string, annotations: TextPart["annotations"]): JsonObject[] {
  if (annotations === undefined) return [];
  const items = annotations.items.filter(isObject);
  if (annotations.format === FORMAT) return items;
  return items.flatMap((item) => urlCitation(annotations.format, item))
    .map((item) => withPlaces(item, (index) => encoder.encode(text.slice(0, index)).length, text.length));
}

/** A citation that has a URL; another format's is about all of its text, as far as is known here. */
function urlCitation(format: WireFormat, item: JsonObject): JsonObject[] {
  const citation = isObject(item.url_citation) ? item.url_citation : item;
  const { url, title } = citation;
  if (typeof url !== "string") return [];
  if (format === SHARED || format === "openai_chat") return [{ ...citation, type: "url_citation" }];
  return [{ type: "url_citation", url, title: typeof title === "string" ? title : url }];
}

function isUrlCitation(item: JsonValue): item is JsonObject {
  return isObject(item) && item.type === "url_citation" && typeof item.url === "string";
}

function withPlaces(item: JsonObject, place: (index: number) => number, end: number): JsonObject {
  const { start_index: start, end_index: stop, ...rest } = item;
  return {
    ...rest,
    start_index: place(typeof start === "number" ? start : 0),
    end_index: place(typeof stop === "number" ? stop : end),
  };
}
