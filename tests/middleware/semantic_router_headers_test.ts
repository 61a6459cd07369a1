import { assertEquals } from "@std/assert";
import { setSemanticRouterHeaders } from "../../lib/middleware/semantic_router_headers.ts";
import { type Exchange, type StageFacts, type StageName, StageRun } from "../../lib/telemetry/exchange.ts";
import { arrived } from "./arrived.ts";

type Found = { readonly [Name in StageName]?: StageFacts[Name] | null };

const DECISION: StageFacts["routing_decision"] = {
  strategy: "auto",
  reason: "",
  requestedModel: "auto",
  selectedModel: "qwen3",
  modelCount: 2,
  reasoningEnabled: true,
  reasoningEffort: "high",
};

function told(found: Found, about: Partial<Exchange> = {}, status = 200): Record<string, string> {
  const exchange = Object.assign(arrived(), about);
  for (const [name, facts] of Object.entries(found)) {
    const run = new StageRun(name as StageName, 0);
    Object.assign(run, { facts });
    exchange.stageRuns.push(run);
  }
  const headers = new Headers();
  setSemanticRouterHeaders(headers, exchange, status);
  return Object.fromEntries(headers);
}

const MODEL = { "x-vsr-selected-model": "qwen3", "x-vsr-injected-system-prompt": "false" };
const PROMPT = { system_prompt_injection: { category: "math", mode: "replace" } };

Deno.test("setSemanticRouterHeaders() tells what was chosen, by the router's names", () => {
  const off = { ...DECISION, reasoningEnabled: false };
  const unsaid = { ...DECISION, reasoningEnabled: null };
  const cases: [Found, Partial<Exchange>, Record<string, string>][] = [
    [{}, {}, {}],
    [{ routing_decision: null }, {}, {}],
    [{ routing_decision: DECISION }, {}, { ...MODEL, "x-vsr-selected-reasoning": "on" }],
    [{ routing_decision: off }, {}, { ...MODEL, "x-vsr-selected-reasoning": "off" }],
    [{ routing_decision: unsaid }, {}, MODEL],
    [{ routing_decision: unsaid }, { category: "math" }, { ...MODEL, "x-vsr-selected-category": "math" }],
    [{ routing_decision: unsaid }, { category: "数学" }, {
      ...MODEL,
      "x-vsr-selected-category": "%E6%95%B0%E5%AD%A6",
    }],
    [
      { routing_decision: unsaid, ...PROMPT },
      {},
      { ...MODEL, "x-vsr-injected-system-prompt": "true" },
    ],
    [{ routing_decision: unsaid, system_prompt_injection: null }, {}, MODEL],
    // Of a kept answer the router says that alone.
    [{ routing_decision: DECISION }, { cache: "hit" }, { "x-vsr-cache-hit": "true" }],
    [{}, { cache: "semantic_hit" }, { "x-vsr-cache-hit": "true" }],
    [{ routing_decision: unsaid }, { cache: "miss" }, MODEL],
  ];
  for (const [found, about, expected] of cases) {
    assertEquals(told(found, about), expected, JSON.stringify([found, about]));
  }
});

Deno.test("setSemanticRouterHeaders() tells of a refusal which guardrail it was, and of an error nothing", () => {
  const blocked = { securityAction: "blocked" };
  const pii = { detected: true, types: ["email"], action: "blocked" } as const;
  const jailbreak = {
    detected: true,
    action: "blocked",
    type: "override",
    detector: "patterns",
    score: 0.9,
    by: "user",
  } as const;
  assertEquals(told({ pii_detection: pii }, blocked, 400), { "x-vsr-pii-violation": "true" });
  assertEquals(told({ jailbreak_detection: jailbreak }, blocked, 400), {
    "x-vsr-jailbreak-blocked": "true",
    "x-vsr-jailbreak-type": "override",
    "x-vsr-jailbreak-confidence": "0.9000",
  });
  assertEquals(told({ routing_decision: DECISION }, { category: "math" }, 502), {});
});
