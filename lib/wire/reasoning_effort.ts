import type { ReasoningOptions } from "./canonical.ts";

/** Thinking budgets (Anthropic) as the effort that comes nearest: the largest whose budget they reach. */
const EFFORT_OF_BUDGET: readonly [tokens: number, effort: string][] = [
  [24_576, "high"],
  [8_192, "medium"],
  [1, "low"],
];

/**
 * The effort that OpenAI's formats say. Thinking that was switched off has none: leaving the field out is what
 * models without reasoning want anyway, and they refuse the field. Nor has adaptive thinking, which leaves the
 * choice to the model as leaving out does.
 */
export function effortOf(reasoning: ReasoningOptions): string | undefined {
  const budget = reasoning.budgetTokens ?? 0;
  return reasoning.effort ?? EFFORT_OF_BUDGET.find(([tokens]) => budget >= tokens)?.[1];
}
