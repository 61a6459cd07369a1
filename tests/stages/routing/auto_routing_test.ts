import { assert, assertEquals, assertThrows } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { GatewayError } from "../../../lib/errors.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import type { ModelEntry, Target } from "../../../lib/stages/model_table.ts";
import { autoRouting, type AutoRoutingOptions } from "../../../lib/stages/routing/auto_routing.ts";
import type { Candidate } from "../../../lib/stages/routing/candidate.ts";
import type { RoutingQuestion, Strategy } from "../../../lib/stages/routing/strategy.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { ManualClock } from "../../manual_clock.ts";
import { turn } from "../stage_bench.ts";

const UNKNOWN = { tools: null, vision: null, json: null, reasoning: null };

function entry(name: string): ModelEntry {
  return { name, targets: [{ model: `${name}-up` } as Target], missing: [], created: 0 };
}

function candidate(name: string, more: Partial<Candidate> = {}): Candidate {
  return { entry: entry(name), can: UNKNOWN, contextLength: null, price: null, ...more };
}

function strategy(choose: Strategy["choose"]): Strategy {
  return { name: "fixed", model: null, choose };
}

interface SceneOptions extends Partial<AutoRoutingOptions> {
  readonly body?: JsonObject;
  readonly category?: string;
}

function scene({ body = {}, category = "", ...options }: SceneOptions = {}) {
  const clock = new ManualClock();
  const exchange = new Exchange(clock.now(), 0, { finished() {} });
  exchange.category = category;
  const full = { model: "auto", messages: [{ role: "user", content: "Hi" }], ...body };
  const request = new ModelRequest(openaiChat, new TextEncoder().encode(JSON.stringify(full)));
  exchange.requestedModel = request.model;
  const candidates = options.candidates ?? [candidate("small"), candidate("large")];
  const models = new Map(["small", "large", "asked"].map((name) => [name, entry(name)]));
  const stage = autoRouting({
    clock,
    deadlines: new Deadlines(clock, 1),
    deadline: 100,
    onFailure: "open",
    models,
    autoNames: new Set(["auto"]),
    strategy: strategy(() => ({ model: "large", reason: "why" })),
    candidates,
    defaultModel: null,
    reasoning: new Map(),
    effort: "medium",
    maxLength: 1000,
    ...options,
  });
  return {
    clock,
    exchange,
    request,
    run: () => stage.run(exchange, request),
    facts: () => exchange.stageRuns[0]?.facts as Record<string, unknown> | null | undefined,
    target: () => request.targets[0]?.model,
  };
}

Deno.test("autoRouting() selects a model for all that comes after, and tells why", () => {
  const { exchange, request, run, facts, target } = scene();
  assertEquals(run(), null);
  assertEquals([request.model, target(), exchange.requestedModel], ["large", "large-up", "auto"]);
  assertEquals(facts(), {
    strategy: "fixed",
    reason: "why",
    requestedModel: "auto",
    selectedModel: "large",
    modelCount: 2,
    reasoningEnabled: null,
    reasoningEffort: "",
  });
});

Deno.test("autoRouting() keeps a model that is asked for by name", () => {
  const { request, run, facts, target } = scene({ body: { model: "asked" } });
  run();
  assertEquals([request.model, target()], ["asked", "asked-up"]);
  assertEquals([facts()?.strategy, facts()?.reason], ["specified", "asked for by name"]);
});

Deno.test("autoRouting() knows no other models than the table and its own names", () => {
  const { run } = scene({ body: { model: "other" } });
  assertEquals(assertThrows(() => run(), GatewayError).code, "model_not_found");
});

Deno.test("autoRouting() tells a client that its request means nothing", () => {
  const { run } = scene({ body: { messages: [] } });
  assertEquals(assertThrows(() => run(), GatewayError).status, 400);
});

Deno.test("autoRouting() tells what is missing where there is nothing to choose from", () => {
  const { run } = scene({ candidates: [] });
  assertEquals(assertThrows(() => run(), GatewayError).code, "provider_not_configured");
});

