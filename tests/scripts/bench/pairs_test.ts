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
