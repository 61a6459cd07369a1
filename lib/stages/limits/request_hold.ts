import type { LimitAmounts, LimitHold, LimitRule } from "../../stores/limit_store.ts";
import type { Exchange, ModelCall } from "../../telemetry/exchange.ts";
import { NANO_USD } from "./limit_rules.ts";

/** Hears what is spent of a budget, billionths of a US dollar. */
export type BudgetListener = (rule: LimitRule, spent: number) => void;

/** What a request has taken of its limits; its record gives it back when it ends, however it does. */
export class RequestHold {
  readonly #hold: LimitHold;
  readonly #rules: readonly LimitRule[];
  readonly #taken: LimitAmounts;
  readonly #onSpent: BudgetListener | null;

  constructor(
    hold: LimitHold,
    rules: readonly LimitRule[],
    taken: LimitAmounts,
    onSpent: BudgetListener | null,
  ) {
    this.#hold = hold;
    this.#rules = rules;
    this.#taken = taken;
    this.#onSpent = onSpent;
  }

  /** Called once the record's cost is known. */
  settle(exchange: Exchange): void {
    const settled = this.#hold.settle(usedBy(exchange, this.#taken));
    const onSpent = this.#onSpent;
    if (onSpent === null) return;
    settled.then((spent) => {
      this.#rules.forEach((rule, i) => {
        const now = spent[i];
        if (now !== undefined && !Number.isNaN(now)) onSpent(rule, now);
      });
    });
  }
}

/** What a request has used after all, by its record. */
function usedBy(exchange: Exchange, taken: LimitAmounts): LimitAmounts {
  const { call, innerCalls } = exchange;
  let tokens = call === null ? 0 : tokensOf(call, taken.tokens);
  let nanoUsd = call === null ? 0 : nanoUsdOf(call);
  for (const inner of innerCalls) {
    tokens += tokensOf(inner, 0);
    nanoUsd += nanoUsdOf(inner);
  }
  return { tokens, nanoUsd };
}

/** What a call has cost, billionths of a US dollar; 0 where nobody knows. */
function nanoUsdOf({ costUsd }: ModelCall): number {
  return costUsd > 0 ? Math.round(costUsd * NANO_USD) : 0;
}

/** @param otherwise of a call that came to its end though nobody counted. */
function tokensOf({ inputTokens, outputTokens, status }: ModelCall, otherwise: number): number {
  if (!(inputTokens >= 0) && !(outputTokens >= 0)) return status === "success" ? otherwise : 0;
  return (inputTokens >= 0 ? inputTokens : 0) + (outputTokens >= 0 ? outputTokens : 0);
}
