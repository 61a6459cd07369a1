import { dotProduct } from "../embedding/ngram_vectors.ts";
import type { AnswerKey } from "./answer_key.ts";

/** Where an answer is kept, by what its question means. */
interface Entry extends AnswerKey {
  readonly scope: string;
  readonly vector: Float32Array;
}

/** A question that was answered, and how near it is. */
export interface Near extends AnswerKey {
  /** Cosine. */
  readonly score: number;
}

/**
 * Vectors of questions whose answers are kept. They are compared within one scope alone: a tenant's, a model's, with
 * the same instructions, earlier turns, tools and parameters. In this process's memory, whatever keeps the answers.
 */
export class SemanticIndex {
  readonly #maxEntries: number;
  /** The oldest first. */
  readonly #entries = new Map<string, Entry>();
  readonly #scopes = new Map<string, Map<string, Entry>>();

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  /** The nearest question of the scope, if it is as near as that. */
  nearest(scope: string, vector: Float32Array, threshold: number): Near | null {
    let best: Entry | null = null;
    let score = threshold;
    for (const entry of this.#scopes.get(scope)?.values() ?? []) {
      const cosine = dotProduct(entry.vector, vector);
      if (cosine < score) continue;
      score = cosine;
      best = entry;
    }
    return best === null ? null : { owner: best.owner, key: best.key, score };
  }

  add(scope: string, vector: Float32Array, { owner, key }: AnswerKey): void {
    this.remove(key);
    const entry = { scope, vector, owner, key };
    this.#entries.set(key, entry);
    const scoped = this.#scopes.get(scope);
    if (scoped === undefined) this.#scopes.set(scope, new Map([[key, entry]]));
    else scoped.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries) break;
      this.remove(oldest);
    }
  }

  /** The answer is not kept any more. */
  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    const scoped = this.#scopes.get(entry.scope);
    scoped?.delete(key);
    if (scoped?.size === 0) this.#scopes.delete(entry.scope);
  }
}