const TOOLS = [{ type: "function", function: { name: "f", parameters: {} } }];
const IMAGE = [{
  role: "user",
  content: [{ type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(4000)}` } }],
}];

for (
  const [what, body, lacking] of [
    ["tools", { tools: TOOLS }, { can: { ...UNKNOWN, tools: false } }],
    ["images", { messages: IMAGE }, { can: { ...UNKNOWN, vision: false } }],
    ["a schema", {
      response_format: { type: "json_schema", json_schema: { name: "s", schema: {} } },
    }, { can: { ...UNKNOWN, json: false } }],
    ["a long context", { messages: [{ role: "user", content: "x ".repeat(1000) }] }, { contextLength: 400 }],
  ] as const
) {
  Deno.test(`autoRouting() leaves out a model that cannot do what the request needs: ${what}`, () => {
    const asked: RoutingQuestion[] = [];
    const candidates = [candidate("small", lacking), candidate("large")];
    const remember = strategy((question) => {
      asked.push(question);
      return null;
    });
    const { request, run } = scene({ body: body as unknown as JsonObject, candidates, strategy: remember });
    run();
    assertEquals(asked[0]?.candidates.map((it) => it.entry.name), ["large"]);
    assertEquals(request.model, "large");
    const plain = scene({ candidates, strategy: remember });
    plain.run();
    assertEquals(plain.request.model, "small");
  });
}

Deno.test("autoRouting() takes the default where no model is known to fit, or nothing speaks for one", () => {
  const can = { ...UNKNOWN, tools: false };
  const none = scene({
    body: { tools: TOOLS as unknown as JsonObject[] },
    candidates: [candidate("small", { can }), candidate("large", { can })],
    defaultModel: "large",
  });
  none.run();
  assertEquals([none.request.model, none.facts()?.reason], ["large", "no model is known to fit"]);
  const silent = scene({ strategy: strategy(() => null), defaultModel: "large" });
  silent.run();
  assertEquals([silent.request.model, silent.facts()?.reason], ["large", "default model"]);
  const first = scene({ strategy: strategy(() => null) });
  first.run();
  assertEquals([first.request.model, first.facts()?.reason], ["small", "first that fits"]);
});

Deno.test("autoRouting() goes on with the default where the strategy fails or takes too long", async () => {
  const failing = scene({ defaultModel: "large", strategy: strategy(() => Promise.reject(new Error("x"))) });
  assertEquals(await failing.run(), null);
  assertEquals([failing.request.model, failing.target()], ["large", "large-up"]);
  assertEquals(failing.facts()?.reason, "fixed failed, default model");
  const late = Promise.withResolvers<{ model: string; reason: string }>();
  const slow = scene({ strategy: strategy(() => late.promise) });
  const answer = slow.run();
  slow.clock.advance(101);
  assertEquals(await answer, null);
  late.resolve({ model: "large", reason: "late" });
  await turn();
  assertEquals([slow.request.model, slow.target()], ["small", "small-up"]);
});

const MATH = new Map([["math", {
  enabled: true,
  effort: null,
  models: new Map([["small", { enabled: false, effort: null }]]),
}]]);

interface ReasoningCase extends SceneOptions {
  readonly title: string;
  /** What the request asks of the provider, and what is told. */
  readonly expected: readonly [reasoning: unknown, enabled: boolean | null, effort: string];
}

const REASONING: readonly ReasoningCase[] = [
  { title: "nobody says anything", category: "code", expected: [null, null, ""] },
  { title: "the category says so", category: "math", expected: [{ effort: "medium" }, true, "medium"] },
  {
    title: "the category's model says otherwise",
    category: "math",
    strategy: strategy(() => ({ model: "small", reason: "" })),
    expected: [{ effort: "none" }, false, ""],
  },
  {
    title: "a rule says how much",
    category: "math",
    strategy: strategy(() => ({ model: "small", reason: "", reasoning: { enabled: true, effort: "low" } })),
    expected: [{ effort: "low" }, true, "low"],
  },
  {
    title: "the client's own word counts",
    category: "math",
    body: { reasoning_effort: "high" },
    expected: [null, true, "high"],
  },
  {
    title: "a model that cannot is not told to",
    category: "math",
    candidates: [candidate("large", { can: { ...UNKNOWN, reasoning: false } })],
    expected: [{ effort: "none" }, false, ""],
  },
];

for (const { title, expected, ...options } of REASONING) {
  Deno.test(`autoRouting() decides about reasoning: ${title}`, () => {
    const { request, run, facts } = scene({ reasoning: MATH, ...options });
    run();
    assertEquals([request.reasoning, facts()?.reasoningEnabled, facts()?.reasoningEffort], [...expected]);
  });
}

Deno.test("autoRouting() estimates a prompt's tokens without counting its pictures' bytes", () => {
  let tokens = 0;
  const { run } = scene({
    body: { messages: IMAGE },
    strategy: strategy(({ needs }) => {
      tokens = needs.tokens;
      return null;
    }),
  });
  run();
  assert(tokens > 1000 && tokens < 1100, String(tokens));
});
