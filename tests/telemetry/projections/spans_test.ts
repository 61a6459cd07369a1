import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type Exchange, type Phase, Phases, StoreOperation } from "../../../lib/telemetry/exchange.ts";
import { ATTRIBUTES, type Fact } from "../../../lib/telemetry/names/attributes.ts";
import { DEFAULT_PROFILES, type Profile } from "../../../lib/telemetry/names/profiles.ts";
import { Attributes, type AttributeValue } from "../../../lib/telemetry/projections/attributes.ts";
import { SPAN_FACTS } from "../../../lib/telemetry/projections/span_facts.ts";
import { SpanKind, type SpanRecord, SpanStatus } from "../../../lib/telemetry/projections/span.ts";
import {
  answered,
  answeredAttempt,
  answeredCall,
  arrived,
  end,
  SPAN_IDS,
  storeOperation,
  TRACE_ID,
  WALL_START,
} from "../exchanges.ts";
import { attributesWith, plainAttributes, spansOf } from "../spans.ts";
import { principal } from "../../principal.ts";

function project(exchange: Exchange, profiles: readonly Profile[] = DEFAULT_PROFILES): SpanRecord[] {
  return spansOf(exchange, { profiles });
}

function attributes(span: SpanRecord | undefined): Record<string, AttributeValue> {
  return plainAttributes(span?.attributes ?? new Attributes());
}

/** `name(child, child)` of the whole tree. */
function tree(spans: readonly SpanRecord[], parent = ""): string {
  return spans.filter((span) => span.parentSpanId === parent).map((span) => {
    const below = tree(spans, span.spanId);
    return below === "" ? span.name : `${span.name}(${below})`;
  }).join(", ");
}

function streamed(): Exchange {
  const exchange = arrived();
  storeOperation(exchange, "get");
  answeredCall(exchange, "generate_stream");
  storeOperation(exchange, "create");
  return end(exchange, "success", 200);
}

Deno.test("SpanProjection makes the documented tree", () => {
  assertEquals(
    tree(project(streamed())),
    "HTTP POST /v1/responses(conversation.get, conversation.create, provider.generate_stream(POST))",
  );
});

Deno.test("SpanProjection names what is asked of a provider besides chat", () => {
  const exchange = arrived();
  const call = answeredCall(exchange, "files");
  call.model = "";
  const [attempt] = call.attempts;
  if (attempt !== undefined) attempt.method = "GET";
  end(exchange, "success", 200);
  assertEquals(tree(project(exchange)), "HTTP POST /v1/responses(provider.files(GET))");
  assertEquals(tree(project(exchange, ["gen_ai"])), "POST /v1/responses(files(GET))");
  const embedding = arrived();
  answeredCall(embedding, "embed").outputTokens = NaN;
  const spans = project(end(embedding, "success", 200), ["gen_ai"]);
  assertEquals(spans[1]?.name, "embeddings gpt-4o-mini-2024-07-18");
  const told = attributes(spans[1]);
  assertEquals(told["gen_ai.operation.name"], "embeddings");
  assertEquals([told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]], [23, undefined]);
  assertEquals(told["gen_ai.request.stream"], undefined);
});

Deno.test("SpanProjection makes a run in the background a child of the request that began it", () => {
  const exchange = arrived();
  exchange.runId = "resp_1";
  exchange.spanId = "7a2b3c4d5e6f7a8b";
  exchange.parentSpanId = SPAN_IDS.server;
  answeredCall(exchange, "generate_stream");
  storeOperation(exchange, "create");
  exchange.errorType = "upstream_error";
  exchange.errorMessage = "No.";
  const spans = project(end(exchange, "error", 502));
  assertEquals(
    tree(spans, SPAN_IDS.server),
    "responses.run(conversation.create, provider.generate_stream(POST))",
  );
  const [run] = spans;
  assertEquals([run?.kind, run?.remoteParent, run?.status], [SpanKind.Internal, false, SpanStatus.Error]);
  assertEquals(attributes(run), {
    "conversation.id": "resp_1",
    "http.request_id": "74722802-6be1-4e14-8e73-d86823fed3e3",
    "error.type": "upstream_error",
  });
});

