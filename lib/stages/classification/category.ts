import type { Exchange, StageRun } from "../../telemetry/exchange.ts";

/** A kind of request, as far as a classifier has to know it. */
export interface Category {
  readonly name: string;
  /** What belongs to it, in a sentence. */
  readonly description: string;
  /** Requests of its kind. */
  readonly examples: readonly string[];
  /** Words and phrases; `*` at the end stands for any ending. */
  readonly keywords: readonly string[];
  readonly patterns: readonly RegExp[];
}

/** What a classifier holds a text for. */
export interface Verdict {
  readonly category: string;
  /** From 0 to 1; what it means is the classifier's, and what is enough is for the threshold to say. */
  readonly score: number;
}

/** The span and record that a classifier's own calls of models belong to. */
export type ClassifierRun = StageRun<never> | { readonly spanId: string };

/** Says what a text is about, or null where it cannot tell. */
export interface Classifier {
  /** For `classifier.type`. */
  readonly type: string;
  /** The model that it asks; null: it asks none, and answers at once. */
  readonly model: string | null;
  classify(exchange: Exchange, run: ClassifierRun, text: string): Verdict | null | Promise<Verdict | null>;
}
