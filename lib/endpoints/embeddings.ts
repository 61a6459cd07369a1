import { type EmbeddingsCodecs, prepareEmbeddings } from "../stages/prepare_embeddings.ts";
import { callWhole } from "../stages/upstream_operation.ts";
import type { Endpoint } from "../telemetry/exchange.ts";
import { deploymentIn } from "./deployment.ts";
import { type OperationOptions, readJsonRequest, targetsFor, wholeResponse } from "./operation.ts";

export interface EmbeddingsOptions extends OperationOptions {
  readonly codecs: EmbeddingsCodecs;
}

/** `POST /v1/embeddings`. @see https://platform.openai.com/docs/api-reference/embeddings/create */
export function embeddings(options: EmbeddingsOptions): Endpoint {
  return async function embeddings(exchange, params) {
    const request = await readJsonRequest(exchange, options, { named: deploymentIn(params) });
    const targets = await targetsFor(exchange, request, "embeddings", options);
    const answer = await callWhole(exchange, {
      operation: "embed",
      targets,
      prepare: (target) => prepareEmbeddings(request, target, options.codecs),
    }, options.call);
    return wholeResponse(exchange, answer, options.clock);
  };
}
