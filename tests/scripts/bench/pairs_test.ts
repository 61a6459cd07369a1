import { assertEquals } from "@std/assert";
import { type Pair, PairSamples, schedule } from "../../../scripts/bench/pairs.ts";

Deno.test("schedule() runs each pair once a round, in changing order", () => {
  const pairs: Pair[] = [["f", "control"], ["f", "u"], ["f", "nginx"], ["f", "direct"]];
  const rounds = Map.groupBy(schedule(pairs, 6), ({ round }) => round);
  const orders = [...rounds.values()].map((items) => items.map(({ pair }) => pair[1]).join());
  for (const order of orders) assertEquals(order.split(",").sort(), ["control", "direct", "nginx", "u"]);
  assertEquals(new Set(orders).size > 1, true);
});

Deno.test("PairSamples takes ratios within a round, so that a slow round weighs on both sides", () => {
  const samples = new PairSamples<number>();
  for (const [f, u] of [[10, 5], [100, 50], [20, 10]] as const) samples.add(["f", "u"], [f, u]);
  assertEquals(samples.ratio(["f", "u"], (it) => it), { median: 0.5, low: 0.5, high: 0.5 });
  assertEquals(samples.figure("f", (it) => it)?.median, 20);
  assertEquals(samples.figure("nginx", (it) => it), null);
  assertEquals(samples.ratio(["u", "f"], (it) => it), null);
});

Deno.test("PairSamples of several runs count what differs from run to run", () => {
  const runs = [0.9, 1, 1.2].map((ratio) => {
    const run = new PairSamples<number>();
    for (const f of [10, 100, 20]) run.add(["f", "u"], [f, f * ratio]);
    return run;
  });
  assertEquals(new PairSamples(runs).ratio(["f", "u"], (it) => it), { median: 1, low: 0.9, high: 1.2 });
  assertEquals(new PairSamples(runs).figure("f", (it) => it), { median: 20, low: 20, high: 20 });
  assertEquals(new PairSamples<number>().figure("f", (it) => it), null);
});
