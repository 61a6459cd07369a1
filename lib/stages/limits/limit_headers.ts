import type { LimitDecision, LimitRule } from "../../stores/limit_store.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import { addHeader } from "../add_header.ts";
import { spokenDuration } from "./spoken_duration.ts";

/**
 * Says what is left of the minute's limits, of each kind by the one of which the least is: in Anthropic's words to its
 * clients, in OpenAI's to all others.
 * @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 * @see https://platform.claude.com/docs/en/api/rate-limits#response-headers
 */
export function tellLimits(
  exchange: Exchange,
  rules: readonly LimitRule[],
  decision: LimitDecision,
  wall: number,
): void {
  tell(exchange, "requests", rules, decision, wall);
  tell(exchange, "tokens", rules, decision, wall);
}

function tell(
  exchange: Exchange,
  kind: "requests" | "tokens",
  rules: readonly LimitRule[],
  { used, resetMs }: LimitDecision,
  wall: number,
): void {
  let limit = 0;
  let remaining = Infinity;
  for (let i = 0; i < rules.length; i++) {
    const rule = rules[i] as LimitRule;
    if (rule.kind !== kind) continue;
    const left = Math.max(0, rule.limit - (used[i] ?? 0));
    if (left >= remaining) continue;
    remaining = left;
    limit = rule.limit;
  }
  if (remaining === Infinity) return;
  if (exchange.dialect === "anthropic") {
    const reset = new Date(Math.ceil((wall + resetMs) / 1000) * 1000).toISOString().replace(".000Z", "Z");
    addHeader(exchange, `anthropic-ratelimit-${kind}-limit`, String(limit));
    addHeader(exchange, `anthropic-ratelimit-${kind}-remaining`, String(remaining));
    addHeader(exchange, `anthropic-ratelimit-${kind}-reset`, reset);
    return;
  }
  addHeader(exchange, `x-ratelimit-limit-${kind}`, String(limit));
  addHeader(exchange, `x-ratelimit-remaining-${kind}`, String(remaining));
  addHeader(exchange, `x-ratelimit-reset-${kind}`, spokenDuration(resetMs));
}
