import { assertEquals } from "@std/assert";
import type { ObservabilityConfig } from "../../lib/config/config.ts";
import { loadText } from "./load_text.ts";

type Env = Readonly<Record<string, string>>;

function observe(tracing: string, env: Env = {}): ObservabilityConfig {
  const text = tracing === "" ? "" : `observability: { tracing: ${tracing} }`;
  return loadText(text, { env }).config.observability;
}

const OTLP = "exporter: { type: otlp }";

/** Sampler in the file, in the environment, and what it comes to. */
const SAMPLERS: readonly (readonly [tracing: string, env: Env, type: string, rate: number])[] = [
  ["", {}, "parentbased_always_on", 1],
  ["{ sampler: { type: always } }", {}, "always_on", 1],
  ["{ sampler: { type: never } }", {}, "always_off", 1],
  ["{ sampler: { type: probability, rate: 0.1 } }", {}, "parentbased_traceidratio", 0.1],
  ["{ sampler: { type: probability } }", {}, "parentbased_traceidratio", 1],
  ["{ sampler: { rate: 0.1 } }", {}, "parentbased_traceidratio", 0.1],
  ["{ sampling: { type: always_on, rate: 1.0 } }", {}, "always_on", 1],
  ["{ sampling: { type: always_off } }", {}, "always_off", 1],
  ["{ sampling: { type: probabilistic, rate: 0.2 } }", {}, "parentbased_traceidratio", 0.2],
  ["{ sampling: { rate: 0.2 } }", {}, "parentbased_traceidratio", 0.2],
  ["{ sampler: { type: traceidratio, rate: 0.2 } }", {}, "traceidratio", 0.2],
  ["{ sampler: { type: always, rate: 0.1 }, sampling: { type: always_on } }", {}, "always_on", 1],
  ["", { OTEL_TRACES_SAMPLER: "always_off" }, "always_off", 1],
  [
    "{ sampler: { rate: 0.1 } }",
    { OTEL_TRACES_SAMPLER: "parentbased_always_off" },
    "parentbased_always_off",
    1,
  ],
  ["", { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.3" }, "traceidratio", 0.3],
  [
    "{ sampler: { rate: 0.1 } }",
    { OTEL_TRACES_SAMPLER: "parentbased_traceidratio" },
    "parentbased_traceidratio",
    1,
  ],
  ["", { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "7" }, "traceidratio", 1],
  ["{ sampler: { rate: 0.1 } }", { OTEL_TRACES_SAMPLER: "jaeger_remote" }, "parentbased_traceidratio", 0.1],
  [
    "{ sampling: { type: always_on } }",
    { LLMROUTER_OTEL_SAMPLE_RATE: "0.4" },
    "parentbased_traceidratio",
    0.4,
  ],
  ["{ sampler: { type: never } }", { LLMROUTER_OTEL_SAMPLE_RATE: "0" }, "parentbased_traceidratio", 0],
  ["", { OTEL_TRACES_SAMPLER: "always_on", LLMROUTER_OTEL_SAMPLE_RATE: "0.4" }, "always_on", 1],
  ["", { OTEL_TRACES_SAMPLER_ARG: "0.4" }, "parentbased_always_on", 1],
];

for (const [tracing, env, type, rate] of SAMPLERS) {
  Deno.test(`the sampler of ${tracing || "nothing"} with ${JSON.stringify(env)} is ${type} ${rate}`, () => {
    assertEquals(
      observe(tracing, env).tracing.sampler,
      { type, rate } as ObservabilityConfig["tracing"]["sampler"],
    );
  });
}

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/** Exporter in the file, in the environment; protocol and URL, `stdout`, or nothing. */
const EXPORTERS: readonly (readonly [exporter: string, env: Env, expected: string])[] = [
  ["", {}, ""],
  ["{ type: stdout }", {}, "stdout"],
  ["{ type: [stdout, otlp], endpoint: 'a:4317' }", {}, "stdout, grpc https://a:4317"],
  ["{ type: otlp }", {}, "http/protobuf http://localhost:4318/v1/traces"],
  ["{ type: otlp, protocol: grpc }", {}, "grpc http://localhost:4317"],
  ["{ endpoint: 'localhost:4317', insecure: true }", {}, "grpc http://localhost:4317"],
  ["{ type: otlp, endpoint: 'tempo:4317', insecure: false }", {}, "grpc https://tempo:4317"],
  ["{ endpoint: 'collector' }", {}, "grpc https://collector"],
  ["{ endpoint: 'http://otel-collector:4317' }", {}, "grpc http://otel-collector:4317"],
  ["{ endpoint: 'https://api.example:4317/x' }", {}, "grpc https://api.example:4317"],
  ["{ endpoint: 'http://collector:4318' }", {}, "http/protobuf http://collector:4318/v1/traces"],
  ["{ endpoint: 'http://collector:4318/' }", {}, "http/protobuf http://collector:4318/v1/traces"],
  ["{ endpoint: 'https://api.example/otlp' }", {}, "http/protobuf https://api.example/otlp/v1/traces"],
  ["{ endpoint: 'https://api.example/v1/traces' }", {}, "http/protobuf https://api.example/v1/traces"],
  ["{ traces_endpoint: 'https://api.example/mine' }", {}, "http/protobuf https://api.example/mine"],
  [
    "{ endpoint: 'localhost:4318', protocol: http/json, insecure: true }",
    {},
    "http/json http://localhost:4318/v1/traces",
  ],
  ["{ endpoint: 'http://c:4317', protocol: http/protobuf }", {}, "http/protobuf http://c:4317/v1/traces"],
  ["{ endpoint: 'a:4317' }", { [ENDPOINT]: "http://b:4317" }, "grpc http://b:4317"],
  ["{ type: stdout }", { [ENDPOINT]: "http://b:4317" }, "grpc http://b:4317"],
  ["{ type: stdout }", { [ENDPOINT]: "http://b:4317", OTEL_TRACES_EXPORTER: "console" }, "stdout"],
  [
    "{ traces_endpoint: 'http://a/x' }",
    { [ENDPOINT]: "http://b:4318" },
    "http/protobuf http://b:4318/v1/traces",
  ],
  ["", { [TRACES_ENDPOINT]: "http://b:4318/mine" }, "http/protobuf http://b:4318/mine"],
  [
    "",
    { [ENDPOINT]: "http://a:1", [TRACES_ENDPOINT]: "http://b:4318/mine" },
    "http/protobuf http://b:4318/mine",
  ],
  ["", { [ENDPOINT]: "http://b:9999", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, "grpc http://b:9999"],
  ["", { [ENDPOINT]: "::", OTEL_EXPORTER_OTLP_PROTOCOL: "carrier-pigeon" }, ""],
  ["", { OTEL_TRACES_EXPORTER: "otlp" }, "http/protobuf http://localhost:4318/v1/traces"],
  ["", { OTEL_TRACES_EXPORTER: "otlp,console" }, "http/protobuf http://localhost:4318/v1/traces, stdout"],
  ["{ type: otlp, endpoint: 'a:4317' }", { OTEL_TRACES_EXPORTER: "none" }, ""],
  ["{ type: stdout }", { OTEL_TRACES_EXPORTER: "zipkin" }, "stdout"],
  ["{ type: none, endpoint: 'a:4317' }", {}, ""],
  ["{ type: stdout }", { OTEL_SDK_DISABLED: "true" }, ""],
  ["{ type: stdout }", { OTEL_SDK_DISABLED: "TRUE" }, ""],
  ["{ type: stdout }", { OTEL_SDK_DISABLED: "yes" }, "stdout"],
];

for (const [exporter, env, expected] of EXPORTERS) {
  Deno.test(`the exporter of ${exporter || "nothing"} with ${JSON.stringify(env)} is ${expected || "none"}`, () => {
    const { tracing } = observe(exporter === "" ? "" : `{ exporter: ${exporter} }`, env);
    const found = tracing.exporters.map((one) =>
      one.type === "otlp" ? `${one.protocol} ${one.url}` : one.type
    );
    assertEquals(found.join(", "), expected);
    assertEquals(tracing.enabled, expected !== "");
  });
}

/** File's tracing, environment; conventions and service name. */
const DIALECTS: readonly (readonly [tracing: string, env: Env, conventions: string, service: string])[] = [
  ["", {}, "gateway gen_ai", "llm-gateway"],
  [`{ ${OTLP} }`, {}, "gateway gen_ai", "llm-gateway"],
  [`{ ${OTLP} }`, { [ENDPOINT]: "http://b:4317" }, "gateway gen_ai", "llm-gateway"],
  ["{ provider: opentelemetry }", {}, "semantic_router openinference", "vllm-semantic-router"],
  ["{ sampling: { rate: 1 } }", {}, "semantic_router openinference", "vllm-semantic-router"],
  ["{ resource: { service_name: mine } }", {}, "semantic_router openinference", "mine"],
  ["{ resource: { attributes: { team: a } } }", {}, "gateway gen_ai", "llm-gateway"],
  ["", { [ENDPOINT]: "http://b:4317" }, "llmrouter gen_ai", "litellm-gateway"],
  [`{ ${OTLP} }`, { LLMROUTER_OTEL_SAMPLE_RATE: "1" }, "llmrouter gen_ai", "litellm-gateway"],
  ["{ service_name: mine }", { OTEL_SERVICE_NAME: "theirs" }, "gateway gen_ai", "theirs"],
  ["{ service_name: mine }", { OTEL_RESOURCE_ATTRIBUTES: "service.name=theirs" }, "gateway gen_ai", "theirs"],
  ["", { OTEL_SERVICE_NAME: "a", OTEL_RESOURCE_ATTRIBUTES: "service.name=b" }, "gateway gen_ai", "a"],
];

for (const [tracing, env, conventions, service] of DIALECTS) {
  Deno.test(`the names of ${tracing || "nothing"} with ${JSON.stringify(env)} are ${conventions}, ${service}`, () => {
    const observability = observe(tracing, env);
    assertEquals(observability.conventions.join(" "), conventions);
    assertEquals(observability.resource["service.name"], service);
  });
}

Deno.test("conventions that are given are taken as they are", () => {
  const { config } = loadText(
    "observability: { conventions: [openinference, gateway], tracing: { sampling: { rate: 1 } } }",
  );
  assertEquals(config.observability.conventions, ["openinference", "gateway"]);
});

Deno.test("the resource has the environment's attributes over the file's", () => {
  const file =
    "{ resource: { service_version: '1', deployment_environment: dev, attributes: { team: a, zone: z } } }";
  const env = {
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment=production,service.namespace=ai%20gateway,team=b",
    OTEL_SERVICE_VERSION: "2",
  };
  assertEquals(observe(file, env).resource, {
    team: "b",
    zone: "z",
    "service.namespace": "ai gateway",
    "service.name": "vllm-semantic-router",
    "service.version": "2",
    "deployment.environment": "production",
    "deployment.environment.name": "production",
  });
});

Deno.test("the environment sets headers, time-out, compression, queue and limits", () => {
  const { exporters: [exporter], batch, limits } = observe("{ exporter: { headers: { a: '1', b: '2' } } }", {
    [ENDPOINT]: "https://b:4318",
    OTEL_EXPORTER_OTLP_HEADERS: "b=3,C=four%20words",
    OTEL_EXPORTER_OTLP_TIMEOUT: "1500",
    OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: "gzip",
    OTEL_BSP_MAX_QUEUE_SIZE: "10",
    OTEL_BSP_SCHEDULE_DELAY: "250",
    OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "99",
  }).tracing;
  if (exporter?.type !== "otlp") throw new Error("no exporter");
  assertEquals(Object.entries(exporter.headers).map(([name, value]) => `${name}=${value.reveal()}`), [
    "a=1",
    "b=3",
    "c=four words",
  ]);
  assertEquals([exporter.timeout, exporter.compression, exporter.tls], [1500, "gzip", null]);
  assertEquals([batch.max_queue, batch.delay, limits.attribute_length], [10, 250, 99]);
});

/** What OpenTelemetry's variables hold and is not understood: warned about, never with the value. */
const WARNINGS: readonly (readonly [env: Env, warning: string])[] = [
  [
    { OTEL_TRACES_SAMPLER: "x" },
    "OTEL_TRACES_SAMPLER is ignored: expected always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio",
  ],
  [
    { LLMROUTER_OTEL_SAMPLE_RATE: "2" },
    "LLMROUTER_OTEL_SAMPLE_RATE is ignored: expected a number from 0 to 1",
  ],
  [
    { OTEL_TRACES_SAMPLER: "always_on", LLMROUTER_OTEL_SAMPLE_RATE: "0.1" },
    "LLMROUTER_OTEL_SAMPLE_RATE is ignored: OTEL_TRACES_SAMPLER is set",
  ],
  [{ OTEL_TRACES_EXPORTER: "zipkin" }, "OTEL_TRACES_EXPORTER is ignored: expected otlp, console, none"],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: "planted" },
    "OTEL_EXPORTER_OTLP_HEADERS is ignored: expected key=value pairs, with commas between them",
  ],
  [
    { OTEL_BSP_MAX_QUEUE_SIZE: "-1" },
    "OTEL_BSP_MAX_QUEUE_SIZE is ignored: expected an integer of at least 1",
  ],
  [{ OTEL_SDK_DISABLED: "1" }, "OTEL_SDK_DISABLED is ignored: expected true or false"],
  [{ OTEL_DENO: "true" }, "OTEL_DENO is set: the runtime exports telemetry of its own beside the gateway's"],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "ftp://x" },
    "OTEL_EXPORTER_OTLP_ENDPOINT is ignored: expected host:port or a URL",
  ],
];

