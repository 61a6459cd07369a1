/** Every variable of OpenTelemetry's, each with values that are valid, empty, unknown and absurd. */
import { assertEquals } from "@std/assert";
import { ENVIRONMENT_ROWS } from "../../lib/config/environment.ts";
import type { ExporterConfig, ObservabilityConfig } from "../../lib/config/config.ts";
import { loadText } from "./load_text.ts";

type Env = Readonly<Record<string, string>>;
type Signal = "traces" | "metrics" | "logs";

function observe(env: Env): { observability: ObservabilityConfig; warnings: readonly string[] } {
  const pem = "-----BEGIN CERTIFICATE-----";
  const files = { "/ca": pem, "/own": pem, "/key": pem, "/all": pem };
  const { config } = loadText("", { env, files });
  return { observability: config.observability, warnings: config.warnings };
}

function exportersOf(observability: ObservabilityConfig, signal: Signal): readonly ExporterConfig[] {
  if (signal === "traces") return observability.tracing.exporters;
  return signal === "metrics" ? observability.metrics.push.exporters : observability.logs.exporters;
}

/** A fact of the configuration that a variable decides. */
type Fact = (observability: ObservabilityConfig) => unknown;

function exporter(signal: Signal, read: (exporter: ExporterConfig & { type: "otlp" }) => unknown): Fact {
  return (observability) => {
    const [first] = exportersOf(observability, signal);
    return first?.type === "otlp" ? read(first) : null;
  };
}

interface Case {
  readonly fact: Fact;
  /** What else has to be set for the variable to matter. */
  readonly beside: Env;
  readonly valid: readonly (readonly [value: string, becomes: unknown])[];
  /** Unknown, out of range, absurd: warned about, and the default stays. */
  readonly bad: readonly string[];
}

const NUMBERS = ["", "-1", "1.5", "many", "1e99", "99999999999999999999", "NaN", "0x10"];
const NONE = NUMBERS.filter((value) => value !== "");

