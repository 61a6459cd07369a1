import { assertEquals, assertRejects } from "@std/assert";
import { MemorySpendStore } from "../../lib/stores/spend/memory_spend_store.ts";
import { SpendAccount } from "../../lib/stores/spend/spend_account.ts";
import type { SpendGroup } from "../../lib/stores/spend_store.ts";
import { Attempt, Exchange, ModelCall } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";

const NOON = Date.UTC(2026, 10, 25, 12);
const ALL = { since: "2026-01-01", until: "2026-12-31", where: {} };

/** Says that it failed, though what it was sent may be kept. */
class Faulty extends MemorySpendStore {
  fails: "no" | "before" | "after" = "no";
  override async add(group: SpendGroup): Promise<void> {
    if (this.fails === "before") throw new Error("away");
    await super.add(group);
    if (this.fails === "after") throw new Error("no answer within 250 ms");
  }
}

function setup() {
  const clock = new ManualClock(NOON);
  const store = new Faulty();
  const lost: number[] = [];
  const account = new SpendAccount({
    clock,
    store,
    models: () => new Map([["fast", "fast"], ["quick", "fast"]]),
    onLost: (rows) => lost.push(rows),
  });
  return { clock, store, account, lost };
}

function exchange(model: string, costUsd: number, more: (exchange: Exchange) => void = () => {}): Exchange {
  const exchange = new Exchange(0, NOON, { finished() {} });
  exchange.requestedModel = model;
  exchange.principal = principal({ keyId: "k", team: "t", userId: "u" });
  const call = exchange.call = new ModelCall("generate");
  call.provider = "up";
  call.model = "m";
  call.attempts.push(new Attempt("up", "m"));
  if (costUsd > 0) Object.assign(call, { inputTokens: 7, outputTokens: 3, costUsd });
  more(exchange);
  return exchange;
}

Deno.test("SpendAccount adds up records and gives them to the store within a second", async () => {
  const { clock, store, account } = setup();
  account.project(exchange("fast", 0.013));
  account.project(exchange("quick", 0.000_000_001));
  account.project(exchange("fast", 0, (it) => it.call = null));
  assertEquals((await store.sum(ALL, []))[0]?.requests, 0);
  clock.advance(1_000);
  await account.flush();
  assertEquals(await store.sum(ALL, ["day", "key", "team", "user", "model", "requested_model", "provider"]), [
    {
      values: ["2026-11-25", "k", "t", "u", "m", "fast", "up"],
      requests: 2,
      inputTokens: 14,
      outputTokens: 6,
      nanoUsd: 13_000_001,
    },
  ]);
});

Deno.test("SpendAccount counts a stage's own calls, as no requests", async () => {
  const { store, account } = setup();
  account.project(exchange("fast", 0.001, ({ innerCalls, call }) => innerCalls.push(call as ModelCall)));
  await account.flush();
  const [sum] = await store.sum(ALL, []);
  assertEquals([sum?.requests, sum?.nanoUsd], [1, 2_000_000]);
});

Deno.test("SpendAccount keeps no name that a client made up, unless something was answered by it", async () => {
  const { store, account } = setup();
  account.project(exchange("made-up", 0));
  account.project(exchange("wild", 0.001));
  await account.flush();
  const names = (await store.sum(ALL, ["requested_model"])).map(({ values }) => values[0]);
  assertEquals(names, ["wild", "other"]);
});

for (const fails of ["before", "after"] as const) {
  Deno.test(`SpendAccount counts once what failed ${fails} it was kept, and loses nothing of what came meanwhile`, async () => {
    const { store, account, lost } = setup();
    store.fails = fails;
    account.project(exchange("fast", 0.001));
    await assertRejects(() => account.flush());
    account.project(exchange("fast", 0.002));
    await assertRejects(() => account.flush());
    store.fails = "no";
    account.project(exchange("fast", 0.004));
    await account.close();
    const [sum] = await store.sum(ALL, []);
    assertEquals([sum?.requests, sum?.nanoUsd, lost], [3, 7_000_000, []]);
  });
}

Deno.test("SpendAccount says what it could not give away at the end", async () => {
  const { store, account, lost } = setup();
  store.fails = "before";
  account.project(exchange("fast", 0.001));
  await account.close();
  assertEquals(lost, [1]);
});
