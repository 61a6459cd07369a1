import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import type { Target } from "../../../lib/stages/model_table.ts";
import { AttemptOrder } from "../../../lib/stages/upstream/attempt_order.ts";
import type { AttemptFailure, RetryAdvice } from "../../../lib/stages/upstream/failure.ts";
import { RetryBudget } from "../../../lib/stages/upstream/retry_policy.ts";
import { ManualClock } from "../../manual_clock.ts";

/** Targets by name; those that begin with the same letter have one provider. */
function targets(...names: string[]): Target[] {
  const providers = new Map<string, Target["provider"]>();
  return names.map((model) => {
    const letter = model.slice(0, 1);
    const provider = providers.get(letter) ?? { name: letter } as Target["provider"];
    providers.set(letter, provider);
    return { provider, model, weight: 1, timeouts: {} };
  });
}

function failure(advice: RetryAdvice, retryAfter?: number): AttemptFailure {
  return { advice, error: new GatewayError("upstream_error", "x", { retryAfter }) };
}

function setup(names: string[], options: { attempts?: number; spent?: boolean } = {}) {
  const clock = new ManualClock();
  const budget = new RetryBudget(options.spent ? 0 : 1, clock);
  if (options.spent) { for (let i = 0; i < 3; i++) budget.retry(); }
  const [first, ...rest] = targets(...names);
  const retry = { attempts: options.attempts ?? 9, baseDelay: 100, maxDelay: 800, maxRetryAfter: 5000 };
  const order = new AttemptOrder(first as Target, rest, { clock, budget, retry, random: () => 1 });
  return { clock, order };
}

/** The targets that are asked, each with the wait before it. */
function walk(
  names: string[],
  failures: AttemptFailure[],
  options: Parameters<typeof setup>[1] = {},
): string[] {
  const { clock, order } = setup(names, options);
  const asked = [order.target.model];
  for (const each of failures) {
    const wait = order.next(each);
    if (wait === null) return [...asked, "-"];
    asked.push(wait === 0 ? order.target.model : `${order.target.model} after ${wait}`);
    clock.advance(wait);
  }
  return asked;
}

const backoff = failure("backoff");

Deno.test("AttemptOrder asks every target once without a wait, then the one that has rested longest", () => {
  assertEquals(walk(["a", "b", "c"], [backoff, backoff, backoff, backoff]), [
    "a",
    "b",
    "c",
    "a after 100",
    "b after 100",
  ]);
});

Deno.test("AttemptOrder asks an only target again with growing waits", () => {
  assertEquals(walk(["a"], [backoff, backoff, failure("at_once")]), [
    "a",
    "a after 100",
    "a after 200",
    "a after 400",
  ]);
});

Deno.test("AttemptOrder stops at once where the request is at fault, and after the configured attempts", () => {
  assertEquals(walk(["a", "b"], [failure("never")]), ["a", "-"]);
  assertEquals(walk(["a", "b"], [backoff], { attempts: 0 }), ["a", "-"]);
  assertEquals(walk(["a", "b", "c"], [backoff, backoff], { attempts: 1 }), ["a", "b", "-"]);
});

Deno.test("AttemptOrder leaves out every target of a provider that refuses us", () => {
  assertEquals(walk(["a1", "b1", "a2", "b2"], [failure("elsewhere"), backoff]), ["a1", "b1", "b2"]);
  assertEquals(walk(["a1", "a2"], [failure("elsewhere")]), ["a1", "-"]);
});

Deno.test("AttemptOrder keeps a target's Retry-After, and leaves out one that asks for too much", () => {
  assertEquals(walk(["a", "b"], [failure("backoff", 3), backoff, backoff]), [
    "a",
    "b",
    "b after 200",
    "b after 400",
  ]);
  assertEquals(walk(["a"], [failure("backoff", 3)]), ["a", "a after 3000"]);
  for (const nonsense of [6, -1, NaN]) {
    assertEquals(walk(["a", "b"], [failure("backoff", nonsense), failure("elsewhere")]), ["a", "b", "-"]);
  }
});

Deno.test("AttemptOrder draws on the budget for asking a provider again, not for going on to the next", () => {
  assertEquals(walk(["a", "b"], [backoff, backoff], { spent: true }), ["a", "b", "-"]);
  assertEquals(
    walk(["a1", "a2", "b"], [backoff], { spent: true }),
    ["a1", "-"],
    "another model of it is its load too",
  );
});

Deno.test("AttemptOrder asks with another key at once, within the attempts, whatever the budget", () => {
  const refused = failure("other_key", 30);
  assertEquals(walk(["a", "b"], [refused, backoff], { spent: true }), ["a", "a", "b"]);
  assertEquals(walk(["a"], [refused, refused], { attempts: 1 }), ["a", "a", "-"]);
});