const cases: Record<string, Case> = {
  OTEL_SDK_DISABLED: {
    fact: (
      { tracing, metrics, logs },
    ) => [tracing.enabled, metrics.push.exporters.length, logs.exporters.length],
    beside: { OTEL_TRACES_EXPORTER: "otlp", OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp" },
    valid: [["true", [false, 0, 0]], ["TRUE", [false, 0, 0]], ["false", [true, 1, 1]]],
    bad: ["yes", "1", "truthy"],
  },
  OTEL_SERVICE_NAME: {
    fact: ({ resource }) => resource["service.name"],
    beside: {},
    valid: [["mine", "mine"], ["  mine  ", "mine"]],
    bad: [],
  },
  OTEL_SERVICE_VERSION: {
    fact: ({ resource }) => resource["service.version"] ?? null,
    beside: { OTEL_RESOURCE_ATTRIBUTES: "service.version=other" },
    valid: [["1.2.3", "1.2.3"], ["  v2  ", "v2"]],
    bad: [],
  },
  OTEL_RESOURCE_ATTRIBUTES: {
    fact: ({ resource }) => resource["team"] ?? null,
    beside: {},
    valid: [["team=a", "a"], ["x=1,team=b%20c", "b c"]],
    bad: ["planted", "team=%zz", "=1"],
  },
  OTEL_PROPAGATORS: {
    fact: ({ tracing }) => tracing.propagators,
    beside: {},
    valid: [
      ["tracecontext", ["tracecontext"]],
      ["none", []],
      ["none,b3", []],
      ["b3", ["b3"]],
      ["b3multi", ["b3multi"]],
      ["jaeger", ["jaeger"]],
      ["xray", ["xray"]],
      ["tracecontext,baggage,b3", ["tracecontext", "baggage", "b3"]],
      [" B3Multi , XRAY,jaeger ", ["b3multi", "xray", "jaeger"]],
      ["b3,b3,baggage,b3", ["b3", "baggage"]],
      ["b3,,", ["b3"]],
    ],
    bad: ["carrier-pigeon", "tracecontext,smoke", "ottrace", "b3 multi", "tracecontext;baggage", ",", "*"],
  },
  OTEL_TRACES_SAMPLER: {
    fact: ({ tracing }) => tracing.sampler.type,
    beside: {},
    valid: [
      ["always_on", "always_on"],
      ["always_off", "always_off"],
      ["traceidratio", "traceidratio"],
      ["parentbased_always_on", "parentbased_always_on"],
      ["parentbased_always_off", "parentbased_always_off"],
      ["parentbased_traceidratio", "parentbased_traceidratio"],
    ],
    bad: ["jaeger_remote", "xray", "sometimes"],
  },
  OTEL_TRACES_SAMPLER_ARG: {
    fact: ({ tracing }) => tracing.sampler.rate,
    beside: { OTEL_TRACES_SAMPLER: "traceidratio" },
    valid: [["0.25", 0.25], ["0", 0], ["1", 1]],
    bad: ["1.01", "-0.1", "half", "1e99", "0x1", "NaN", "Infinity", "50%"],
  },
  OTEL_ATTRIBUTE_COUNT_LIMIT: {
    fact: ({ tracing }) => tracing.limits.attribute_count,
    beside: {},
    valid: [["0", 0], ["64", 64]],
    bad: NONE,
  },
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: {
    fact: ({ tracing }) => tracing.limits.attribute_length,
    beside: {},
    valid: [["0", 0], ["64", 64]],
    bad: NONE,
  },
  OTEL_METRIC_EXPORT_INTERVAL: {
    fact: ({ metrics }) => metrics.push.interval,
    beside: {},
    valid: [["1500", 1500]],
    bad: ["0", ...NONE],
  },
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: {
    fact: ({ metrics }) => metrics.push.temporality,
    beside: {},
    valid: [["delta", "delta"], ["CUMULATIVE", "cumulative"], ["lowmemory", "lowmemory"]],
    bad: ["epsilon"],
  },
  OTEL_TRACES_EXPORTER: {
    fact: ({ tracing }) => tracing.exporters.map(({ type }) => type),
    beside: {},
    valid: [["otlp", ["otlp"]], ["console", ["stdout"]], ["otlp,console", ["otlp", "stdout"]], ["none", []]],
    bad: ["zipkin", "prometheus", ","],
  },
  OTEL_METRICS_EXPORTER: {
    fact: ({ metrics }) => [metrics.enabled, metrics.push.exporters.map(({ type }) => type)],
    beside: {},
    valid: [
      ["otlp", [true, ["otlp"]]],
      ["console", [true, ["stdout"]]],
      ["prometheus", [true, []]],
      ["otlp, prometheus", [true, ["otlp"]]],
      ["none", [true, []]],
    ],
    bad: ["graphite"],
  },
  OTEL_LOGS_EXPORTER: {
    fact: ({ logs }) => logs.exporters.map(({ type }) => type),
    beside: {},
    valid: [["otlp", ["otlp"]], ["console", []], ["none", []]],
    bad: ["syslog", "prometheus"],
  },
};

const BATCHES = [["OTEL_BSP", ({ tracing }: ObservabilityConfig) => tracing.batch], [
  "OTEL_BLRP",
  ({ logs }: ObservabilityConfig) => logs.batch,
]] as const;

for (const [prefix, batch] of BATCHES) {
  cases[`${prefix}_MAX_QUEUE_SIZE`] = {
    fact: (observability) => batch(observability).max_queue,
    beside: {},
    valid: [["10", 10]],
    bad: ["0", ...NONE],
  };
  cases[`${prefix}_MAX_EXPORT_BATCH_SIZE`] = {
    fact: (observability) => batch(observability).max_size,
    beside: {},
    valid: [["10", 10]],
    bad: ["0", ...NONE],
  };
  cases[`${prefix}_SCHEDULE_DELAY`] = {
    fact: (observability) => batch(observability).delay,
    beside: {},
    valid: [["0", 0], ["250", 250]],
    bad: NONE,
  };
}

for (const signal of ["traces", "metrics", "logs"] as const) {
  const upper = signal.toUpperCase();
  const beside = { [`OTEL_${upper}_EXPORTER`]: "otlp" };
  const timeouts = { traces: "OTEL_BSP", metrics: "OTEL_METRIC", logs: "OTEL_BLRP" };
  cases[`${timeouts[signal]}_EXPORT_TIMEOUT`] = {
    fact: exporter(signal, ({ timeout }) => timeout),
    beside,
    valid: [["700", 700]],
    bad: ["0", ...NONE],
  };
  for (
    const [prefix, own] of [["OTEL_EXPORTER_OTLP", false], [`OTEL_EXPORTER_OTLP_${upper}`, true]] as const
  ) {
    const name = (suffix: string) => own ? `${prefix}_${suffix}` : `${prefix}_${suffix} (${signal})`;
    cases[name("ENDPOINT")] = {
      fact: exporter(signal, ({ protocol, url }) => `${protocol} ${url}`),
      beside,
      valid: [
        ["http://b:4317", "grpc http://b:4317"],
        ["http://b:4318", `http/protobuf http://b:4318${own ? "/" : `/v1/${signal}`}`],
        ["https://b/x", `http/protobuf https://b/x${own ? "" : `/v1/${signal}`}`],
      ],
      bad: ["ftp://x", "::", "http://"],
    };
    cases[name("PROTOCOL")] = {
      fact: exporter(signal, ({ protocol }) => protocol),
      beside,
      valid: [["grpc", "grpc"], ["http/protobuf", "http/protobuf"], ["HTTP/JSON", "http/json"]],
      bad: ["http", "carrier-pigeon"],
    };
    cases[name("HEADERS")] = {
      fact: exporter(
        signal,
        ({ headers }) => Object.entries(headers).map(([key, value]) => `${key}=${value.reveal()}`),
      ),
      beside,
      valid: [["A=1,b=two%20words", ["a=1", "b=two words"]]],
      bad: ["planted", "a=%zz"],
    };
    cases[name("TIMEOUT")] = {
      fact: exporter(signal, ({ timeout }) => timeout),
      beside,
      valid: [["1500", 1500]],
      bad: ["0", ...NONE],
    };
    cases[name("COMPRESSION")] = {
      fact: exporter(signal, ({ compression }) => compression),
      beside,
      valid: [["gzip", "gzip"], ["none", "none"]],
      bad: ["zstd"],
    };
    cases[name("INSECURE")] = {
      fact: exporter(signal, ({ url }) => url),
      beside: { ...beside, [`OTEL_EXPORTER_OTLP_${upper}_ENDPOINT`]: "b:4317" },
      valid: [["true", "http://b:4317"], ["false", "https://b:4317"]],
      bad: ["maybe"],
    };
    cases[name("CERTIFICATE")] = {
      fact: exporter(signal, ({ tls }) => tls?.ca ?? null),
      beside,
      valid: [["/ca", "-----BEGIN CERTIFICATE-----"]],
      bad: [],
    };
    cases[name("CLIENT_CERTIFICATE")] = {
      fact: exporter(signal, ({ tls }) => [tls?.certificate ?? null, tls?.key?.reveal() ?? null]),
      beside,
      valid: [],
      bad: [],
    };
    cases[name("CLIENT_KEY")] = {
      fact: exporter(signal, ({ tls }) => [tls?.certificate ?? null, tls?.key?.reveal() ?? null]),
      beside: { ...beside, [`${prefix}_CLIENT_CERTIFICATE`]: "/own" },
      valid: [["/key", ["-----BEGIN CERTIFICATE-----", "-----BEGIN CERTIFICATE-----"]]],
      bad: [],
    };
  }
}

for (const [title, { fact, beside, valid, bad }] of Object.entries(cases)) {
  const [variable = ""] = title.split(" ");
  Deno.test(`${title} takes what is valid, and nothing else changes its default`, () => {
    // A key without its certificate, and the other way round, is an error of its own.
    const alone = variable.endsWith("_CLIENT_KEY");
    if (!alone) {
      const before = observe(beside);
      for (const value of ["", "   "]) {
        const empty = observe({ ...beside, [variable]: value });
        assertEquals(fact(empty.observability), fact(before.observability), `"${value}"`);
        assertEquals(empty.warnings, before.warnings);
      }
      for (const value of bad) {
        const { observability, warnings } = observe({ ...beside, [variable]: value });
        assertEquals(fact(observability), fact(before.observability), value);
        const told = warnings.filter((warning) => !before.warnings.includes(warning));
        assertEquals(told.map((warning) => warning.split(" is ignored: expected ")[0]), [variable], value);
        assertEquals(told[0]?.includes("planted"), false);
      }
    }
    for (const [value, becomes] of valid) {
      const { observability, warnings } = observe({ ...beside, [variable]: value });
      assertEquals(fact(observability), becomes, value);
      assertEquals(warnings, [], value);
    }
  });
}

Deno.test("every variable of OpenTelemetry's that sets a key stands in this table", () => {
  const tested = new Set(Object.keys(cases).map((title) => title.split(" ")[0]));
  const read = ENVIRONMENT_ROWS.flatMap(([names]) => names).filter((name) => name.startsWith("OTEL_"));
  assertEquals(read.filter((name) => !tested.has(name)), []);
});

/** Environment, signal, what it comes to. */
const PRECEDENCE: readonly (readonly [env: Env, signal: Signal, expected: string])[] = [
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318" }, "metrics", ""],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318" }, "logs", ""],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318", OTEL_METRICS_EXPORTER: "otlp" },
    "metrics",
    "http/protobuf http://a:4318/v1/metrics",
  ],
  [
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://a:4318/v1/traces", OTEL_METRICS_EXPORTER: "otlp" },
    "metrics",
    "http/protobuf http://localhost:4318/v1/metrics",
  ],
  [
    {
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json",
      OTEL_LOGS_EXPORTER: "otlp",
    },
    "logs",
    "grpc http://localhost:4317",
  ],
  [
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318",
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://b:4318/mine",
      OTEL_LOGS_EXPORTER: "otlp",
    },
    "logs",
    "http/protobuf http://b:4318/mine",
  ],
];

