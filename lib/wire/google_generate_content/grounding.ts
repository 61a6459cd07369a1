import type { JsonObject, JsonValue, TextPart } from "../canonical.ts";
import { isObject } from "../shape.ts";

/**
 * Where an answer's text comes from: `groundingMetadata` of searches, `citationMetadata` of what the model repeats. In
 * the model they are annotations in the shape of the responses API, whose places are counted as in JavaScript;
 * Google counts bytes of UTF-8.
 */
export const ANNOTATIONS = "openai_responses";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The annotations of a candidate whose text is `text`. */
export function decodeGrounding(candidate: JsonObject, text: string): JsonObject[] {
  const bytes = encoder.encode(text);
  const place = (segment: JsonObject): JsonObject => ({
    start_index: charactersBefore(bytes, segment.startIndex ?? 0),
    end_index: charactersBefore(bytes, segment.endIndex ?? bytes.length),
  });
  return [
    ...fromGrounding(candidate.groundingMetadata, place),
    ...fromCitations(candidate.citationMetadata, place),
  ];
}

type Place = (segment: JsonObject) => JsonObject;

function fromGrounding(metadata: JsonValue | undefined, place: Place): JsonObject[] {
  if (!isObject(metadata)) return [];
  const { groundingChunks: chunks, groundingSupports: supports } = metadata;
  if (!Array.isArray(chunks) || !Array.isArray(supports)) return [];
  return supports.filter(isObject).flatMap(({ segment, groundingChunkIndices: indices }) => {
    if (!Array.isArray(indices)) return [];
    return indices.flatMap((index) => {
      const chunk = typeof index === "number" ? chunks[index] : undefined;
      const source = isObject(chunk) ? chunk.web ?? chunk.maps ?? chunk.retrievedContext : undefined;
      return isObject(source) ? cited(source, isObject(segment) ? segment : {}, place) : [];
    });
  });
}

function fromCitations(metadata: JsonValue | undefined, place: Place): JsonObject[] {
  if (!isObject(metadata)) return [];
  const sources = metadata.citationSources ?? metadata.citations;
  return Array.isArray(sources) ? sources.filter(isObject).flatMap((each) => cited(each, each, place)) : [];
}

function cited(source: JsonObject, segment: JsonObject, place: Place): JsonObject[] {
  const { uri, title } = source;
  if (typeof uri !== "string") return [];
  return [{
    type: "url_citation",
    ...place(segment),
    title: typeof title === "string" ? title : uri,
    url: uri,
  }];
}

/** `groundingMetadata` for a text's annotations; undefined where none of them has a URL. */
export function encodeGrounding(text: string, annotations: TextPart["annotations"]): JsonObject | undefined {
  const chunks: JsonObject[] = [];
  const supports: JsonObject[] = [];
  for (const item of annotations?.items ?? []) {
    const annotation = isObject(item) && isObject(item.url_citation) ? item.url_citation : item;
    if (!isObject(annotation) || typeof annotation.url !== "string") continue;
    const { url, title, start_index: start, end_index: end } = annotation;
    const from = typeof start === "number" ? start : 0;
    const to = typeof end === "number" ? end : text.length;
    supports.push({
      segment: {
        startIndex: encoder.encode(text.slice(0, from)).length,
        endIndex: encoder.encode(text.slice(0, to)).length,
        text: text.slice(from, to),
      },
      groundingChunkIndices: [chunks.length],
    });
    chunks.push({ web: { uri: url, title: typeof title === "string" ? title : url } });
  }
  return chunks.length === 0 ? undefined : { groundingChunks: chunks, groundingSupports: supports };
}

function charactersBefore(bytes: Uint8Array, index: JsonValue): number {
  return typeof index === "number" ? decoder.decode(bytes.subarray(0, index)).length : 0;
}
