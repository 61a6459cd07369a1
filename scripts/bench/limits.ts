// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/bench/limits.ts`: microseconds of CPU that limits in memory add to a request, the
 * decision, its headers and its settlement together, without and with all limits of a key, its team and its model.
 */
import { cpuUsage } from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { roughTokens } from "../../lib/endpoints/token_count/estimate.ts";
import { CostCeiling } from "../../lib/stages/limits/cost_ceiling.ts";
import { limitCheck } from "../../lib/stages/limits/limit_check.ts";
import { LimitRules } from "../../lib/stages/limits/limit_rules.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import { type Limits, NO_LIMITS } from "../../lib/stores/key_records.ts";
import { MemoryLimitStore } from "../../lib/stores/limits/memory_limit_store.ts";
import { Exchange, ModelCall, type Principal } from "../../lib/telemetry/exchange.ts";
import { estimate } from "../../lib/tools/statistics.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { machine } from "../machine.ts";
import { table, withInterval } from "./table.ts";

/** What all limits of a request may add, microseconds. */
const GATE = 5;
const ROUNDS = 20;
const REQUESTS = 20_000;

const ALL: Limits = {
  rpm: 1e9,
  tpm: 1e12,
  max_parallel: 1e6,
  budgets: [{ per: "day", usd: 1e6 }, { per: "month", usd: 1e6 }],
};

const CASES: readonly (readonly [name: string, key: Limits, team: Limits, model: Limits])[] = [
  ["no limit of this key's", NO_LIMITS, NO_LIMITS, NO_LIMITS],
  ["requests of a key", { ...NO_LIMITS, rpm: 1e9 }, NO_LIMITS, NO_LIMITS],
  ["requests and tokens of a key", { ...NO_LIMITS, rpm: 1e9, tpm: 1e12 }, NO_LIMITS, NO_LIMITS],
  ["all five of a key", ALL, NO_LIMITS, NO_LIMITS],
  ["all of a key, its team and the model: fifteen", ALL, ALL, ALL],
];

const BODY = new TextEncoder().encode(JSON.stringify({
  model: "m",
  max_tokens: 100,
  messages: [{ role: "user", content: "x".repeat(1_000) }],
}));

console.log(machine());
const rows = CASES.map(([name, key, team, model]) => {
  const run = requestsOf(key, team, model);
  run(REQUESTS);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const base = cpuOf(() => without(REQUESTS));
    return (cpuOf(() => run(REQUESTS)) - base) / REQUESTS;
  });
  return { name, taken: estimate(rounds) };
});
console.log(table(["limits", "µs a request"], rows.map(({ name, taken }) => [name, withInterval(taken, 2)])));
const most = rows.find(({ name }) => name.startsWith("all five"))?.taken.median ?? NaN;
if (!(most <= GATE)) {
  console.error(`all five limits of a key take ${most.toFixed(2)} µs a request; expected ${GATE} at most`);
  Deno.exit(1);
}

/** Microseconds of CPU. */
function cpuOf(work: () => void): number {
  const before = cpuUsage();
  work();
  const { user, system } = cpuUsage(before);
  return user + system;
}

/** What the requests are made of, apart from their limits. */
function without(count: number): void {
  for (let i = 0; i < count; i++) finished(exchangeOf(null));
}

function requestsOf(key: Limits, team: Limits, model: Limits): (count: number) => void {
  const principal: Principal = {
    owner: "o",
    keyTail: "abcd",
    name: "n",
    tags: {},
    keyId: "key_1",
    team: "team_1",
    userId: "",
    access: null,
    limited: [
      { kind: "key", id: "key_1", name: "n", limits: key },
      { kind: "team", id: "team_1", name: "t", limits: team },
    ],
  };
  const check = limitCheck({
    clock: systemClock,
    rules: new LimitRules({
      keys: NO_LIMITS,
      models: new Map([["m", { name: "m", limits: model }]]),
      shares: { limits: 1, budgets: 1 },
    }),
    store: new MemoryLimitStore(systemClock),
    ceiling: new CostCeiling(new Map(), () => null),
    expectedOutput: 1_000,
    roughTokens,
    onSpent: null,
    onSpentUp: null,
  }, "tokens");
  const request = new ModelRequest(openaiChat, BODY);
  return (count) => {
    for (let i = 0; i < count; i++) {
      const exchange = exchangeOf(principal);
      check.run(exchange, request);
      finished(exchange);
    }
  };
}

function exchangeOf(principal: Principal | null): Exchange {
  const exchange = new Exchange(performance.now(), Date.now(), { finished() {} });
  exchange.principal = principal;
  exchange.call = new ModelCall("generate");
  exchange.call.inputTokens = 250;
  exchange.call.outputTokens = 20;
  exchange.call.costUsd = 0.001;
  return exchange;
}

function finished(exchange: Exchange): void {
  exchange.finish("success", 200, performance.now());
}
