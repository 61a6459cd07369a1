import { Buffer } from "node:buffer";
import type { JsonValue } from "../../../wire/canonical.ts";
import { missing, MockRefusal, numberOr } from "../prompt.ts";
import { seededRandom } from "../seeded_random.ts";
import { countTokens, type MockOperation, requiredModel } from "./operation.ts";

/** Of the vectors of most models. */
const DIMENSIONS = 1536;
const MAX_DIMENSIONS = 4096;

type Input = string | readonly number[];

/** `POST /v1/embeddings`: the same vector for the same input, of length 1. */
export const embeddings: MockOperation = (call) => {
  const model = requiredModel(call);
  const { fields } = call;
  const inputs = inputsOf(fields["input"]);
  const dimensions = numberOr(fields["dimensions"], model.endsWith("-large") ? 2 * DIMENSIONS : DIMENSIONS);
  if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    throw new MockRefusal(400, "Invalid value for 'dimensions'.", "dimensions");
  }
  const tokens = inputs.reduce(
    (sum, input) => sum + (typeof input === "string" ? countTokens(input) : input.length),
    0,
  );
  const base64 = fields["encoding_format"] === "base64";
  return {
    json: {
      object: "list",
      data: inputs.map((input, index) => {
        const vector = vectorOf(input, dimensions);
        return { object: "embedding", index, embedding: base64 ? base64Of(vector) : [...vector] };
      }),
      model,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    },
  };
};

function inputsOf(input: JsonValue | undefined): Input[] {
  if (input === undefined) throw missing("input");
  if (typeof input === "string" && input !== "") return [input];
  if (Array.isArray(input) && input.length > 0 && input.length <= 2048) {
    if (input.every((each) => typeof each === "number")) return [input];
    if (input.every((each) => typeof each === "string" || Array.isArray(each))) return input as Input[];
  }
  throw new MockRefusal(400, "'$.input' is invalid.", "input");
}

function vectorOf(input: Input, dimensions: number): Float32Array {
  const random = seededRandom(hashOf(typeof input === "string" ? input : input.join(" ")));
  const vector = Array.from({ length: dimensions }, () => random() - 0.5);
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (each) => each / length);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function base64Of(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}
