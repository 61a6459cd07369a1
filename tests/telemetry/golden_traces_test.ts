/** The trees, names and attributes that each guide shows, from one record of a request that did all of it. */
import { assertEquals } from "@std/assert";
import { type ModelCall, type StageFacts, type StageName, StageRun } from "../../lib/telemetry/exchange.ts";
import { StdoutSpans } from "../../lib/telemetry/exporters/stdout.ts";
import { type Profile, PROFILES } from "../../lib/telemetry/names/profiles.ts";
import { STAGE_NAMES } from "../../lib/telemetry/names/spans.ts";
import { SpanProjection } from "../../lib/telemetry/projections/spans.ts";
import { SignalStats } from "../../lib/telemetry/self.ts";
import { answeredCall, arrived, end, storeOperation } from "./exchanges.ts";

const FACTS: StageFacts = {
  classification: { category: "math", classifier: "keyword" },
  pii_detection: { detected: true, types: ["email"], action: "redacted" },
  jailbreak_detection: { detected: false, action: "allowed", type: "", detector: "", score: NaN, by: "" },
  cache_lookup: { hit: false, kind: "semantic", key: "k".repeat(80) },
  routing_decision: {
    strategy: "auto",
    reason: "category math",
    requestedModel: "auto",
    selectedModel: "gpt-4o-mini",
    modelCount: 3,
    reasoningEnabled: true,
    reasoningEffort: "medium",
  },
  backend_selection: { endpoint: "openai/gpt-4o-mini", policy: "weighted", candidates: 2 },
  system_prompt_injection: { category: "math", mode: "prepend" },
};

interface Line {
  readonly Name: string;
  readonly SpanContext: { readonly TraceID: string; readonly SpanID: string; readonly TraceFlags: string };
  readonly Parent: { readonly SpanID: string };
  readonly SpanKind: string;
  readonly Attributes: readonly { readonly Key: string; readonly Value: unknown }[];
  readonly Duration: number;
  readonly Resource: unknown;
}

/** A request that passed `stages` and, unless it was blocked, was answered, as the stdout exporter prints it. */
function printed(
  profiles: readonly Profile[],
  options: { stages?: readonly StageName[]; blocked?: boolean } = {},
): Line[] {
  const { stages = [], blocked = false } = options;
  const exchange = arrived();
  exchange.user = "u1";
  exchange.sessionId = "s1";
  if (blocked) exchange.requestedModel = "auto";
  stages.forEach((stage, index) => {
    const run = new StageRun(stage, exchange.startedAt + index);
    run.spanId = `${index}`.repeat(16);
    run.endedAt = run.startedAt + 45;
    run.facts = stage === "jailbreak_detection" && blocked
      ? { detected: true, action: "blocked", type: "override", detector: "patterns", score: 0.9, by: "user" }
      : FACTS[stage];
    exchange.stageRuns.push(run);
  });
  if (!blocked) {
    storeOperation(exchange, "get");
    const call: ModelCall = answeredCall(exchange, "generate_stream");
    call.parameters = { temperature: 0.2, max_tokens: 100, output_type: "json" };
    storeOperation(exchange, "create");
  }
  end(exchange, blocked ? "blocked" : "success", blocked ? 400 : 200);
  const lines: string[] = [];
  const stdout = new StdoutSpans(
    (line) => lines.push(line) > 0,
    { "service.name": "golden" },
    new SignalStats(),
  );
  new SpanProjection({ profiles, maxAttributes: 128, maxLength: Infinity }, [stdout]).project(exchange);
  return lines.map((line) => JSON.parse(line));
}

function children(lines: readonly Line[]): string[] {
  const [root] = lines;
  return lines.filter(({ Parent }) => Parent.SpanID === root?.SpanContext.SpanID).map(({ Name }) => Name);
}

function attributesOf(lines: readonly Line[], name: string): Record<string, unknown> {
  const line = lines.find(({ Name }) => Name === name);
  return Object.fromEntries((line?.Attributes ?? []).map(({ Key, Value }) => [Key, Value]));
}