for (const [env, warning] of WARNINGS) {
  Deno.test(`loadConfig() warns of ${JSON.stringify(env)}`, () => {
    assertEquals(loadText("", { env }).config.warnings, [warning]);
  });
}

Deno.test("loadConfig() warns where tracing is enabled and names no exporter", () => {
  const { config } = loadText("observability: { tracing: { enabled: true } }");
  assertEquals(config.observability.tracing.enabled, true);
  assertEquals(config.warnings, [
    "observability.tracing is enabled and names no exporter: traces are made and go nowhere",
  ]);
});

Deno.test("observability.enabled switches all of it off", () => {
  const { config } = loadText(
    "observability: { enabled: false, tracing: { enabled: true, exporter: { type: stdout } } }",
  );
  assertEquals(config.observability.metrics.enabled, false);
  assertEquals([config.observability.tracing.enabled, config.observability.tracing.exporters], [false, []]);
});

Deno.test("tracing.enabled: false switches traces off whatever exporter there is", () => {
  assertEquals(
    observe("{ enabled: false, exporter: { type: stdout } }", { [ENDPOINT]: "http://b:4317" }).tracing
      .enabled,
    false,
  );
});

Deno.test("propagators are OpenTelemetry's, and none is none", () => {
  assertEquals(observe("").tracing.propagators, ["tracecontext", "baggage"]);
  assertEquals(observe("{ propagators: [tracecontext] }").tracing.propagators, ["tracecontext"]);
  assertEquals(observe("", { OTEL_PROPAGATORS: "none" }).tracing.propagators, []);
});

