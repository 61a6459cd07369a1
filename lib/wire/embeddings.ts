import type { JsonObject, JsonValue } from "./canonical.ts";
import type { EncodedRequest, Observed } from "./codec.ts";

/** What a request for embeddings means, whatever wire it goes over. */
export interface EmbeddingsRequest {
  /** As the provider knows it. */
  readonly model: string;
  /** Texts, or texts as arrays of token ids. At least one. */
  readonly inputs: readonly (string | readonly number[])[];
  readonly dimensions?: number;
  readonly user?: string;
  /** What else the client sent, as it was. */
  readonly others: JsonObject;
}

/** What an answer with embeddings says. */
export interface EmbeddingsResponse {
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[];
  /** Input tokens; undefined: the provider did not say. */
  readonly inputTokens?: number;
  readonly model?: string;
}

/** A wire of embeddings other than OpenAI's; OpenAI's own is passed through. */
export interface EmbeddingsCodec {
  /** @throws {GatewayError} for what the wire cannot carry at all, such as token ids. */
  encodeRequest(request: EmbeddingsRequest): EncodedRequest;
  /** @throws {Error} where the body is no such answer. */
  decodeResponse(body: JsonObject): EmbeddingsResponse;
  /** What a whole answer says of itself, its error included. */
  observeResponse(body: JsonObject): Observed;
}

/** How a client wants its vectors. */
export type EncodingFormat = "float" | "base64";

/** What the client asked for; OpenAI's default is numbers. */
export function encodingFormatOf(value: JsonValue | undefined): EncodingFormat {
  return value === "base64" ? "base64" : "float";
}