Deno.test("a command to a database is a span of the stage that gave it, and what stays in the process is none", () => {
  const exchange = arrived();
  for (const backend of ["memory", "redis"]) {
    const operation = new StoreOperation("cache", backend, "get", exchange.startedAt + 1);
    const endedAt = exchange.startedAt + 2;
    Object.assign(operation, { spanId: SPAN_IDS.get, parentSpanId: SPAN_IDS.call, endedAt, status: "error" });
    exchange.storeOperations.push(operation);
  }
  const spans = project(end(exchange, "success", 200));
  assertEquals(spans.length, 2);
  const [, command] = spans;
  assertEquals([command?.name, command?.kind, command?.parentSpanId], [
    "GET",
    SpanKind.Client,
    SPAN_IDS.call,
  ]);
  assertEquals(attributes(command), {
    "db.system.name": "redis",
    "db.operation.name": "GET",
    "error.type": "cache_unavailable",
  });
});

Deno.test("SpanProjection gives spans the ids that went out", () => {
  const spans = project(streamed());
  assertEquals(spans.map((span) => [span.traceId, span.spanId, span.parentSpanId]), [
    [TRACE_ID, SPAN_IDS.server, ""],
    [TRACE_ID, SPAN_IDS.get, SPAN_IDS.server],
    [TRACE_ID, SPAN_IDS.create, SPAN_IDS.server],
    [TRACE_ID, SPAN_IDS.call, SPAN_IDS.server],
    [TRACE_ID, SPAN_IDS.attempt, SPAN_IDS.call],
  ]);
  assertEquals(spans.map((span) => span.kind), [
    SpanKind.Server,
    SpanKind.Internal,
    SpanKind.Internal,
    SpanKind.Client,
    SpanKind.Client,
  ]);
});

Deno.test("SpanProjection keeps the caller's span as remote parent, and its trace state", () => {
  const exchange = arrived();
  exchange.parentSpanId = "b7ad6b7169203331";
  exchange.traceState = "foo=1";
  answeredCall(exchange);
  const [root, call] = project(end(exchange, "success", 200));
  assertEquals([root?.parentSpanId, root?.remoteParent, root?.traceState], [
    "b7ad6b7169203331",
    true,
    "foo=1",
  ]);
  assertEquals([call?.parentSpanId, call?.remoteParent, call?.traceState], [SPAN_IDS.server, false, "foo=1"]);
});

Deno.test("SpanProjection takes times from the marks", () => {
  const spans = project(streamed());
  assertEquals([spans[0]?.start, spans[0]?.end], [WALL_START, WALL_START + 104]);
  assertEquals([spans[1]?.start, spans[1]?.end], [WALL_START + 1, WALL_START + 1.5]);
  assertEquals([spans[3]?.start, spans[3]?.end], [WALL_START + 2, WALL_START + 102]);
});

Deno.test("SpanProjection describes the request under both default profiles", () => {
  assertEquals(attributes(project(answered())[0]), {
    "http.method": "POST",
    "http.route": "/v1/responses",
    "http.status_code": 200,
    "http.request_id": "74722802-6be1-4e14-8e73-d86823fed3e3",
    "trace_id": TRACE_ID,
    "span_id": SPAN_IDS.server,
    "http.request.method": "POST",
    "url.path": "/v1/responses",
    "url.scheme": "http",
    "http.response.status_code": 200,
    "client.address": "127.0.0.1",
    "user_agent.original": "curl/8.9.1",
    "gateway.phase.parse_ms": 0.05,
    "gateway.phase.auth_ms": 0.01,
    "gateway.overhead_ms": 4,
  });
});

Deno.test("SpanProjection describes the call of a model under both default profiles", () => {
  const exchange = streamed();
  if (exchange.call !== null) {
    exchange.call.system = "openai";
    exchange.call.cachedTokens = 8;
    exchange.call.reasoningTokens = 64;
  }
  assertEquals(attributes(project(exchange)[3]), {
    "provider.name": "openai",
    "provider.model": "gpt-4o-mini-2024-07-18",
    "provider.input_tokens": 23,
    "provider.output_tokens": 156,
    "provider.chunk_count": 5,
    "provider.ttfb_seconds": 0.04,
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.request.stream": true,
    "server.address": "api.openai.com",
    "server.port": 443,
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.response.id": "resp_1",
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.usage.input_tokens": 23,
    "gen_ai.usage.output_tokens": 156,
    "gen_ai.usage.cache_read.input_tokens": 8,
    "gen_ai.usage.reasoning.output_tokens": 64,
    "gen_ai.response.time_to_first_chunk": 0.04,
  });
});

Deno.test("SpanProjection leaves chunks and time to the first one out of a call that is no stream", () => {
  const call = attributes(project(answered())[1]);
  assertEquals([call["provider.chunk_count"], call["provider.ttfb_seconds"]], [undefined, undefined]);
  assertEquals(call["gen_ai.request.stream"], false);
});

