import { assertEquals } from "@std/assert";
import { Attempt, Exchange, ModelCall } from "../../../lib/telemetry/exchange.ts";
import { createSampler, type SamplerOptions } from "../../../lib/telemetry/sampling/sampler.ts";
import { type TailRuleOptions, TailRules } from "../../../lib/telemetry/sampling/tail_rules.ts";
import { principal } from "../../principal.ts";

const NONE: TailRuleOptions = {
  errors: false,
  blocked: false,
  fallback: false,
  slowerThan: 0,
  ttftOver: 0,
  costOver: 0,
  models: [],
  keys: [],
};

interface Facts {
  readonly outcome?: Exchange["outcome"];
  readonly ms?: number;
  readonly ttft?: number;
  readonly change?: (exchange: Exchange) => void;
}

function ended({ outcome = "success", ms = 100, ttft = 10, change }: Facts = {}): Exchange {
  const exchange = new Exchange(1000, 0, { finished: () => {} });
  exchange.traced = true;
  exchange.firstByteAt = 1000 + ttft;
  exchange.requestedModel = "gpt";
  exchange.principal = principal({ keyTail: "1234", name: "web", keyId: "web" });
  change?.(exchange);
  exchange.finish(outcome || "success", 200, 1000 + ms);
  return exchange;
}

function called(...attempts: readonly (readonly [provider: string, model: string])[]) {
  return (exchange: Exchange) => {
    const call = new ModelCall("generate");
    for (const [provider, model] of attempts) call.attempts.push(new Attempt(provider, model));
    exchange.call = call;
  };
}

const RULES: readonly (readonly [reason: string, Partial<TailRuleOptions>, kept: Facts, dropped: Facts])[] = [
  ["error", { errors: true }, { outcome: "error" }, { outcome: "rejected" }],
  ["blocked", { blocked: true }, { outcome: "blocked" }, { outcome: "error" }],
  [
    "fallback",
    { fallback: true },
    { change: called(["a", "m"], ["b", "m"]) },
    { change: called(["a", "m"], ["a", "m"]) },
  ],
  ["fallback", { fallback: true }, { change: called(["a", "m"], ["a", "n"]) }, {
    change: called(["a", "m"]),
  }],
  ["slow", { slowerThan: 500 }, { ms: 501 }, { ms: 500 }],
  ["ttft", { ttftOver: 50 }, { ttft: 51 }, { ttft: 50 }],
  ["ttft", { ttftOver: 50 }, { ttft: 51, outcome: "cancelled" }, { ttft: NaN, ms: 9000 }],
  ["cost", { costOver: 0.5 }, { change: (it) => it.costUsd = 0.51 }, { change: (it) => it.costUsd = 0.5 }],
  ["cost", { costOver: 0.5 }, { change: (it) => it.costUsd = 1 }, {}],
  ["model", { models: ["gpt"] }, {}, { change: (it) => it.requestedModel = "other" }],
  ["key", { keys: ["web"] }, {}, { change: (it) => it.principal = null }],
];

const TENTH: SamplerOptions = { type: "parentbased_traceidratio", rate: 0.1 };

for (const [reason, rule, kept, dropped] of RULES) {
  Deno.test(`TailRules keep by the rule "${reason}" what the head let go, with weight 1`, () => {
    const rules = new TailRules({ ...NONE, ...rule }, createSampler(TENTH));
    const exchange = ended(kept);
    assertEquals(rules.decide(exchange), true);
    assertEquals([exchange.samplingReason, exchange.samplingWeight], [reason, 1]);
    const other = ended(dropped);
    assertEquals(rules.decide(other), false);
    assertEquals([other.samplingReason, other.samplingWeight], ["", NaN]);
  });
}

Deno.test("TailRules keep the floor with its weight, and a rule's reason comes first", () => {
  const rules = new TailRules({ ...NONE, errors: true }, createSampler(TENTH));
  const floor = ended({ change: (it) => it.sampled = true });
  assertEquals([rules.decide(floor), floor.samplingReason, floor.samplingWeight], [true, "head", 10]);
  const both = ended({ outcome: "error", change: (it) => it.sampled = true });
  assertEquals([rules.decide(both), both.samplingReason, both.samplingWeight], [true, "error", 1]);
  const callers = ended({
    change: (it) => {
      it.sampled = true;
      it.parentSpanId = "1".repeat(16);
    },
  });
  assertEquals([rules.decide(callers), callers.samplingWeight], [true, NaN], "the caller chose");
  const consistent = ended({
    change: (it) => {
      it.sampled = true;
      it.parentSpanId = "1".repeat(16);
      it.traceState = "ot=th:c";
    },
  });
  assertEquals([rules.decide(consistent), consistent.samplingWeight], [true, 4], "and said how");
});

Deno.test("TailRules never act against a caller that does not want the trace", () => {
  const rules = new TailRules({ ...NONE, errors: true }, createSampler(TENTH));
  const unwanted = ended({ outcome: "error", change: (it) => it.unsampledParent = true });
  assertEquals([rules.decide(unwanted), unwanted.samplingReason], [false, ""]);
});

for (const type of ["never", "always_off"] as const) {
  Deno.test(`TailRules never act under ${type}`, () => {
    const rules = new TailRules({ ...NONE, errors: true }, createSampler({ type }));
    assertEquals(rules.decide(ended({ outcome: "error" })), false);
  });
}

Deno.test("TailRules act under parentbased_always_off, which only says where traces that begin here begin", () => {
  const rules = new TailRules({ ...NONE, errors: true }, createSampler({ type: "parentbased_always_off" }));
  assertEquals(rules.decide(ended({ outcome: "error" })), true);
});
