import { assert, assertEquals } from "@std/assert";
import { weightedOrder } from "../../lib/stages/backends/policies.ts";
import type { Target } from "../../lib/stages/model_table.ts";

function target(model: string, weight: number): Target {
  return { provider: null as unknown as Target["provider"], model, weight, timeouts: {} };
}

Deno.test("weightedOrder() puts each target first as often as its weight says", () => {
  const targets = [target("a", 3), target("b", 1), target("c", 0)];
  let state = 42;
  const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  const first = new Map<string, number>();
  const rounds = 20_000;
  for (let i = 0; i < rounds; i++) {
    const [winner] = weightedOrder(targets, random);
    first.set(winner?.model ?? "", (first.get(winner?.model ?? "") ?? 0) + 1);
  }
  const share = (first.get("a") ?? 0) / rounds;
  assert(Math.abs(share - 0.75) < 0.015, `a came first in ${share}`);
  assertEquals(first.has("c"), false, "weight 0 never comes first while others are there");
});

Deno.test("weightedOrder() names every target once, those without weight last", () => {
  const targets = [target("none", 0), target("a", 1), target("b", 2), target("also none", 0)];
  const order = weightedOrder(targets, () => 0.999999).map((entry) => entry.model);
  assertEquals(order.slice(2), ["none", "also none"]);
  assertEquals(order.slice(0, 2).sort(), ["a", "b"]);
});