Deno.test("SpanProjection describes operations on the conversation store", () => {
  assertEquals(attributes(project(streamed())[1]), {
    "conversation.id": "resp_0",
    "conversation.backend": "memory",
    "conversation.message_count": 3,
    "conversation.model": "gpt-4o-mini",
  });
});

Deno.test("SpanProjection gives each attempt a span, with a count from the second on", () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  const [first] = call.attempts;
  if (first !== undefined) {
    first.status = "error";
    first.httpStatus = 429;
    first.errorType = "rate_limit_exceeded";
  }
  const second = answeredAttempt(exchange);
  second.spanId = SPAN_IDS.second;
  call.attempts.push(second);
  const spans = project(end(exchange, "success", 200));
  assertEquals(tree(spans), "HTTP POST /v1/responses(provider.generate(POST, POST))");
  assertEquals(attributes(spans[2]), {
    "http.request.method": "POST",
    "server.address": "api.openai.com",
    "server.port": 443,
    "http.response.status_code": 429,
    "error.type": "rate_limit_exceeded",
  });
  assertEquals(attributes(spans[3])["http.request.resend_count"], 1);
  assertEquals(spans.map((span) => span.status), [
    SpanStatus.Unset,
    SpanStatus.Unset,
    SpanStatus.Error,
    SpanStatus.Unset,
  ]);
});

Deno.test("SpanProjection ends an attempt that was never sent, or left open, with its request", () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  const [attempt] = call.attempts;
  call.endedAt = NaN;
  if (attempt !== undefined) {
    attempt.startedAt = NaN;
    attempt.endedAt = NaN;
  }
  const [root, callSpan, attemptSpan] = project(end(exchange, "cancelled", 499));
  assertEquals([callSpan?.end, attemptSpan?.end], [root?.end, root?.end]);
  assertEquals(attemptSpan?.start, WALL_START + 2);
});

const OUTCOMES: readonly [
  outcome: Exclude<Exchange["outcome"], "">,
  status: number,
  spanStatus: SpanStatus,
  errorType: string | undefined,
][] = [
  ["success", 200, SpanStatus.Unset, undefined],
  ["rejected", 429, SpanStatus.Unset, undefined],
  ["blocked", 403, SpanStatus.Unset, undefined],
  ["cancelled", 499, SpanStatus.Unset, undefined],
  ["error", 502, SpanStatus.Error, "upstream_error"],
];

for (const [outcome, status, spanStatus, errorType] of OUTCOMES) {
  Deno.test(`SpanProjection sets the server span's status when the outcome is ${outcome}`, () => {
    const exchange = arrived();
    exchange.errorType = outcome === "success" ? "" : "upstream_error";
    exchange.errorMessage = "It failed.";
    const [root] = project(end(exchange, outcome, status));
    assertEquals(root?.status, spanStatus);
    assertEquals(root?.message, spanStatus === SpanStatus.Error ? "It failed." : "");
    assertEquals(attributes(root)["error.type"], errorType);
  });
}

Deno.test("SpanProjection tells of a cancel by an event, and keeps the code that was sent", () => {
  const exchange = arrived();
  exchange.sentStatus = 200;
  exchange.cancelStage = "streaming";
  const [root] = project(end(exchange, "cancelled", 499));
  assertEquals(root?.events, [{
    name: "request.cancelled",
    at: WALL_START + 104,
    attributes: attributesWith({ stage: "streaming" }),
  }]);
  assertEquals(attributes(root)["http.status_code"], 200);
});

Deno.test("SpanProjection has no code for a cancel before any was sent", () => {
  const [root] = project(end(arrived(), "cancelled", 499));
  assertEquals(attributes(root)["http.status_code"], undefined);
});

Deno.test("SpanProjection makes nothing of what is not sampled, not traced, or health and metrics", () => {
  for (const key of ["sampled", "traced"] as const) {
    const exchange = answered();
    exchange[key] = false;
    assertEquals(project(exchange), []);
  }
  const exchange = answered();
  exchange.background = true;
  assertEquals(project(exchange), []);
});

Deno.test("SpanProjection names a request without a route, and an unknown method, boundedly", () => {
  const exchange = arrived();
  exchange.route = "other";
  exchange.method = "BREW";
  const [root] = project(end(exchange, "rejected", 404));
  assertEquals(root?.name, "HTTP HTTP");
  assertEquals(attributes(root)["http.request.method"], "_OTHER");
  assertEquals(attributes(root)["http.route"], undefined);
});

