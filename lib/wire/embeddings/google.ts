import { GatewayError } from "../../errors.ts";
import type { JsonObject } from "../canonical.ts";
import type { Observed } from "../codec.ts";
import type { EmbeddingsCodec, EmbeddingsRequest, EmbeddingsResponse } from "../embeddings.ts";
import { Dropped } from "../extensions.ts";
import { camelCased } from "../google_generate_content/field_names.ts";
import { errorOf } from "../google_generate_content/error.ts";
import { nothingObserved } from "../observed.ts";
import { Fields, isObject } from "../shape.ts";

/** `task_type` and `title` of a request, which OpenAI's clients may give as well. */
const OWN: Readonly<Record<string, string>> = { task_type: "taskType", title: "title" };

/** `:batchEmbedContents` of the Gemini API. @see https://ai.google.dev/api/embeddings */
export const googleEmbeddings: EmbeddingsCodec = {
  encodeRequest({ model, inputs, dimensions, user, others }: EmbeddingsRequest) {
    const dropped = new Dropped();
    if (user !== undefined) dropped.add("user");
    const more: JsonObject = dimensions === undefined ? {} : { outputDimensionality: dimensions };
    for (const [name, value] of Object.entries(others)) {
      const own = OWN[name];
      if (own === undefined) dropped.add(name);
      else more[own] = value;
    }
    const requests = inputs.map((input) => {
      if (typeof input !== "string") {
        throw new GatewayError("unsupported_parameter", "Gemini embeds texts, not token ids.", {
          param: "input",
        });
      }
      return { model: `models/${model}`, content: { parts: [{ text: input }] }, ...more };
    });
    return { body: { requests }, dropped: dropped.names() };
  },
  decodeResponse(body: JsonObject): EmbeddingsResponse {
    const { embeddings, usageMetadata } = body;
    if (!Array.isArray(embeddings)) throw new TypeError("Cannot read the answer: it has no embeddings");
    const vectors = embeddings.map((embedding) => {
      const values = isObject(embedding) ? embedding["values"] : undefined;
      if (!Array.isArray(values) || !values.every((value) => typeof value === "number")) {
        throw new TypeError("Cannot read the answer: an embedding has no numbers");
      }
      return values;
    });
    const tokens = isObject(usageMetadata) ? usageMetadata["promptTokenCount"] : undefined;
    return typeof tokens === "number" ? { vectors, inputTokens: tokens } : { vectors };
  },
  observeResponse(body: JsonObject): Observed {
    const observed = nothingObserved();
    const tokens = isObject(body["usageMetadata"]) ? body["usageMetadata"]["promptTokenCount"] : undefined;
    if (typeof tokens === "number") observed.usage = { input: tokens, output: NaN };
    const error = errorOf(body);
    if (error !== null) observed.error = error;
    return observed;
  },
};

/**
 * A client's `:embedContent` or `:batchEmbedContents` as a request of OpenAI's, with the fields that only Google has.
 * @throws {GatewayError} 400 with the parameter.
 */
export function decodeEmbedContents(body: JsonObject, batch: boolean): JsonObject {
  const fields = new Fields(camelCased(body), "", "invalid_request");
  const requests = batch ? fields.items("requests") : [fields];
  const [first] = requests;
  if (first === undefined) return fields.fail("requests", "at least one request");
  const decoded: JsonObject = { input: requests.map(textOf) };
  const dimensions = first.optionalInteger("outputDimensionality");
  if (dimensions !== undefined) decoded["dimensions"] = dimensions;
  for (const [name, own] of Object.entries(OWN)) {
    const value = first.optionalString(own);
    if (value !== undefined) decoded[name] = value;
  }
  return decoded;
}

function textOf(request: Fields): string {
  const content = request.fields("content");
  return content.items("parts").map((part) => part.string("text")).join("");
}

/** OpenAI's answer as Google's clients read it. */
export function encodeEmbedContents(answer: JsonObject, batch: boolean): JsonObject {
  const data = Array.isArray(answer["data"]) ? answer["data"].filter(isObject) : [];
  const embeddings = data.map(({ embedding }) => ({ values: embedding ?? [] }));
  return batch ? { embeddings } : { embedding: embeddings[0] ?? { values: [] } };
}

/** The fields of {@linkcode decodeEmbedContents} that no other provider takes. */
export const ONLY_GOOGLE: readonly string[] = Object.keys(OWN);
