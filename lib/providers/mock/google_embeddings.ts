import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { isObject } from "../../wire/shape.ts";

/**
 * `POST …:batchEmbedContents` and `:embedContent` as Google answers them: for each text a vector of its characters,
 * of length 1. Null where the request is none.
 */
export function embedContents(text: string): JsonObject | null {
  const body = parsed(text);
  if (!isObject(body)) return null;
  const { requests } = body;
  if (!Array.isArray(requests)) {
    const embedding = embeddingOf(body);
    return embedding === null ? null : { embedding };
  }
  const embeddings = requests.map(embeddingOf);
  return embeddings.includes(null) ? null : { embeddings };
}

function embeddingOf(request: JsonValue): JsonObject | null {
  const content = isObject(request) ? request["content"] : undefined;
  const parts = isObject(content) ? content["parts"] : undefined;
  if (!isObject(request) || !Array.isArray(parts)) return null;
  const text = parts.map((part) => isObject(part) ? String(part["text"]) : "").join("");
  const { outputDimensionality: dimensions = 768 } = request;
  const values = new Array<number>(Number(dimensions)).fill(0.01);
  for (let i = 0; i < text.length; i++) values[i % values.length] = text.charCodeAt(i) / 256;
  const length = Math.hypot(...values);
  return { values: values.map((value) => value / length) };
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
