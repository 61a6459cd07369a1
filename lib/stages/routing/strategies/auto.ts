import { type Candidate, costOfRequest } from "../candidate.ts";
import type { LatencyBoard } from "../latency_board.ts";
import type { RoutingChoice, RoutingQuestion, Strategy } from "../strategy.ts";

/** What counts how much. */
export interface AutoWeights {
  readonly quality: number;
  readonly cost: number;
  readonly latency: number;
}

export interface AutoOptions {
  readonly weights: AutoWeights;
  /** Scores of models, by category. */
  readonly scores: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly latencies: LatencyBoard;
  /** What is chosen where no category speaks for a model; null: the cheapest and fastest. */
  readonly defaultModel: string | null;
}

/**
 * By how well models do what the request is about, how cheap they are and how soon they answer: the largest weighted
 * sum of the three, each from 0 to 1.
 */
export function autoStrategy({ weights, scores, latencies, defaultModel }: AutoOptions): Strategy {
  return {
    name: "auto",
    model: null,
    choose(question: RoutingQuestion): RoutingChoice | null {
      const { category, candidates, needs } = question;
      const qualities = scores.get(category);
      const rated = qualities === undefined
        ? []
        : candidates.filter(({ entry }) => qualities.has(entry.name));
      if (rated.length === 0 && candidates.some(({ entry }) => entry.name === defaultModel)) return null;
      const choosable = rated.length > 0 ? rated : candidates;
      const costs = shares(choosable.map((candidate) => costOfRequest(candidate, needs)));
      const times = shares(choosable.map(({ entry }) => latencies.get(entry.name)));
      let best: { readonly candidate: Candidate; readonly sum: number; readonly quality: number } | null =
        null;
      for (const [index, candidate] of choosable.entries()) {
        const quality = qualities?.get(candidate.entry.name) ?? 0;
        const sum = weights.quality * quality + weights.cost * (costs[index] ?? 0) +
          weights.latency * (times[index] ?? 0);
        if (best === null || sum > best.sum) best = { candidate, sum, quality };
      }
      if (best === null) return null;
      return {
        model: best.candidate.entry.name,
        reason: rated.length > 0
          ? `best for ${category} (${best.quality})`
          : "cheapest and fastest that fits",
      };
    },
  };
}

/** How good each value is among all, the smaller the better: 0 for the largest and for what nobody knows. */
function shares(values: readonly number[]): number[] {
  const most = Math.max(0, ...values.filter((value) => value >= 0));
  return values.map((value) => value >= 0 && most > 0 ? 1 - value / most : 0);
}