function holds(found: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): void {
  assertEquals(Object.fromEntries(Object.keys(expected).map((name) => [name, found[name]])), expected);
}

Deno.test("guide 002: its tree, and the attributes of its HTTP, provider and conversation spans", () => {
  const lines = printed(["gateway", "gen_ai"]);
  assertEquals(lines[0]?.Name, "HTTP POST /v1/responses");
  assertEquals(
    new Set(children(lines)),
    new Set(["provider.generate_stream", "conversation.get", "conversation.create"]),
  );
  const root = attributesOf(lines, "HTTP POST /v1/responses");
  holds(root, { "http.method": "POST", "http.route": "/v1/responses", "http.status_code": 200 });
  assertEquals(typeof root["http.request_id"], "string");
  assertEquals([root["trace_id"], root["span_id"]], [
    lines[0]?.SpanContext.TraceID,
    lines[0]?.SpanContext.SpanID,
  ]);
  holds(attributesOf(lines, "provider.generate_stream"), {
    "provider.name": "openai",
    "provider.model": "gpt-4o-mini-2024-07-18",
    "provider.input_tokens": 23,
    "provider.output_tokens": 156,
    "provider.chunk_count": 5,
    "provider.ttfb_seconds": 0.04,
    "gen_ai.operation.name": "chat",
    "gen_ai.request.temperature": 0.2,
    "gen_ai.request.max_tokens": 100,
    "gen_ai.output.type": "json",
  });
  const names = Object.keys(attributesOf(lines, "conversation.get"));
  for (const name of ["conversation.id", "conversation.backend"]) {
    assertEquals(names.includes(name), true, name);
  }
});

Deno.test("guides 000 and 001: their spans and attributes", () => {
  const lines = printed(["llmrouter", "gen_ai"], { stages: ["routing_decision", "cache_lookup"] });
  assertEquals(lines[0]?.Name, "POST /v1/responses");
  for (const name of ["llm.routing.decision", "cache.lookup", "gen_ai.request"]) {
    assertEquals(children(lines).includes(name), true, name);
  }
  holds(attributesOf(lines, "POST /v1/responses"), {
    "http.method": "POST",
    "http.status_code": 200,
    "http.route": "/v1/responses",
  });
  holds(attributesOf(lines, "llm.routing.decision"), {
    "llm.routing.strategy": "auto",
    "llm.routing.model_count": 3,
    "llm.routing.selected_model": "gpt-4o-mini",
    "llm.routing.latency_ms": 45,
  });
  holds(attributesOf(lines, "cache.lookup"), { "cache.hit": false, "cache.key": "k".repeat(50) });
  holds(attributesOf(lines, "gen_ai.request"), {
    "llm.model": "gpt-4o-mini-2024-07-18",
    "llm.provider": "openai",
    "llm.tokens.prompt": 23,
    "llm.tokens.completion": 156,
    "gen_ai.system": "openai",
    "gen_ai.request.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.usage.input_tokens": 23,
    "gen_ai.usage.output_tokens": 156,
  });
});

