import type { ChatRequest, JsonObject, ReasoningOptions } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { type Fields, put } from "../shape.ts";
import type { ModelRules } from "./model_rules.ts";

const FORMAT = "anthropic_messages";

/** `thinking` and `output_config.effort`; undefined where the client gave neither. */
export function decodeThinking(body: Fields): ReasoningOptions | undefined {
  const thinking = body.optionalFields("thinking");
  const effort = body.optionalFields("output_config")?.optionalString("effort");
  if (thinking === undefined && effort === undefined) return undefined;
  const options: ReasoningOptions = {};
  put(options, "effort", effort);
  const fields: JsonObject = {};
  if (thinking !== undefined) {
    fields.thinking = thinking.object;
    readThinking(thinking, options);
  }
  options.extensions = { format: FORMAT, fields };
  return options;
}

function readThinking(thinking: Fields, options: ReasoningOptions): void {
  switch (thinking.raw("type")) {
    case "enabled":
      options.budgetTokens = thinking.optionalInteger("budget_tokens") ??
        thinking.fail("budget_tokens", "an integer");
      break;
    case "disabled":
      options.budgetTokens = 0;
      return;
    case "adaptive":
      options.adaptive = true;
      break;
    default:
      return;
  }
  // Who thinks here is shown the thoughts, unless they ask not to be.
  if (thinking.raw("display") !== "omitted") options.summary = "auto";
}

/** Tokens for an effort, on models that take a budget. The API's least is 1,024. */
const BUDGETS: Readonly<Record<string, number>> = {
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};
const LEAST_BUDGET = 1_024;
/** What part of `max_tokens` thinking may take, so that an answer still fits. */
const BUDGET_SHARE = 0.8;

/** OpenAI's efforts → Anthropic's. `xhigh` where the model has none is `high`. */
const EFFORTS: Readonly<Record<string, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "xhigh",
  max: "max",
};

/** What a request says about thinking, in the API's words. */
export interface Thinking {
  readonly thinking?: JsonObject;
  readonly effort?: string;
}

/**
 * Thinking for the model. A client of this API is taken at its word. For others an effort becomes adaptive
 * thinking or a budget, whichever the model has; where neither can be had, `reasoning` is reported.
 */
export function encodeThinking(
  request: ChatRequest,
  rules: ModelRules,
  maxTokens: number,
  dropped: Dropped,
): Thinking {
  const { reasoning } = request;
  if (reasoning === undefined) return {};
  const own = ownFields(FORMAT, reasoning.extensions);
  if (own !== undefined) {
    return { ...own, ...(reasoning.effort !== undefined && { effort: reasoning.effort }) };
  }
  const { effort } = reasoning;
  if (effort === "none" || reasoning.budgetTokens === 0) return withoutThinking(rules);
  if (effort === undefined && reasoning.budgetTokens === undefined && reasoning.adaptive !== true) return {};
  if (rules.thinking === "none" || forcesTool(request)) {
    dropped.add("reasoning");
    return {};
  }
  return rules.thinking === "adaptive" ? adaptive(reasoning, rules) : budget(request, maxTokens, dropped);
}

/** Some models think in any case: then as little as they can. Models that take budgets think only if asked. */
function withoutThinking(rules: ModelRules): Thinking {
  if (rules.thinking !== "adaptive") return {};
  return rules.thinkingOptional ? { thinking: { type: "disabled" } } : { effort: "low" };
}

function adaptive(reasoning: ReasoningOptions, rules: ModelRules): Thinking {
  // Newer models hide their thoughts unless asked for them.
  const thinking = { type: "adaptive", display: "summarized" };
  const named = EFFORTS[reasoning.effort ?? ""];
  if (named === undefined) return { thinking };
  return { thinking, effort: named === "xhigh" && !rules.xhigh ? "high" : named };
}

function budget(request: ChatRequest, maxTokens: number, dropped: Dropped): Thinking {
  const { budgetTokens, effort } = request.reasoning ?? {};
  const wanted = budgetTokens ?? BUDGETS[effort ?? "medium"] ?? BUDGETS.medium ?? LEAST_BUDGET;
  const tokens = Math.min(wanted, Math.floor(maxTokens * BUDGET_SHARE));
  if (tokens < LEAST_BUDGET || continuesUnsignedTurn(request)) {
    dropped.add("reasoning");
    return {};
  }
  return { thinking: { type: "enabled", budget_tokens: tokens } };
}

/** The API refuses to think where a call is forced. */
function forcesTool(request: ChatRequest): boolean {
  const choice = request.toolChoice?.type;
  return request.tools !== undefined && (choice === "required" || choice === "tool");
}

/**
 * With a budget, a turn whose calls are being answered must have begun with signed thinking. A client of
 * another API may not have kept it; the turn then goes on without thinking, which the API allows.
 */
function continuesUnsignedTurn(request: ChatRequest): boolean {
  if (request.messages.at(-1)?.role !== "tool") return false;
  const turn = request.messages.findLast((message) => message.role === "assistant");
  return turn !== undefined && !turn.parts.some((part) =>
    part.type === "reasoning" &&
    (part.redacted !== undefined || (part.signature !== undefined && part.signatureFormat === FORMAT))
  );
}
