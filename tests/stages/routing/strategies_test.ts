import { assert, assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { modelEmbedder, ngramEmbedder } from "../../../lib/stages/embedding/embedder.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import type { Candidate } from "../../../lib/stages/routing/candidate.ts";
import { LatencyBoard, withLatency } from "../../../lib/stages/routing/latency_board.ts";
import { autoStrategy } from "../../../lib/stages/routing/strategies/auto.ts";
import { complexityOf, complexityStrategy } from "../../../lib/stages/routing/strategies/complexity.ts";
import { knnStrategy } from "../../../lib/stages/routing/strategies/knn.ts";
import { costStrategy, latencyStrategy } from "../../../lib/stages/routing/strategies/least.ts";
import { type RoutingRule, rulesStrategy } from "../../../lib/stages/routing/strategies/rules.ts";
import { weightedStrategy } from "../../../lib/stages/routing/strategies/weighted.ts";
import type { RoutingQuestion } from "../../../lib/stages/routing/strategy.ts";
import type { Price } from "../../../lib/telemetry/cost/price.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { ManualClock } from "../../manual_clock.ts";
import { principal } from "../../principal.ts";

function candidate(name: string, input: number | null = null, output = input): Candidate {
  return {
    entry: { name, targets: [], missing: [], created: 0 },
    can: { tools: null, vision: null, json: null, reasoning: null },
    contextLength: null,
    price: input === null ? null : { input, output } as Price,
  };
}

function question(more: Partial<RoutingQuestion> & { readonly prompt?: string } = {}): RoutingQuestion {
  const { prompt = "Hi", ...rest } = more;
  const body = JSON.stringify({ model: "auto", messages: [{ role: "user", content: prompt }] });
  return {
    exchange: new Exchange(0, 0, { finished() {} }),
    request: new ModelRequest(openaiChat, new TextEncoder().encode(body)),
    run: { spanId: "" },
    needs: { abilities: [], tokens: 1000, maxOutput: null },
    category: "",
    candidates: [candidate("small", 1), candidate("middle", 3), candidate("large", 10)],
    text: () => prompt,
    ...rest,
  };
}

const WEIGHTS = { quality: 1, cost: 0.1, latency: 0.1 };
const SCORES = new Map([["math", new Map([["small", 0.3], ["large", 0.9]])], [
  "chat",
  new Map([["small", 0.85], ["large", 0.9]]),
]]);

Deno.test("auto chooses by the category's scores, and by cost where they are close", () => {
  const strategy = autoStrategy({
    weights: WEIGHTS,
    scores: SCORES,
    latencies: new LatencyBoard(),
    defaultModel: "middle",
  });
  assertEquals(strategy.choose(question({ category: "math" })), {
    model: "large",
    reason: "best for math (0.9)",
  });
  assertEquals(strategy.choose(question({ category: "chat" })), {
    model: "small",
    reason: "best for chat (0.85)",
  });
  assertEquals(strategy.choose(question({ category: "other" })), null);
  // None of the category's models can do it.
  assertEquals(strategy.choose(question({ category: "math", candidates: [candidate("middle", 3)] })), null);
});

Deno.test("auto without categories and a default is the cheapest and fastest", () => {
  const latencies = new LatencyBoard();
  latencies.observe("small", 1000);
  latencies.observe("middle", 100);
  const choose = (weights: typeof WEIGHTS) =>
    autoStrategy({ weights, scores: new Map(), latencies, defaultModel: null }).choose(
      question({ candidates: [candidate("small", 1), candidate("middle", 1.1), candidate("large", 10)] }),
    );
  assertEquals(choose(WEIGHTS), { model: "middle", reason: "cheapest and fastest that fits" });
  assertEquals((choose({ ...WEIGHTS, latency: 0 }) as { model: string }).model, "small");
});

Deno.test("cost chooses the cheapest for the request, and none of unknown price before", () => {
  const candidates = [candidate("unknown"), candidate("reads", 1, 100), candidate("writes", 20, 1)];
  const choose = (tokens: number, maxOutput: number | null) =>
    costStrategy().choose(question({ candidates, needs: { abilities: [], tokens, maxOutput } }));
  assertEquals(choose(100_000, 10), { model: "reads", reason: "cheapest that fits" });
  assertEquals(choose(10, 10_000), { model: "writes", reason: "cheapest that fits" });
  assertEquals(costStrategy().choose(question({ candidates: [candidate("unknown")] })), {
    model: "unknown",
    reason: "cheapest that fits",
  });
});

Deno.test("latency tries what it has not measured, then chooses the fastest of late", () => {
  const latencies = new LatencyBoard();
  const strategy = latencyStrategy(latencies);
  latencies.observe("small", 300);
  assertEquals(strategy.choose(question()), { model: "middle", reason: "not measured yet" });
  latencies.observe("middle", 200);
  latencies.observe("large", 500);
  assertEquals(strategy.choose(question()), { model: "middle", reason: "fastest of late (200 ms)" });
  latencies.observe("middle", 2000);
  assertEquals(strategy.choose(question()), { model: "small", reason: "fastest of late (300 ms)" });
});

Deno.test("withLatency() measures what answers, and counts a failure as slow", async () => {
  const board = new LatencyBoard();
  const clock = new ManualClock();
  const answer = { kind: "whole", body: new Uint8Array(), headers: null } as const;
  const run = async (answers: Promise<typeof answer>, ms: number) => {
    const { exchange, request } = question();
    const stage = withLatency({ name: "up", phase: null, run: () => answers }, board, clock);
    const result = stage.run(exchange, request);
    clock.advance(ms);
    await Promise.allSettled([result]);
  };
  await run(Promise.resolve(answer), 100);
  assertEquals(board.get("auto"), 100);
  await run(Promise.resolve(answer), 200);
  assertEquals(board.get("auto"), 120);
  for (const code of ["client_closed_request", "invalid_request"] as const) {
    await run(Promise.reject(new GatewayError(code, "No.")), 1);
  }
  assertEquals(board.get("auto"), 120);
  await run(Promise.reject(new GatewayError("upstream_error", "Down.")), 1);
  assert(board.get("auto") > 5000);
});

const PROMPTS = [
  { prompt: "Solve the equation 3x + 4 = 19", scores: { large: 1, small: 0.2 } },
  { prompt: "Solve the equation x squared = 16", scores: { large: 1 } },
  { prompt: "Say hello in a friendly way", scores: { small: 1 } },
];

Deno.test("llmrouter-knn chooses what did best on similar prompts", async () => {
  const options = { prompts: PROMPTS, neighbours: 2, threshold: 0.1 };
  const strategy = knnStrategy({ ...options, embedder: ngramEmbedder });
  assertEquals(strategy.choose(question({ prompt: "solve this equation: 5x = 10" })), {
    model: "large",
    reason: "best on 2 similar prompts",
  });
  assertEquals(strategy.choose(question({ prompt: "hello, friendly machine" })), {
    model: "small",
    reason: "best on 1 similar prompt",
  });
  assertEquals(strategy.choose(question({ prompt: "zzz" })), null);
  // What cannot be chosen has no votes.
  assertEquals(
    strategy.choose(question({ prompt: "hello friendly", candidates: [candidate("large")] })),
    null,
  );
  const asked = knnStrategy({
    ...options,
    embedder: modelEmbedder("vectors", {
      embed: (_exchange, _run, _model, texts) => Promise.resolve(texts.map(() => new Float32Array([1]))),
    }),
  });
  assertEquals(asked.model, "vectors");
  assertEquals((await asked.choose(question()))?.model, "large");
});

Deno.test("complexity grows with what a prompt asks for, in any language", () => {
  const rising = [
    "Hi",
    "What is the capital of France?",
    "Write a function that sorts a list.\n```js\nfunction sort() {\n}\n```\n- it has to be stable\n- in place",
    "Prove that √2 is irrational:\n1. assume p/q = √2\n2. show 2 * 4 = 8\n3. ∀x ∈ ℚ ...\n" +
    "And then? ".repeat(200),
  ].map((text) => complexityOf(text, 1, false));
  assertEquals(rising, rising.toSorted((a, b) => a - b));
  assert((rising[0] ?? 1) < 0.05 && (rising[3] ?? 0) > 0.6, String(rising));
  assert(complexityOf("你好", 1, false) < complexityOf("请证明：∀x，x² ≥ 0。为什么？怎么办？", 1, false));
});

Deno.test("complexity chooses the first model for which a prompt is easy enough, of those that fit", () => {
  const strategy = complexityStrategy([
    { model: "small", below: 0.2 },
    { model: "middle", below: 0.4 },
    { model: "large", below: 1 },
  ]);
  const model = (more: Parameters<typeof question>[0]) =>
    (strategy.choose(question(more)) as { model: string } | null)?.model;
  assertEquals(model({ prompt: "Hi" }), "small");
  assertEquals(model({ prompt: "1 + 1 = 2? 2 * 3 = 6? x^2 = 4? Why? How? ".repeat(40) }), "large");
  assertEquals(model({ prompt: "Hi", candidates: [candidate("large"), candidate("middle")] }), "middle");
  assertEquals(model({ candidates: [candidate("other")] }), undefined);
});

Deno.test("weighted chooses by shares, of those that fit", () => {
  const choose = (draw: number, candidates = question().candidates) =>
    weightedStrategy({ small: 3, large: 1, middle: 0 }, () => draw).choose(question({ candidates }));
  assertEquals(choose(0.74), { model: "small", reason: "share of 75 %" });
  assertEquals(choose(0.76), { model: "large", reason: "share of 25 %" });
  assertEquals(choose(0.1, [candidate("large")]), { model: "large", reason: "share of 100 %" });
  assertEquals(choose(0.1, [candidate("middle")]), null);
});

const RULE: RoutingRule = {
  model: "large",
  reasoning: { enabled: null, effort: null },
  headers: {},
  metadata: {},
  keys: [],
  users: [],
  categories: [],
  minTokens: null,
  maxTokens: null,
  tools: null,
  images: null,
};

const RULES: readonly (readonly [rule: Partial<RoutingRule>, holds: boolean])[] = [
  [{}, true],
  [{ headers: { "X-Tier": "gold" } }, true],
  [{ headers: { "x-tier": "g*d" } }, true],
  [{ headers: { "x-tier": "silver" } }, false],
  [{ headers: { "x-tier": "gol" } }, false],
  [{ headers: { "x-other": "*" } }, false],
  [{ metadata: { team: "a.b" } }, true],
  [{ metadata: { team: "a?b" } }, false],
  [{ metadata: { constructor: "*" } }, false],
  [{ keys: ["app"] }, true],
  [{ keys: ["other"] }, false],
  [{ users: ["u1", "u2"] }, true],
  [{ users: ["u2"] }, false],
  [{ categories: ["math"] }, true],
  [{ categories: ["code"] }, false],
  [{ minTokens: 1000, maxTokens: 1000 }, true],
  [{ minTokens: 1001 }, false],
  [{ maxTokens: 999 }, false],
  [{ tools: true, images: false }, true],
  [{ tools: false }, false],
  [{ model: "absent" }, false],
];

for (const [rule, holds] of RULES) {
  Deno.test(`a rule ${holds ? "holds" : "does not hold"}: ${JSON.stringify(rule)}`, () => {
    const asked = question({
      category: "math",
      needs: { abilities: ["tools"], tokens: 1000, maxOutput: null },
    });
    asked.exchange.request = new Request("http://gateway.test/", { headers: { "x-tier": "gold" } });
    asked.exchange.metadata = { team: "a.b" };
    asked.exchange.user = "u1";
    asked.exchange.principal = principal({ keyTail: "1234", name: "large", keyId: "app" });
    const choice = rulesStrategy([{ ...RULE, ...rule }]).choose(asked) as { model: string } | null;
    assertEquals(choice?.model ?? null, holds ? "large" : null);
  });
}

Deno.test("the first rule that holds counts, with what it says of reasoning", () => {
  const reasoning = { enabled: true, effort: "low" };
  const strategy = rulesStrategy([
    { ...RULE, model: "small", users: ["nobody"] },
    { ...RULE, model: "middle", reasoning },
    RULE,
  ]);
  assertEquals(strategy.choose(question()), { model: "middle", reason: "rule 2", reasoning });
});
