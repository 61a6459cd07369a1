import { assertEquals } from "@std/assert";
import { loadText, type TestSources } from "./load_text.ts";

interface Row {
  readonly name: string;
  readonly text: string;
  readonly sources?: TestSources;
  readonly path: string;
  readonly value: string;
  readonly origin: string;
}

const FLAG = { path: ["server", "port"], value: "3", flag: "--port" };

const ROWS: readonly Row[] = [
  { name: "a default", text: "", path: "server.port", value: "8080", origin: "default" },
  { name: "the file", text: "server:\n  port: 1", path: "server.port", value: "1", origin: "config.yaml:2" },
  {
    name: "the file, as it was written",
    text: "server:\n  idle_timeout: 90s",
    path: "server.idle_timeout",
    value: "90s",
    origin: "config.yaml:2",
  },
  {
    name: "a variable in the file",
    text: "server:\n  port: ${MY_PORT:-5}",
    sources: { env: { MY_PORT: "6" } },
    path: "server.port",
    value: "6",
    origin: "config.yaml:2 from ${MY_PORT}",
  },
  {
    name: "the environment over the file",
    text: "server:\n  port: 1",
    sources: { env: { PORT: "2" } },
    path: "server.port",
    value: "2",
    origin: "PORT",
  },
  {
    name: "a flag over the environment",
    text: "server:\n  port: 1",
    sources: { env: { PORT: "2" }, flags: [FLAG] },
    path: "server.port",
    value: "3",
    origin: "--port",
  },
  {
    name: "an empty variable, which is none",
    text: "server:\n  port: 1",
    sources: { env: { PORT: "" } },
    path: "server.port",
    value: "1",
    origin: "config.yaml:2",
  },
  {
    name: "a secret, masked",
    text: "providers:\n  a: { type: openai, api_key: abc }",
    path: "providers.a.api_key",
    value: "***",
    origin: "config.yaml:2",
  },
  {
    name: "a secret that is not there",
    text: "providers:\n  a: { type: vllm }",
    path: "providers.a.api_key",
    value: "null",
    origin: "default",
  },
  {
    name: "the key of a provider that is left out",
    text: "providers:\n  a:\n    type: openai\n    api_key: ${OPENAI_API_KEY}",
    path: "providers.a.api_key",
    value: "null",
    origin: "config.yaml:4 from ${OPENAI_API_KEY}",
  },
  {
    name: "a time-out that a provider inherits",
    text: "timeouts: { connect: 7s }\nproviders: { a: { type: vllm } }",
    path: "providers.a.timeouts.connect",
    value: "7s",
    origin: "default",
  },
  {
    name: "a list",
    text: "server: { allowed_hosts: [a.example, b.example] }",
    path: "server.allowed_hosts",
    value: "[a.example, b.example]",
    origin: "config.yaml:1",
  },
  {
    name: "a section that is off",
    text: "",
    path: "rate_limit.per_key",
    value: "null",
    origin: "default",
  },
  {
    name: "credentials in a URL, masked",
    text: 'providers: { a: { type: vllm, proxy: "http://u:p@host:1" } }',
    path: "providers.a.proxy",
    value: "http://***@host:1",
    origin: "config.yaml:1",
  },
  {
    name: "what the environment says of traces",
    text: "observability: { tracing: { exporter: { endpoint: a:4317 } } }",
    sources: { env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://b:4318" } },
    path: "observability.tracing.exporter.endpoint",
    value: "http://b:4318",
    origin: "OTEL_EXPORTER_OTLP_ENDPOINT",
  },
  {
    name: "what follows from other keys",
    text: "observability: { tracing: { exporter: { endpoint: a:4317 } } }",
    path: "observability.tracing.exporter.protocol",
    value: "grpc",
    origin: "default",
  },
];

for (const { name, text, sources, path, value, origin } of ROWS) {
  Deno.test(`effective() shows ${name}`, () => {
    const found = loadText(text, sources).effective().find((key) => key.path === path);
    assertEquals(found, { path, value, origin });
  });
}

Deno.test("loadConfig() reads durations as milliseconds and sizes as bytes", () => {
  const { config } = loadText(
    "server: { idle_timeout: 90s, max_body_size: 1KiB }\nstream: { ping_interval: off }",
  );
  assertEquals(config.server.idle_timeout, 90_000);
  assertEquals(config.server.max_body_size, 1024);
  assertEquals(config.stream.ping_interval, 0);
  assertEquals(config.timeouts, { connect: 5000, first_chunk: 600_000, between_chunks: 120_000, total: 0 });
});

Deno.test("loadConfig() takes a variable's text for what its key is", () => {
  const text =
    "server: { port: '${P}' }\nobservability: { enabled: '${E}', tracing: { sampler: { rate: '${R}' } } }";
  const { config } = loadText(text, { env: { P: "1234", E: "true", R: "0.25" } });
  assertEquals(config.server.port, 1234);
  assertEquals(config.observability.tracing.sampler.rate, 0.25);
});

Deno.test("loadConfig() takes a value that is empty after substitution for one that is not given", () => {
  const { config } = loadText("server: { port: '${P:-}', host: '${H}' }", { env: { H: "" } });
  assertEquals([config.server.port, config.server.host], [8080, "0.0.0.0"]);
});

Deno.test("loadConfig() reads a secret's file beside the configuration", () => {
  const text = "auth: { keys: [{ name: a, key: '${file:secret.txt}' }, { name: b, key: '${file:/abs}' }] }";
  const { config } = loadText(text, { files: { "secret.txt": "one\n", "/abs": "two" } });
  assertEquals(config.auth.keys.map(({ key }) => key?.reveal()), ["one", "two"]);
});

Deno.test("loadConfig() reads levels in any case and spelling", () => {
  for (const [level, expected] of [["debug", "DEBUG"], ["Warn", "WARNING"], ["ERROR", "ERROR"]] as const) {
    assertEquals(loadText(`logging: { level: ${level} }`).config.logging.level, expected);
  }
});
