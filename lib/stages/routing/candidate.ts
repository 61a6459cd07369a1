import type { ModelAbility } from "../../providers/model_facts.ts";
import type { Price } from "../../telemetry/cost/price.ts";
import type { ModelEntry } from "../model_table.ts";
import type { RequestNeeds } from "./request_needs.ts";

/** A model that may be chosen, and what is known of it. */
export interface Candidate {
  readonly entry: ModelEntry;
  /** Null: nobody knows. */
  readonly can: Readonly<Record<ModelAbility, boolean | null>>;
  /** Tokens that a prompt may have; null: nobody knows. */
  readonly contextLength: number | null;
  readonly price: Price | null;
}

/** Output tokens of an answer of which nobody knows how long it may get. */
const USUAL_OUTPUT = 500;

/** Whether a model can do what a request needs, as far as that is known. */
export function fits({ can, contextLength }: Candidate, needs: RequestNeeds): boolean {
  for (const ability of needs.abilities) if (can[ability] === false) return false;
  return contextLength === null || needs.tokens <= contextLength;
}

/** What a request would cost, in US dollars for a million like it; `NaN`: nobody knows. */
export function costOfRequest({ price }: Candidate, { tokens, maxOutput }: RequestNeeds): number {
  if (price === null) return NaN;
  return tokens * (price.input ?? NaN) + (maxOutput ?? USUAL_OUTPUT) * (price.output ?? 0);
}
