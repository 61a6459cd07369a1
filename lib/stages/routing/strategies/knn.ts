import type { Embedder } from "../../embedding/embedder.ts";
import type { KnownVectors } from "../../embedding/known_vectors.ts";
import { SharedVectors } from "../../embedding/shared_vectors.ts";
import type { RoutingChoice, RoutingQuestion, Strategy } from "../strategy.ts";

export interface KnnOptions {
  readonly prompts: readonly {
    readonly prompt: string;
    /** How well models did it, by name. */
    readonly scores: Readonly<Record<string, number>>;
  }[];
  readonly embedder: Embedder;
  readonly neighbours: number;
  /** The least cosine that counts. */
  readonly threshold: number;
}

/**
 * The model that did best on the prompts that are most like this one: each of the nearest votes for the models that
 * did it, by how well they did and how near it is.
 */
export function knnStrategy({ prompts, embedder, neighbours, threshold }: KnnOptions): Strategy {
  const known = new SharedVectors(embedder, prompts.map(({ prompt }) => prompt));

  function voted(
    vectors: KnownVectors,
    asked: Float32Array,
    { candidates }: RoutingQuestion,
  ): RoutingChoice | null {
    const nearest: { index: number; near: number }[] = [];
    for (const [index, near] of vectors.cosines(asked).entries()) {
      if (near >= threshold) nearest.push({ index, near });
    }
    nearest.sort((a, b) => b.near - a.near).splice(neighbours);
    const votes = new Map<string, number>();
    for (const { index, near } of nearest) {
      for (const [model, score] of Object.entries(prompts[index]?.scores ?? {})) {
        votes.set(model, (votes.get(model) ?? 0) + near * score);
      }
    }
    let best: { readonly model: string; readonly sum: number } | null = null;
    for (const { entry: { name } } of candidates) {
      const sum = votes.get(name) ?? 0;
      if (sum > (best?.sum ?? 0)) best = { model: name, sum };
    }
    if (best === null) return null;
    const count = nearest.length;
    return { model: best.model, reason: `best on ${count} similar prompt${count === 1 ? "" : "s"}` };
  }

  return {
    name: "llmrouter-knn",
    model: embedder.lexical ? null : embedder.name,
    choose(question) {
      const text = question.text();
      if (text === "") return null;
      const vectors = known.get(question.exchange, question.run);
      const asked = embedder.embed(question.exchange, question.run, [text]);
      if (!(vectors instanceof Promise) && Array.isArray(asked)) {
        return voted(vectors, asked[0] ?? NOTHING, question);
      }
      return Promise.all([vectors, asked])
        .then(([vectors, asked]) => voted(vectors, asked[0] ?? NOTHING, question));
    },
  };
}

const NOTHING = new Float32Array();