Deno.test("guide 003: its tree in its order, its attributes, and its JSON on stdout", () => {
  const lines = printed(["semantic_router", "openinference"], { stages: STAGE_NAMES });
  assertEquals(lines[0]?.Name, "semantic_router.request.received");
  assertEquals(children(lines).filter((name) => name.startsWith("semantic_router.")), [
    "semantic_router.classification",
    "semantic_router.security.pii_detection",
    "semantic_router.security.jailbreak_detection",
    "semantic_router.cache.lookup",
    "semantic_router.routing.decision",
    "semantic_router.backend.selection",
    "semantic_router.system_prompt.injection",
    "semantic_router.upstream.request",
  ]);
  const root = attributesOf(lines, "semantic_router.request.received");
  holds(root, { "user.id": "u1", "http.method": "POST", "http.path": "/v1/responses", "session.id": "s1" });
  assertEquals([typeof root["request.id"], typeof root["processing.time_ms"]], ["string", "number"]);
  holds(attributesOf(lines, "semantic_router.security.pii_detection"), {
    "pii.detected": true,
    "pii.types": ["email"],
    "security.action": "redacted",
  });
  holds(attributesOf(lines, "semantic_router.security.jailbreak_detection"), {
    "jailbreak.detected": false,
    "security.action": "allowed",
  });
  holds(attributesOf(lines, "semantic_router.cache.lookup"), {
    "cache.hit": false,
    "cache.lookup_time_ms": 45,
  });
  holds(attributesOf(lines, "semantic_router.routing.decision"), {
    "routing.strategy": "auto",
    "routing.reason": "category math",
    "routing.original_model": "auto",
    "routing.selected_model": "gpt-4o-mini",
    "reasoning.enabled": true,
    "reasoning.effort": "medium",
  });
  holds(attributesOf(lines, "semantic_router.backend.selection"), {
    "backend.endpoint": "openai/gpt-4o-mini",
    "backend.policy": "weighted",
    "backend.candidates": 2,
  });
  holds(attributesOf(lines, "semantic_router.system_prompt.injection"), {
    "system_prompt.category": "math",
    "system_prompt.mode": "prepend",
  });
  holds(attributesOf(lines, "semantic_router.upstream.request"), {
    "model.name": "gpt-4o-mini-2024-07-18",
    "llm.invocation_parameters": '{"temperature":0.2,"max_tokens":100,"output_type":"json"}',
  });
  const line = lines.find(({ Name }) => Name === "semantic_router.classification");
  assertEquals(line?.Attributes, [
    { Key: "category.name", Value: "math" },
    { Key: "classifier.type", Value: "keyword" },
    { Key: "classification.time_ms", Value: 45 },
  ]);
  assertEquals(line?.Duration, 45_000_000);
});

Deno.test("guide 003: a request that is blocked stops where it was, with security.action = blocked", () => {
  const stages = ["classification", "pii_detection", "jailbreak_detection"] as const;
  const lines = printed(["semantic_router", "openinference"], { stages, blocked: true });
  assertEquals(children(lines), [
    "semantic_router.classification",
    "semantic_router.security.pii_detection",
    "semantic_router.security.jailbreak_detection",
  ]);
  const line = lines.find(({ Name }) => Name === "semantic_router.security.jailbreak_detection");
  assertEquals(line?.Attributes, [
    { Key: "jailbreak.detected", Value: true },
    { Key: "security.action", Value: "blocked" },
    { Key: "jailbreak.type", Value: "override" },
    { Key: "jailbreak.detector", Value: "patterns" },
    { Key: "jailbreak.score", Value: 0.9 },
    { Key: "jailbreak.source", Value: "user" },
  ]);
  assertEquals([line?.Duration, line?.SpanKind], [45_000_000, "INTERNAL"]);
});

Deno.test("gen_ai_next names what the later repository names differently, and is off unless asked for", () => {
  const withCache = (profiles: readonly Profile[]) => {
    const exchange = arrived();
    answeredCall(exchange).cacheCreationTokens = 5;
    end(exchange, "success", 200);
    const lines: string[] = [];
    const stdout = new StdoutSpans((line) => lines.push(line) > 0, {}, new SignalStats());
    new SpanProjection({ profiles, maxAttributes: 128, maxLength: Infinity }, [stdout]).project(exchange);
    return lines.join("");
  };
  assertEquals(withCache(["gen_ai"]).includes("gen_ai.usage.cache_creation.input_tokens"), true);
  assertEquals(withCache(["gen_ai_next"]).includes("gen_ai.usage.cache_write.input_tokens"), true);
  assertEquals(withCache(["gen_ai_next"]).includes("cache_creation"), false);
});

Deno.test("every profile alone makes a whole tree with names", () => {
  for (const profile of PROFILES) {
    const lines = printed([profile], { stages: STAGE_NAMES });
    assertEquals(lines.length, 12, profile);
    assertEquals(lines.every(({ Name }) => Name !== ""), true, profile);
  }
});
