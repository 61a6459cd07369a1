import { assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { withKept } from "../../lib/assembly/restart_only.ts";
import { Secret } from "../../lib/config/secret.ts";

function config(text: string) {
  return loadConfig({
    path: "/etc/config.yaml",
    text: `providers: { mock: { type: mock } }\n${text}`,
    env: () => undefined,
    readFile: (path) => {
      throw new Deno.errors.NotFound(path);
    },
  }).config;
}

const exporter = (header: string) =>
  `{ exporter: { type: otlp, endpoint: "http://a.test:4318", headers: { x: ${header} } } }`;

const FILE = "{ exporter: { type: file, path: /tmp/spans.jsonl } }";

const CASES: readonly (readonly [name: string, running: string, next: string, kept: readonly string[]])[] = [
  ["nothing", "", "", []],
  ["what can change", "models: { a: mock/a }", "models: { b: mock/b }\nlogging: { level: DEBUG }", []],
  ["the listener", "server: { port: 1 }", "server: { port: 2, max_in_flight: 3 }", ["server.port"]],
  ["conversations", "", "conversations: { path: /tmp/c.db }", ["conversations"]],
  [
    "an exporter's secret, and what the log tells",
    `observability: { tracing: ${exporter("one")} }`,
    `observability: { tracing: ${exporter("two")} }\nlogging: { format: pretty, log_requests: true }`,
    [],
  ],
  ["which metrics there are", "", "observability: { metrics: { enabled: false } }", [
    "observability.metrics.enabled",
  ]],
  [
    "the first files, of one that has given up the right to write any",
    "requests: { enabled: false }",
    `requests: { enabled: false }\nlogging: { log_file: /tmp/a.log }\nobservability: { tracing: ${FILE} }`,
    ["logging.log_file", "observability.tracing.exporters"],
  ],
  [
    "another file, of one that writes some",
    "logging: { log_file: /tmp/a.log }",
    `logging: { log_file: /tmp/b.log }\nobservability: { tracing: ${FILE} }`,
    [],
  ],
];

for (const [name, running, next, kept] of CASES) {
  Deno.test(`withKept() names what takes a restart: ${name}`, () => {
    const before = config(running);
    const result = withKept(before, config(next));
    assertEquals(result.kept, kept);
    assertEquals(result.config.server.port, before.server.port);
    assertEquals(result.config.conversations, before.conversations);
    assertEquals(withKept(before, result.config).kept, []);
  });
}

Deno.test("withKept() leaves the rest as the new configuration has it", () => {
  const { config: result } = withKept(
    config("server: { port: 1, max_in_flight: 1 }"),
    config("server: { port: 2, max_in_flight: 2 }\nmodels: { b: mock/b }"),
  );
  assertEquals([result.server.port, result.server.max_in_flight], [1, 2]);
  assertEquals(Object.keys(result.models), ["b"]);
});

Deno.test("withKept() lets a certificate change, and not whether there is one", () => {
  const plain = config("");
  const tls = {
    certificate: "c",
    key: new Secret("k"),
    clientCa: null,
    minVersion: "TLSv1.2",
    files: [],
  } as const;
  const secure = { ...plain, server: { ...plain.server, tls } };
  const renewed = { ...plain, server: { ...plain.server, tls: { ...tls, certificate: "d" } } };
  const asking = { ...plain, server: { ...plain.server, tls: { ...tls, clientCa: "a" } } };
  assertEquals(withKept(secure, renewed), { config: renewed, kept: [] });
  for (const [running, next] of [[plain, secure], [secure, plain], [secure, asking]] as const) {
    const { config: { server }, kept } = withKept(running, next);
    assertEquals([server.tls, kept], [running.server.tls, ["server.tls"]]);
  }
});