const PROFILES: readonly [profiles: readonly Profile[], names: string][] = [
  [["gateway"], "HTTP POST /v1/responses(conversation.get, provider.generate(POST))"],
  [["llmrouter", "gen_ai"], "POST /v1/responses(conversation.get, gen_ai.request(POST))"],
  [
    ["semantic_router", "openinference"],
    "semantic_router.request.received(conversation.get, semantic_router.upstream.request(POST))",
  ],
  [["gen_ai"], "POST /v1/responses(conversation.get, chat gpt-4o-mini-2024-07-18(POST))"],
  [["openinference"], "HTTP POST /v1/responses(conversation.get, provider.generate(POST))"],
];

for (const [profiles, names] of PROFILES) {
  Deno.test(`SpanProjection takes names from ${profiles.join(", ")}`, () => {
    const exchange = arrived();
    storeOperation(exchange, "get");
    answeredCall(exchange);
    assertEquals(tree(project(end(exchange, "success", 200), profiles)), names);
  });
}

Deno.test("SpanProjection writes a name that two profiles share once", () => {
  const [root] = project(answered(), ["gateway", "llmrouter", "gen_ai"]);
  assertEquals(Object.keys(attributes(root)).length, root?.attributes.entries().length);
});

Deno.test("SPAN_FACTS has each row of the table once, those of a form in its order", () => {
  for (const [type, { names }] of Object.entries(SPAN_FACTS)) {
    const rows = Object.entries(ATTRIBUTES).filter(([, { on }]) => on === type).map(([fact]) => fact);
    const forms: (readonly Fact[])[] = [names.texts, names.numbers, names.others];
    assertEquals(forms.map((facts) => rows.filter((row) => facts.includes(row as Fact))), forms);
    assertEquals(forms.flat().length, rows.length);
    const types = forms.map((facts) => new Set(facts.map((fact) => ATTRIBUTES[fact].type)));
    assertEquals(types[0]?.difference(new Set(["string"])), new Set());
    assertEquals(types[1]?.difference(new Set(["int", "double"])), new Set());
    assertEquals(types[2]?.intersection(new Set(["string", "int", "double"])), new Set());
  }
});

Deno.test("SpanProjection keeps the limits of a span", () => {
  const [root] = spansOf(answered(), { profiles: ["gateway"], maxAttributes: 3, maxLength: 5 });
  assertEquals(attributes(root), { "http.method": "POST", "http.route": "/v1/r", "http.status_code": 200 });
  assertEquals(root?.droppedAttributes, 6);
});

Deno.test("SpanProjection tells every phase that took place, to the microsecond, under the gateway's own names", () => {
  const names = Object.keys(new Phases()) as Phase[];
  const exchange = answered();
  names.forEach((phase, n) => exchange.phases[phase] = n + 0.12345);
  const told = attributes(project(exchange)[0]);
  assertEquals(
    Object.entries(told).filter(([name]) => name.startsWith("gateway.phase.")),
    names.map((phase, n) => [`gateway.phase.${phase}_ms`, n + 0.123]),
  );
  const others = attributes(project(exchange, ["llmrouter", "semantic_router", "gen_ai"])[0]);
  assertEquals(Object.keys(others).filter((name) => name.startsWith("gateway.")), []);
});

Deno.test("SpanProjection gives processing time to semantic-router's dialect", () => {
  const time = attributes(project(answered(), ["semantic_router"])[0])["processing.time_ms"];
  assertAlmostEquals(Number(time), 104, 1e-9);
});

Deno.test("SpanProjection adds configured attributes to the request's span alone", () => {
  const exchange = answered();
  exchange.metadata = { customer: "acme" };
  exchange.headerAttributes = ["tenant.id", "t1"];
  exchange.principal = principal({ keyTail: "1234", name: "web", tags: { team: "search" } });
  const spans = spansOf(exchange, {
    profiles: DEFAULT_PROFILES,
    custom: [
      { name: "region", from: "value", value: "eu-1" },
      { name: "tenant.id", from: "header", header: "x-tenant" },
      { name: "absent", from: "header", header: "x-absent" },
      { name: "customer", from: "metadata", key: "customer" },
      { name: "team", from: "key_tag", tag: "team" },
      { name: "nobody", from: "key_tag", tag: "nobody" },
    ],
  });
  const { region, customer, team, absent, nobody, "tenant.id": tenant } = attributes(spans[0]);
  assertEquals([region, tenant, customer, team, absent, nobody], [
    "eu-1",
    "t1",
    "acme",
    "search",
    undefined,
    undefined,
  ]);
  assertEquals(attributes(spans[1])["region"], undefined);
});
