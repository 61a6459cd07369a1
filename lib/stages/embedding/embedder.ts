import type { Exchange, StageRun } from "../../telemetry/exchange.ts";
import type { InnerCalls } from "../inner_calls.ts";
import { ngramVector, toUnitLength } from "./ngram_vectors.ts";

/** Makes vectors of texts, of unit length, so that their dot product tells how near they are. */
export interface Embedder {
  /** The model's name, or `ngram`. */
  readonly name: string;
  /** Near are texts that share words, not such that mean the same. */
  readonly lexical: boolean;
  /** A vector for each text, in order; at once where no model has to be asked. @throws whatever the model's call does. */
  embed(
    exchange: Exchange,
    run: StageRun<never> | { readonly spanId: string },
    texts: readonly string[],
  ): Float32Array[] | Promise<Float32Array[]>;
}

/** The built-in vectors, which need no model. Nobody changes one: stages that look at one text share its vector. */
export const ngramEmbedder: Embedder = {
  name: "ngram",
  lexical: true,
  embed: (_exchange, _run, texts) =>
    texts.length === 1 ? [lastVector(texts[0] ?? "")] : texts.map(ngramVector),
};

let last = { text: "", vector: ngramVector("") };

/** Stages look at the same text one after the other. */
function lastVector(text: string): Float32Array {
  if (last.text !== text) last = { text, vector: ngramVector(text) };
  return last.vector;
}

/** Of a model, or the built-in one where none is named. */
export function embedderFor(model: string | null, calls: Pick<InnerCalls, "embed">): Embedder {
  return model === null ? ngramEmbedder : modelEmbedder(model, calls);
}

/** Vectors of one of the configured models. */
export function modelEmbedder(model: string, calls: Pick<InnerCalls, "embed">): Embedder {
  return {
    name: model,
    lexical: false,
    async embed(exchange, run, texts) {
      return (await calls.embed(exchange, run, model, texts)).map(toUnitLength);
    },
  };
}
