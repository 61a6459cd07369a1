import { assert, assertEquals } from "@std/assert";
import { backoff, RetryBudget } from "../../../lib/stages/upstream/retry_policy.ts";
import { ManualClock } from "../../manual_clock.ts";

Deno.test("RetryBudget allows three retries to a quiet gateway and no fourth", () => {
  const budget = new RetryBudget(0.2, new ManualClock());
  budget.request();
  assertEquals([1, 2, 3, 4].map(() => budget.retry()), [true, true, true, false]);
});

Deno.test("RetryBudget bounds retries to its share of the requests", () => {
  const budget = new RetryBudget(0.2, new ManualClock());
  for (let i = 0; i < 100; i++) budget.request();
  let allowed = 0;
  for (let i = 0; i < 100; i++) if (budget.retry()) allowed++;
  assertEquals(allowed, 20);
});

Deno.test("RetryBudget forgets what is older than two windows", () => {
  const clock = new ManualClock();
  const budget = new RetryBudget(0.2, clock);
  for (let i = 0; i < 3; i++) budget.retry();
  clock.advance(10_000);
  assertEquals(budget.retry(), false, "the window before still counts");
  clock.advance(20_000);
  assertEquals(budget.retry(), true);
});

const OPTIONS = { attempts: 2, baseDelay: 100, maxDelay: 1000, maxRetryAfter: 5000 };

Deno.test("backoff() draws from a range that doubles up to its limit", () => {
  const longest = (retried: number) => backoff(OPTIONS, retried, null, () => 1);
  assertEquals([0, 1, 2, 3, 4, 10].map(longest), [100, 200, 400, 800, 1000, 1000]);
  assertEquals(backoff(OPTIONS, 3, null, () => 0), 0);
});

Deno.test("backoff() waits as long as the provider asked, and not at all for nonsense or too long", () => {
  const cases: [number, number | null][] = [[1, 1000], [0, 50], [5, 5000], [6, null], [-1, null], [
    NaN,
    null,
  ]];
  for (const [retryAfter, expected] of cases) {
    assertEquals(backoff(OPTIONS, 0, retryAfter, () => 0.5), expected, `Retry-After: ${retryAfter}`);
  }
  assert((backoff(OPTIONS, 3, 0.1, () => 1) ?? 0) === 800, "jitter may wait longer than asked");
});
