import type { ChatRequest, JsonObject, ReasoningOptions } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { type Fields, put } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { rulesOf } from "./model_rules.ts";

/** `generationConfig.thinkingConfig`; undefined where the client gave none. */
export function decodeThinking(config: Fields | undefined): ReasoningOptions | undefined {
  const thinking = config?.optionalFields("thinkingConfig");
  if (thinking === undefined) return undefined;
  const options: ReasoningOptions = { extensions: { format: FORMAT, fields: thinking.object } };
  put(options, "effort", thinking.optionalString("thinkingLevel")?.toLowerCase());
  const budget = thinking.optionalInteger("thinkingBudget");
  // -1 leaves the amount to the model.
  if (budget !== undefined && budget < 0) options.adaptive = true;
  else put(options, "budgetTokens", budget);
  if (thinking.optionalBoolean("includeThoughts") === true) options.summary = "auto";
  return options;
}

/**
 * Budgets as Google's own OpenAI-compatible API has them.
 * @see https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 1_024,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 32_768,
};

/** Efforts from the least to the most; those above `high` are `high` here. */
const EFFORTS = ["minimal", "low", "medium", "high"] as const;

/** Least budget that is worth a level. */
const LEVEL_OF_BUDGET: readonly (readonly [tokens: number, effort: string])[] = [
  [16_384, "high"],
  [4_096, "medium"],
  [1_024, "low"],
  [0, "minimal"],
];

/** The request's `thinkingConfig`. A client of this API is taken at its word. */
export function encodeThinking(request: ChatRequest, dropped: Dropped): JsonObject | undefined {
  const { reasoning } = request;
  if (reasoning === undefined) return undefined;
  const own = ownFields(FORMAT, reasoning.extensions);
  if (own !== undefined) return own;
  const { effort, budgetTokens, adaptive } = reasoning;
  const rules = rulesOf(request.model);
  const off = effort === "none" || (effort === undefined && budgetTokens === 0);
  if (effort === undefined && budgetTokens === undefined && adaptive !== true) return undefined;
  if (rules.thinking === "none") {
    if (!off) dropped.add("reasoning");
    return undefined;
  }
  const shown = off ? {} : { includeThoughts: true };
  if (rules.thinking === "level") {
    if (effort === undefined && budgetTokens === undefined) return shown;
    const wanted = off ? "minimal" : effort ?? levelOf(budgetTokens ?? 0);
    return { ...shown, thinkingLevel: nearestLevel(wanted, rules.levels).toUpperCase() };
  }
  const [least, most] = rules.budget;
  if (off) return { thinkingBudget: rules.optional ? 0 : least };
  const wanted = budgetTokens ?? BUDGETS[effort ?? ""];
  return { ...shown, thinkingBudget: wanted === undefined ? -1 : Math.min(most, Math.max(least, wanted)) };
}

/** The level of a model's that comes nearest to an effort, or where that is not given, to a budget of tokens. */
export function levelFor(model: string, effort: string | undefined, budget: number): string {
  const { levels } = rulesOf(model);
  return nearestLevel(effort ?? levelOf(budget), levels.length > 0 ? levels : EFFORTS);
}

function levelOf(tokens: number): string {
  return LEVEL_OF_BUDGET.find(([least]) => tokens >= least)?.[1] ?? "low";
}

/** The effort's own level, else the next above it, else the most that the model has. */
function nearestLevel(effort: string, levels: readonly string[]): string {
  const at = EFFORTS.findIndex((each) => each === effort);
  const above = at === -1 ? [] : EFFORTS.slice(at);
  return above.find((each) => levels.includes(each)) ?? levels.at(-1) ?? "high";
}
