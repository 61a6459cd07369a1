import { GatewayError } from "../../errors.ts";
import { amountOf } from "../../stores/limits/judge.ts";
import type { LimitAmounts, LimitRefusal } from "../../stores/limit_store.ts";
import { COUNTED } from "./limit_names.ts";
import { NANO_USD } from "./limit_rules.ts";
import { spokenDuration } from "./spoken_duration.ts";

/**
 * What a client is told whose request a limit refuses: which limit, what it is, and when to come again.
 * @param used by now of the limit.
 * @param wall now, milliseconds since the epoch.
 */
export function limitRefused(
  { rule, waitMs }: LimitRefusal,
  used: number,
  needed: LimitAmounts,
  wall: number,
): GatewayError {
  const { scope, name, kind, limit, period } = rule;
  const amount = amountOf(rule, needed);
  const retryAfter = Number.isFinite(waitMs) ? Math.ceil(waitMs / 1000) : undefined;
  if (kind === "budget") {
    const budget = `${dollars(limit)} a ${period}, of which ${dollars(used)} are spent or reserved`;
    const asked = Number.isNaN(amount) ? "" : `, and this request may cost ${dollars(amount)}`;
    const hint = retryAfter === undefined
      ? "That is more than the whole budget: shorten it, or ask for less output."
      : `It is renewed at ${new Date(wall + waitMs).toISOString().replace(".000Z", "Z")}.`;
    const message =
      `You exceeded your current quota: the budget of ${scope} '${name}' is ${budget}${asked}. ${hint}`;
    return new GatewayError("insufficient_quota", message, { retryAfter });
  }
  const what = `${scope} '${name}' on ${COUNTED[kind]}: Limit ${limit}`;
  if (retryAfter === undefined) {
    return new GatewayError(
      "rate_limit_exceeded",
      `Request too large for ${what}, Requested ${amount}. Shorten it, or ask for less output.`,
    );
  }
  return new GatewayError(
    "rate_limit_exceeded",
    `Rate limit reached for ${what}, Used ${used}, Requested ${amount}. Please try again in ${
      spokenDuration(waitMs)
    }.`,
    { retryAfter },
  );
}

function dollars(nanoUsd: number): string {
  const usd = nanoUsd / NANO_USD;
  return `$${usd >= 1 || usd === 0 ? usd.toFixed(2) : Number(usd.toPrecision(3))}`;
}
