import { assertEquals } from "@std/assert";
import { limitRefused } from "../../../lib/stages/limits/limit_refused.ts";
import { budget, parallel, requests, tokens } from "../../stores/limit_store_contract.ts";

const WALL = Date.UTC(2026, 10, 25, 23);
const USD = 1e9;

const TABLE = [
  [
    requests(3),
    3,
    12_300,
    "rate_limit_exceeded",
    13,
    "Rate limit reached for key 'a' on requests per minute (RPM): Limit 3, Used 3, Requested 1. Please try again in 13s.",
  ],
  [
    tokens(100),
    90,
    2_000,
    "rate_limit_exceeded",
    2,
    "Rate limit reached for key 'a' on tokens per minute (TPM): Limit 100, Used 90, Requested 20. Please try again in 2s.",
  ],
  [
    tokens(10),
    0,
    Infinity,
    "rate_limit_exceeded",
    null,
    "Request too large for key 'a' on tokens per minute (TPM): Limit 10, Requested 20. Shorten it, or ask for less output.",
  ],
  [
    parallel(1),
    1,
    1_000,
    "rate_limit_exceeded",
    1,
    "Rate limit reached for key 'a' on requests at a time: Limit 1, Used 1, Requested 1. Please try again in 1s.",
  ],
  [
    budget(5 * USD),
    4.99 * USD,
    3_600_000,
    "insufficient_quota",
    3600,
    "You exceeded your current quota: the budget of key 'a' is $5.00 a day, of which $4.99 are spent or reserved, and this request may cost $0.025. It is renewed at 2026-11-26T00:00:00Z.",
  ],
  [
    budget(0.01 * USD),
    0,
    Infinity,
    "insufficient_quota",
    null,
    "You exceeded your current quota: the budget of key 'a' is $0.01 a day, of which $0.00 are spent or reserved, and this request may cost $0.025. That is more than the whole budget: shorten it, or ask for less output.",
  ],
] as const;

for (const [rule, used, waitMs, code, retryAfter, message] of TABLE) {
  Deno.test(`limitRefused() by ${rule.kind} after ${waitMs} ms`, () => {
    const error = limitRefused({ rule, waitMs }, used, { tokens: 20, nanoUsd: 0.025 * USD }, WALL);
    assertEquals([error.status, error.code, error.retryAfter, error.message], [
      429,
      code,
      retryAfter,
      message,
    ]);
  });
}

Deno.test("limitRefused() says nothing of a price that nobody knows", () => {
  const error = limitRefused({ rule: budget(USD), waitMs: 1000 }, USD, { tokens: 1, nanoUsd: NaN }, WALL);
  assertEquals(error.message.includes("may cost"), false);
});
