import { GatewayError } from "../../errors.ts";
import type { JsonObject, JsonValue, Usage } from "../canonical.ts";
import type { Observed } from "../codec.ts";
import { nothingObserved } from "../observed.ts";
import { errorOf } from "../openai_chat/stream_error.ts";
import { isObject } from "../shape.ts";
import type { EmbeddingsRequest, EmbeddingsResponse, EncodingFormat } from "../embeddings.ts";
import { vectorFromBase64, vectorToBase64 } from "./vector.ts";

const KNOWN = new Set(["model", "input", "dimensions", "user", "encoding_format"]);

/**
 * What a client asks for.
 * @throws {GatewayError} 400 with the parameter.
 * @see https://platform.openai.com/docs/api-reference/embeddings/create
 */
export function decodeEmbeddingsRequest(body: JsonObject, model: string): EmbeddingsRequest {
  const { dimensions, user } = body;
  if (dimensions !== undefined && dimensions !== null && !(isCount(dimensions) && dimensions > 0)) {
    throw invalid("dimensions", "a whole number above 0");
  }
  return {
    model,
    inputs: inputsOf(body["input"]),
    ...(typeof dimensions === "number" ? { dimensions } : {}),
    ...(typeof user === "string" ? { user } : {}),
    others: Object.fromEntries(Object.entries(body).filter(([name]) => !KNOWN.has(name))),
  };
}

/** A text, an array of texts, an array of token ids, or an array of such arrays. */
function inputsOf(input: JsonValue | undefined): EmbeddingsRequest["inputs"] {
  if (input === undefined) {
    throw new GatewayError("missing_required_parameter", "Missing required parameter: 'input'.", {
      param: "input",
    });
  }
  if (typeof input === "string") return [input];
  if (Array.isArray(input) && input.length > 0) {
    if (input.every(isCount)) return [input];
    if (input.every((each) => typeof each === "string")) return input;
    if (input.every(isTokens)) return input;
  }
  throw invalid("input", "a text, an array of texts, an array of token ids, or an array of such arrays");
}

function isCount(value: JsonValue): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isTokens(value: JsonValue): value is number[] {
  return Array.isArray(value) && value.length > 0 && value.every(isCount);
}

function invalid(param: string, expected: string): GatewayError {
  return new GatewayError("invalid_request", `Invalid '${param}': expected ${expected}.`, { param });
}

/** An answer of another wire, as OpenAI has it. */
export function encodeEmbeddingsResponse(
  response: EmbeddingsResponse,
  format: EncodingFormat,
  model: string,
): JsonObject {
  const tokens = response.inputTokens ?? 0;
  return {
    object: "list",
    data: response.vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: format === "base64" ? vectorToBase64(vector) : [...vector],
    })),
    model: response.model ?? model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  };
}

/** What an answer of OpenAI's says of itself. */
export function observeEmbeddings(body: JsonObject): Observed {
  const observed = nothingObserved();
  if (typeof body["model"] === "string") observed.model = body["model"];
  observed.usage = inputUsage(body["usage"]);
  const error = errorOf(body, "");
  if (error !== null) observed.error = error;
  return observed;
}

/** Embeddings cost input alone. */
function inputUsage(usage: JsonValue | undefined): Usage | null {
  if (!isObject(usage)) return null;
  const input = usage["prompt_tokens"] ?? usage["total_tokens"];
  return typeof input === "number" ? { input, output: NaN } : null;
}

/**
 * An answer with its vectors in the format that the client asked for; null where they are so already.
 * @throws {TypeError} where they cannot be read.
 */
export function withVectorsAs(body: JsonObject, format: EncodingFormat): JsonObject | null {
  const { data } = body;
  if (!Array.isArray(data)) return null;
  let changed = false;
  const converted = data.map((entry) => {
    if (!isObject(entry)) return entry;
    const { embedding } = entry;
    if (format === "float" && typeof embedding === "string") {
      changed = true;
      return { ...entry, embedding: vectorFromBase64(embedding) };
    }
    if (format === "base64" && Array.isArray(embedding) && embedding.every((it) => typeof it === "number")) {
      changed = true;
      return { ...entry, embedding: vectorToBase64(embedding) };
    }
    return entry;
  });
  return changed ? { ...body, data: converted } : null;
}
