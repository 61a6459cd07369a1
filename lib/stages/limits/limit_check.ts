import type { Clock } from "../../clock.ts";
import type { LimitAmounts, LimitDecision, LimitRule, LimitStore } from "../../stores/limit_store.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import { addHeader } from "../add_header.ts";
import type { RoutedRequest } from "../json_request.ts";
import type { Stage } from "../stage.ts";
import type { CostCeiling } from "./cost_ceiling.ts";
import { type ExpectedTokens, expectedTokens, type ExpectedTokensOptions } from "./expected_tokens.ts";
import { tellLimits } from "./limit_headers.ts";
import { limitName } from "./limit_names.ts";
import { limitRefused } from "./limit_refused.ts";
import type { LimitRules, RuleSet } from "./limit_rules.ts";
import { type BudgetListener, RequestHold } from "./request_hold.ts";

export interface LimitCheckOptions extends ExpectedTokensOptions {
  readonly clock: Clock;
  readonly rules: LimitRules;
  readonly store: LimitStore;
  readonly ceiling: CostCeiling;
  /** Hears of what is spent of budgets; null: nobody wants to know. */
  readonly onSpent: BudgetListener | null;
  /** Hears of requests that a budget refuses. */
  readonly onSpentUp: ((rule: LimitRule) => void) | null;
}

/** The window of a minute, with the slice that is begun. */
const WORTH_A_RETRY_MS = 65_000;
const NO_TOKENS: ExpectedTokens = { input: 0, output: 0 };

/**
 * Asks once for all limits of a request whether it may go on, before anything of it costs. What it takes it gives back
 * when its record ends.
 * @param makes tokens that cost; else it is counted as a request alone.
 */
export function limitCheck(options: LimitCheckOptions, makes: "tokens" | "nothing"): Stage<RoutedRequest> {
  const { clock, rules, store, ceiling, onSpent, onSpentUp } = options;

  function neededBy(request: RoutedRequest, { countsTokens, countsMoney }: RuleSet): LimitAmounts {
    if (makes === "nothing" || !(countsTokens || countsMoney)) return { tokens: 0, nanoUsd: 0 };
    const tokens = request.model === "" ? NO_TOKENS : expectedTokens(request, options);
    return {
      tokens: tokens.input + tokens.output,
      nanoUsd: countsMoney && request.model !== "" ? ceiling.of(request.model, tokens) : 0,
    };
  }

  function decided(
    exchange: Exchange,
    rules: readonly LimitRule[],
    needed: LimitAmounts,
    decision: LimitDecision,
  ): null {
    const { hold, refusal, used, degraded } = decision;
    const wall = clock.wall();
    tellLimits(exchange, rules, decision, wall);
    exchange.limitsDegraded = degraded;
    if (hold !== null) {
      const held = new RequestHold(hold, rules, needed, onSpent);
      if (exchange.finished) held.settle(exchange);
      else exchange.hold = held;
      return null;
    }
    if (refusal === null) throw new Error("Cannot refuse: no limit does");
    exchange.rateLimit = limitName(refusal.rule);
    if (refusal.rule.kind === "budget") onSpentUp?.(refusal.rule);
    // SDKs try a 429 again by themselves: where that is of no use for long, they are told so.
    if (refusal.waitMs > WORTH_A_RETRY_MS) addHeader(exchange, "x-should-retry", "false");
    throw limitRefused(refusal, used[rules.indexOf(refusal.rule)] ?? NaN, needed, wall);
  }

  return {
    name: "limits",
    phase: null,
    run(exchange, request) {
      const set = rules.of(exchange.principal, request.model);
      if (set.rules.length === 0) return null;
      const needed = neededBy(request, set);
      const decision = store.take(set.rules, needed);
      if (decision instanceof Promise) {
        return decision.then((late) => decided(exchange, set.rules, needed, late));
      }
      return decided(exchange, set.rules, needed, decision);
    },
  };
}
