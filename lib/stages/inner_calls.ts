import { GatewayError } from "../errors.ts";
import type { Exchange, StageRun } from "../telemetry/exchange.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { openaiChat } from "../wire/openai_chat.ts";
import { jsonBytes, JsonRequest } from "./json_request.ts";
import { ModelRequest } from "./model_request.ts";
import type { ModelTable, Target } from "./model_table.ts";
import type { PostJson, Services } from "./post_json.ts";
import { type EmbeddingsCodecs, prepareEmbeddings } from "./prepare_embeddings.ts";
import type { WholeAnswer } from "./stage.ts";
import type { CallPlace } from "./upstream/call_run.ts";
import { callWhole } from "./upstream_operation.ts";
import { askWhole, type UpstreamRequestOptions } from "./upstream_request.ts";

export interface InnerCallsOptions {
  readonly models: ModelTable;
  readonly upstream: UpstreamRequestOptions;
  readonly embeddings: EmbeddingsCodecs;
  /** Those that are no models; closed with this. */
  readonly services: Pick<Services, "post" | "close">;
}

const decoder = new TextDecoder();

/**
 * Calls of models that a stage makes for its own work, through the gateway's own providers: recorded in the same
 * Exchange (`innerCalls`), with attempts, tokens, cost and spans like any other, and below the stage's span.
 */
export class InnerCalls {
  readonly #options: InnerCallsOptions;

  constructor(options: InnerCallsOptions) {
    this.#options = options;
  }

  /** A vector for each text, in order. @throws {GatewayError} where the model is not there or does not answer. */
  async embed(
    exchange: Exchange,
    run: StageRun<never> | { readonly spanId: string },
    model: string,
    texts: readonly string[],
  ): Promise<Float32Array[]> {
    const body = { model, input: [...texts], encoding_format: "float" };
    const request = new JsonRequest(jsonBytes(body));
    const answer = await callWhole(
      exchange,
      {
        operation: "embed",
        targets: this.#targets(model).filter(({ provider }) => provider.operation("embeddings") !== null),
        prepare: (target) => prepareEmbeddings(request, target, this.#options.embeddings),
      },
      this.#options.upstream,
      placeOf(run),
    );
    return vectorsOf(jsonOf(answer), texts.length);
  }

  /**
   * A chat completion.
   * @param body in OpenAI's chat format, without `model`.
   * @returns the completion in the same format, whatever the provider speaks.
   */
  async complete(
    exchange: Exchange,
    run: StageRun<never> | { readonly spanId: string },
    model: string,
    body: JsonObject,
  ): Promise<JsonObject> {
    const request = new ModelRequest(openaiChat, jsonBytes({ ...body, model }));
    request.targets = this.#targets(model);
    return jsonOf(await askWhole(exchange, request, this.#options.upstream, placeOf(run)));
  }

  /** Asks a service of the configuration that is no model. @throws as {@linkcode Services.post} says. */
  post(...question: Parameters<PostJson>): ReturnType<PostJson> {
    return this.#options.services.post(...question);
  }

  /** Gives up what is under way with services. */
  close(): Promise<void> {
    return this.#options.services.close();
  }

  #targets(model: string): readonly Target[] {
    const targets = this.#options.models.get(model)?.targets ?? [];
    if (targets.length === 0) {
      throw new GatewayError("no_target_available", `No provider is available for the model '${model}'.`);
    }
    return targets;
  }
}

function placeOf({ spanId }: { readonly spanId: string }): CallPlace {
  return { parentSpanId: spanId };
}

function jsonOf(answer: WholeAnswer): JsonObject {
  return JSON.parse(decoder.decode(answer.body)) as JsonObject;
}

function vectorsOf({ data }: JsonObject, count: number): Float32Array[] {
  const rows = Array.isArray(data) ? data : [];
  const vectors = rows.map((row) => Float32Array.from(numbersOf(row)));
  if (vectors.length !== count || vectors.some(({ length }) => length === 0)) {
    throw new GatewayError(
      "upstream_invalid_response",
      "The provider did not answer with a vector for each text.",
    );
  }
  return vectors;
}

function numbersOf(row: JsonValue): number[] {
  const embedding = typeof row === "object" && row !== null && !Array.isArray(row) ? row["embedding"] : null;
  return Array.isArray(embedding) ? embedding.filter((value) => typeof value === "number") : [];
}