Deno.test("loadConfig() takes attributes of a request's span from a text, a header, metadata or a key's tag", () => {
  const { attributes } = observe(
    "{ attributes: { region: eu-1, tenant: { header: X-Tenant }, customer: { metadata: c }, team: { key_tag: t } } }",
  ).tracing;
  assertEquals(attributes, [
    { name: "region", from: "value", value: "eu-1" },
    { name: "tenant", from: "header", header: "x-tenant" },
    { name: "customer", from: "metadata", key: "c" },
    { name: "team", from: "key_tag", tag: "t" },
  ]);
});

for (
  const [auth, given, trusted] of [
    ["", "", "always"],
    ["auth: { keys: [{ name: a, key: k }] }", "", "keys"],
    ["auth: { keys: [{ name: a, key: k }] }", "trust_parent: always", "always"],
    ["", "trust_parent: never", "never"],
  ] as const
) {
  Deno.test(`callers' traces are trusted "${trusted}" with ${auth || "no keys"} and ${given || "nothing said"}`, () => {
    const text = `${auth}\nobservability: { tracing: { ${given} } }`;
    assertEquals(loadText(text).config.observability.tracing.trustParent, trusted);
  });
}

Deno.test("tail rules are off until one is configured", () => {
  assertEquals(observe("").tracing.tail, null);
  assertEquals(observe("{ tail_sampling: { slower_than: 2s } }").tracing.tail?.slower_than, 2000);
});

Deno.test("contents are told where they are wanted, and a convention without names for them is pointed out", () => {
  assertEquals(observe("").content, null);
  const load = (keys: string) => loadText(`observability: { capture_content: true, ${keys} }`).config;
  const { observability, warnings } = load("max_content_length: 100");
  assertEquals([observability.content, warnings], [{ maxLength: 100 }, []]);
  assertEquals(load("conventions: [gateway, llmrouter]").warnings, [
    "observability.capture_content tells nothing under the conventions gateway, llmrouter: " +
    "gen_ai and openinference have names for it",
  ]);
});

Deno.test("the metrics of the conventions to come are there where they, or their convention, are listed", () => {
  const profiles = (keys: string) =>
    loadText(`observability: { ${keys} }`).config.observability.metrics.profiles;
  assertEquals(profiles(""), ["gateway"]);
  assertEquals(profiles("conventions: [gateway, gen_ai_next]"), ["gateway", "gen_ai_next"]);
  assertEquals(profiles("metrics: { profiles: [gen_ai_next] }"), ["gen_ai_next"]);
  assertEquals(profiles("metrics: { profiles: [litellm] }, conventions: [gen_ai_next]"), [
    "litellm",
    "gen_ai_next",
  ]);
});