for (const [env, signal, expected] of PRECEDENCE) {
  Deno.test(`${signal} with ${JSON.stringify(env)} go to ${expected || "nowhere"}`, () => {
    const found = exportersOf(observe(env).observability, signal).map((one) =>
      one.type === "otlp" ? `${one.protocol} ${one.url}` : one.type
    );
    assertEquals(found.join(), expected);
  });
}

Deno.test("metrics and logs take from the traces' exporter what their own does not say", () => {
  const { config } = loadText(`
observability:
  tracing:
    exporter: { endpoint: "collector:4317", insecure: true, compression: gzip, timeout: 3s, headers: { a: "1" } }
  metrics: { exporter: { type: [otlp, prometheus] } }
  logs: { exporter: { type: otlp, protocol: http/json, endpoint: "http://logs:4318", headers: { b: "2" } } }
`);
  const [metrics] = config.observability.metrics.push.exporters;
  const [logs] = config.observability.logs.exporters;
  if (metrics?.type !== "otlp" || logs?.type !== "otlp") throw new Error("no exporters");
  assertEquals([metrics.protocol, metrics.url, metrics.compression, metrics.timeout], [
    "grpc",
    "http://collector:4317",
    "gzip",
    3000,
  ]);
  assertEquals([logs.protocol, logs.url, Object.keys(logs.headers)], [
    "http/json",
    "http://logs:4318/v1/logs",
    ["a", "b"],
  ]);
});
