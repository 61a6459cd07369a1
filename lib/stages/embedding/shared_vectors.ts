import type { Exchange, StageRun } from "../../telemetry/exchange.ts";
import type { Embedder } from "./embedder.ts";
import { KnownVectors } from "./known_vectors.ts";

/** Texts that a model is asked for at once. */
const BATCH = 100;

/** Vectors of texts that do not change: made once, for the first who asks, and again only where that failed. */
export class SharedVectors {
  readonly #embedder: Embedder;
  readonly #texts: readonly string[];
  #vectors: KnownVectors | Promise<KnownVectors> | null;

  constructor(embedder: Embedder, texts: readonly string[]) {
    this.#embedder = embedder;
    this.#texts = texts;
    this.#vectors = texts.length === 0 ? new KnownVectors([]) : null;
  }

  /** In the order of the texts; at once where they are at hand. @throws whatever the embedder throws. */
  get(
    exchange: Exchange,
    run: StageRun<never> | { readonly spanId: string },
  ): KnownVectors | Promise<KnownVectors> {
    if (this.#vectors !== null) return this.#vectors;
    const batches: (Float32Array[] | Promise<Float32Array[]>)[] = [];
    for (let at = 0; at < this.#texts.length; at += BATCH) {
      batches.push(this.#embedder.embed(exchange, run, this.#texts.slice(at, at + BATCH)));
    }
    if (batches.every((batch) => Array.isArray(batch))) {
      return this.#vectors = new KnownVectors(batches.flat());
    }
    const made = Promise.all(batches).then(
      (vectors) => this.#vectors = new KnownVectors(vectors.flat()),
      (error) => {
        this.#vectors = null;
        throw error;
      },
    );
    this.#vectors = made;
    return made;
  }
}
