import { jsonBytes, JsonRequest } from "../stages/json_request.ts";
import { prepareEmbeddings } from "../stages/prepare_embeddings.ts";
import { callWhole } from "../stages/upstream_operation.ts";
import type { Endpoint } from "../telemetry/exchange.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { decodeEmbedContents, encodeEmbedContents, ONLY_GOOGLE } from "../wire/embeddings/google.ts";
import type { EmbeddingsOptions } from "./embeddings.ts";
import type { ContentVerb } from "./generate_content.ts";
import { readJsonRequest, targetsFor, wholeResponse } from "./operation.ts";

const decoder = new TextDecoder();

/**
 * `:embedContent` and `:batchEmbedContents`, on every provider that offers embeddings.
 * @see https://ai.google.dev/api/embeddings
 */
export function embedContentVerbs(options: EmbeddingsOptions): readonly ContentVerb[] {
  const embed = (batch: boolean): Endpoint => async (exchange, params) => {
    const named = { model: params["model"] ?? "", stream: false };
    const asked = await readJsonRequest(exchange, options, { named, modelInPath: true });
    const all = decodeEmbedContents(asked.json, batch);
    const own = ONLY_GOOGLE.filter((name) => all[name] !== undefined);
    const { model } = named;
    const request = new JsonRequest(jsonBytes({ ...all, model }));
    const plain = own.length === 0 ? request : new JsonRequest(jsonBytes({ ...without(all, own), model }));
    const targets = await targetsFor(exchange, request, "embeddings", options);
    const answer = await callWhole(exchange, {
      operation: "embed",
      targets,
      prepare(target) {
        if (target.provider.operation("embeddings")?.wire === "google") {
          return prepareEmbeddings(request, target, options.codecs);
        }
        const prepared = prepareEmbeddings(plain, target, options.codecs);
        return { ...prepared, dropped: [...prepared.dropped, ...own] };
      },
    }, options.call);
    const shown = encodeEmbedContents(JSON.parse(decoder.decode(answer.body)) as JsonObject, batch);
    const body = jsonBytes(shown) as Uint8Array<ArrayBuffer>;
    return wholeResponse(exchange, { ...answer, body }, options.clock);
  };
  return [
    { verb: ":embedContent", handler: embed(false) },
    { verb: ":batchEmbedContents", handler: embed(true) },
  ];
}

function without(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}
