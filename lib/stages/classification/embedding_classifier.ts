import type { Embedder } from "../embedding/embedder.ts";
import type { KnownVectors } from "../embedding/known_vectors.ts";
import { SharedVectors } from "../embedding/shared_vectors.ts";
import type { Category, Classifier, Verdict } from "./category.ts";

/** Texts that are nearest to a category count, so many. */
export interface EmbeddingClassifierOptions {
  readonly neighbours: number;
}

/**
 * The category whose examples and description are nearest to a text. The score is the mean cosine of the category's
 * nearest texts: 1 for the very same, about 0 for what has nothing in common.
 */
export function embeddingClassifier(
  categories: readonly Category[],
  embedder: Embedder,
  { neighbours }: EmbeddingClassifierOptions,
): Classifier {
  const examples = categories.flatMap(({ name, description, examples }) =>
    [...examples, ...(description === "" ? [] : [description])].map((text) => ({ name, text }))
  );
  const known = new SharedVectors(embedder, examples.map(({ text }) => text));

  function nearest(vectors: KnownVectors, text: Float32Array): Verdict | null {
    const scores = new Map<string, number[]>();
    const cosines = vectors.cosines(text);
    for (const [index, { name }] of examples.entries()) {
      const score = cosines[index] ?? 0;
      const of = scores.get(name);
      if (of === undefined) scores.set(name, [score]);
      else of.push(score);
    }
    let verdict: Verdict | null = null;
    for (const [category, all] of scores) {
      const score = meanOfBest(all, neighbours);
      if (score > (verdict?.score ?? 0)) verdict = { category, score };
    }
    return verdict;
  }

  return {
    type: embedder.lexical ? "embedding_lexical" : "embedding",
    model: embedder.lexical ? null : embedder.name,
    classify(exchange, run, text) {
      const vectors = known.get(exchange, run);
      const asked = embedder.embed(exchange, run, [text]);
      if (!(vectors instanceof Promise) && Array.isArray(asked)) return nearest(vectors, asked[0] ?? NOTHING);
      return Promise.all([vectors, asked]).then(([vectors, asked]) => nearest(vectors, asked[0] ?? NOTHING));
    },
  };
}

const NOTHING = new Float32Array();

function meanOfBest(scores: number[], count: number): number {
  const best = scores.sort((a, b) => b - a).slice(0, count);
  return best.reduce((sum, score) => sum + score, 0) / best.length;
}
