import type { Exchange } from "../exchange.ts";
import { consistentWeight } from "./consistent_sampler.ts";
import type { Sampler } from "./sampler.ts";

/** What is kept whatever the sampler said when the request arrived. */
export interface TailRuleOptions {
  readonly errors: boolean;
  readonly blocked: boolean;
  readonly fallback: boolean;
  /** Milliseconds that the whole request took; 0: no such rule. */
  readonly slowerThan: number;
  /** Milliseconds to the first content; 0: no such rule. */
  readonly ttftOver: number;
  /** US dollars; 0: no such rule. */
  readonly costOver: number;
  /** Models as clients name them. */
  readonly models: readonly string[];
  /** Names of keys. */
  readonly keys: readonly string[];
}

type Rule = readonly [reason: string, applies: (exchange: Exchange) => boolean];

/**
 * Tail sampling: looks at a finished Exchange and says whether its trace is kept, and why. Spans are built at the
 * end anyway, so this costs nothing but the comparison. It never overrules a caller that does not want the trace,
 * nor a sampler that is off.
 */
export class TailRules {
  readonly #rules: readonly Rule[];
  readonly #sampler: Sampler;

  constructor(options: TailRuleOptions, sampler: Sampler) {
    this.#sampler = sampler;
    this.#rules = sampler.off ? [] : rulesOf(options);
  }

  /** Marks the record with the reason and the weight of its trace. @returns whether the trace is kept. */
  decide(exchange: Exchange): boolean {
    if (exchange.unsampledParent) return exchange.sampled;
    for (const [reason, applies] of this.#rules) {
      if (!applies(exchange)) continue;
      exchange.samplingReason = reason;
      // Every request of this kind is kept.
      exchange.samplingWeight = 1;
      return true;
    }
    if (!exchange.sampled) return false;
    exchange.samplingReason = "head";
    exchange.samplingWeight = this.#headWeight(exchange);
    return true;
  }

  /** How many traces one stands for that the head sampler kept; NaN where a caller decided and did not say. */
  #headWeight(exchange: Exchange): number {
    const consistent = consistentWeight(exchange.traceState);
    if (!Number.isNaN(consistent)) return consistent;
    if (exchange.parentSpanId !== "" && this.#sampler.parentBased) return NaN;
    return 1 / this.#sampler.rate;
  }
}

/** Whether the answer is not the first choice's. */
function fellBack({ call }: Exchange): boolean {
  const first = call?.attempts[0];
  if (call === null || first === undefined) return false;
  return call.attempts.some(({ provider, model }) => provider !== first.provider || model !== first.model);
}

function rulesOf(options: TailRuleOptions): Rule[] {
  const { slowerThan, ttftOver, costOver } = options;
  const models = new Set(options.models);
  const keys = new Set(options.keys);
  const rules: readonly (readonly [configured: boolean, ...rule: Rule])[] = [
    [options.errors, "error", ({ outcome }) => outcome === "error"],
    [options.blocked, "blocked", ({ outcome }) => outcome === "blocked"],
    [options.fallback, "fallback", fellBack],
    [slowerThan > 0, "slow", ({ startedAt, endedAt }) => endedAt - startedAt > slowerThan],
    [ttftOver > 0, "ttft", ({ startedAt, firstByteAt }) => firstByteAt - startedAt > ttftOver],
    [costOver > 0, "cost", ({ costUsd }) => costUsd > costOver],
    [models.size > 0, "model", ({ requestedModel }) => models.has(requestedModel)],
    [keys.size > 0, "key", ({ principal }) => principal !== null && keys.has(principal.keyId)],
  ];
  return rules.flatMap(([configured, reason, applies]) => configured ? [[reason, applies] as const] : []);
}
