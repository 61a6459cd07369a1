import { assert, assertEquals } from "@std/assert";
import { Backend } from "../../../lib/stages/backends/backend.ts";
import { orderBy, type Policy, stickyOrder } from "../../../lib/stages/backends/policies.ts";
import type { Target } from "../../../lib/stages/model_table.ts";
import { ModelCall } from "../../../lib/telemetry/exchange.ts";
import { mulberry32 } from "../../../lib/tools/statistics.ts";
import { ManualClock } from "../../manual_clock.ts";

const clock = new ManualClock();

interface State {
  readonly weight?: number;
  readonly busy?: number;
  readonly latency?: number;
  readonly tokens?: number;
}

function target(model: string, { weight = 1, busy = 0, latency, tokens = 0 }: State = {}): Target {
  const breaker = { failures: 5, baseDelay: 1000, maxDelay: 5000 };
  const backend = new Backend("p", model, "", {
    clock,
    random: () => 0.5,
    maxRest: 60_000,
    breaker,
    changed: () => {},
  });
  const call = Object.assign(new ModelCall("generate"), { provider: "p", model, inputTokens: tokens });
  if (latency !== undefined || tokens > 0) {
    backend.enter(call);
    backend.leave({ good: true, latencyMs: latency ?? NaN, restMs: 0 });
  }
  for (let i = 0; i < busy; i++) backend.enter(new ModelCall("generate"));
  return { provider: { name: "p" } as Target["provider"], model, weight, timeouts: {}, backend };
}

const PRICES: Readonly<Record<string, number>> = { a: 3, b: 1, c: NaN };

function order(policy: Policy, targets: readonly Target[], random: () => number = mulberry32(1)): string {
  const price = ({ model }: Target) => PRICES[model] ?? NaN;
  return orderBy(policy, targets, { random, price }).map(({ model }) => model).join("");
}

const ROWS: readonly (readonly [Policy, readonly Target[], string])[] = [
  ["priority", [target("a", { weight: 0 }), target("b"), target("c")], "abc"],
  ["least_busy", [target("a", { busy: 3 }), target("b", { busy: 1 }), target("c", { busy: 2 })], "bca"],
  ["least_busy", [target("a", { busy: 3, weight: 4 }), target("b", { busy: 1 })], "ab"],
  ["latency", [target("a", { latency: 90 }), target("b", { latency: 10 })], "ba"],
  ["latency", [target("a", { latency: 90 }), target("b", { latency: 50, busy: 3 })], "ab"],
  ["cost", [target("a"), target("b"), target("c")], "bac"],
  ["least_used", [target("a", { tokens: 9 }), target("b", { tokens: 1 }), target("c", { tokens: 5 })], "bca"],
  ["cost", [target("b", { weight: 0 }), target("a")], "ab"],
];

ROWS.forEach(([policy, targets, expected], index) => {
  Deno.test(`orderBy() ${policy}, case ${index}`, () => assertEquals(order(policy, targets), expected));
});

Deno.test("orderBy() latency draws two and takes the better, so that the best is not run over", () => {
  const targets = [target("a", { latency: 10 }), target("b", { latency: 20 }), target("c", { latency: 30 })];
  const random = mulberry32(7);
  const first = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const [chosen = ""] = order("latency", targets, random);
    first.set(chosen, (first.get(chosen) ?? 0) + 1);
  }
  const share = (model: string) => (first.get(model) ?? 0) / 3000;
  // Of three pairs a wins two and b one; c, the worst, none.
  assert(
    Math.abs(share("a") - 2 / 3) < 0.05 && Math.abs(share("b") - 1 / 3) < 0.05,
    `${share("a")} ${share("b")}`,
  );
  assertEquals(share("c"), 0);
});

Deno.test("stickyOrder() gives a key the same target, and only those of a lost target another", () => {
  const targets = ["a", "b", "c", "d"].map((model) => target(model));
  const left = targets.slice(0, 3);
  const first = (of: readonly Target[], key: string) => stickyOrder(of, key)[0]?.model;
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000; i++) {
    const before = first(targets, `conversation ${i}`) ?? "";
    assertEquals(first([...targets].reverse(), `conversation ${i}`), before);
    if (before !== "d") assertEquals(first(left, `conversation ${i}`), before);
    counts.set(before, (counts.get(before) ?? 0) + 1);
  }
  assert([...counts.values()].every((count) => Math.abs(count - 500) < 100), `${[...counts]}`);
});
