import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { VERSION } from "../../lib/version.ts";
import { fakeSystem } from "./fake_system.ts";

const FILE = `providers:
  mock: { type: mock }
  openai: { type: openai, api_key: "\${OPENAI_API_KEY}" }
  off: { type: vllm, enabled: false }
models:
  free: { targets: [mock/x], aliases: [gratis] }
  paid: openai/y
auth: { keys: [{ name: k, key: planted }] }
`;

const COMMANDS = [
  "serve",
  "check-config",
  "providers",
  "mock",
  "healthcheck",
  "version",
  "analyze-logs",
  "tail-requests",
  "test-request",
  "replay",
  "profile-latency",
  "profile-throughput",
  "compare-providers",
  "spend",
  "regression",
  "keys",
  "teams",
  "users",
];

Deno.test("gateway --help names every command, flag of serve and variable", async () => {
  const system = fakeSystem();
  assertEquals(await run(["--help"], system), 0);
  const text = system.output.join("\n");
  for (const word of [...COMMANDS, "--config FILE", "--host", "--port", "--log-level", "CONFIG_PATH"]) {
    assertStringIncludes(text, word);
  }
  assertEquals(text.split("\n").filter((line) => line.length > 110), []);
});

for (const command of COMMANDS) {
  Deno.test(`gateway ${command} --help says how it is used`, async () => {
    const [long, short] = [fakeSystem(), fakeSystem()];
    assertEquals([await run([command, "--help"], long), await run(["help", command], short)], [0, 0]);
    assertStringIncludes(long.output.join("\n"), `Usage: gateway ${command}`);
    assertStringIncludes(long.output.join("\n"), "Examples:");
    const wide = long.output.join("\n").split("\n").filter((line) => line.length > 115);
    assertEquals(wide, []);
    assertEquals(long.output, short.output);
  });
}

for (const word of ["version", "--version", "-version"]) {
  Deno.test(`gateway ${word} prints the versions`, async () => {
    const system = fakeSystem();
    assertEquals(await run([word], system), 0);
    assertMatch(system.output.join("\n"), new RegExp(`^llm-gateway ${VERSION} \\(deno [\\d.]+, v8 `));
  });
}

Deno.test("an unknown command, or flag, exits 2 and points to the help", async () => {
  const [command, flag] = [fakeSystem(), fakeSystem()];
  assertEquals(await run(["chek-config"], command), 2);
  assertEquals(command.errors, [
    'gateway: unknown command "chek-config"; did you mean "check-config"?',
    'Try "gateway --help".',
  ]);
  assertEquals(await run(["mock", "--show"], flag), 2);
  assertEquals(flag.errors, ["gateway: mock has no flag --show", 'Try "gateway mock --help".']);
});

for (const line of ["keys create --nme x", "keys create --rpm many", "spend --sinse 7d", "serve --prot 1"]) {
  Deno.test(`what "gateway ${line}" is told points to the help of its command`, async () => {
    const system = fakeSystem({}, { GATEWAY_MASTER_KEY: "theirs" });
    assertEquals(await run(line.split(" "), system), 2);
    assertEquals(system.errors[1], `Try "gateway ${line.split(" ")[0]} --help".`);
  });
}

Deno.test("check-config sums up what would be served", async () => {
  const system = fakeSystem({ "config.yaml": FILE });
  assertEquals(await run(["check-config"], system), 0);
  assertEquals(system.output, [
    "config.yaml is good",
    "  listens on   0.0.0.0:8080",
    "  providers    mock",
    "  left out     openai (needs OPENAI_API_KEY), off (switched off)",
    "  models       free, gratis",
    "  unavailable  paid (OPENAI_API_KEY)",
    "  keys         k",
    "  metrics      /metrics",
    "  traces       off (observability.tracing.exporter names where they go)",
    "  stored       conversations in memory, for 1d (conversations.path keeps them on disk)",
  ]);
  assertEquals(system.errors, []);
});

Deno.test("check-config says how many workers there are and what each has of the limits", async () => {
  const config = "server: { workers: auto, max_in_flight: 100 }\nconversations: { path: /tmp/c.db }\n" +
    "providers: { mock: { type: mock } }\n";
  const system = fakeSystem({ "config.yaml": config });
  assertEquals(await run(["check-config"], system), 0);
  const output = system.output.join("\n");
  assertStringIncludes(output, "workers      4");
  assertStringIncludes(output, "server.max_in_flight 25 (of 100)");
});

Deno.test("check-config --show prints every key with its origin, and no secret", async () => {
  const system = fakeSystem({ "/etc/g.yaml": FILE }, {
    CONFIG_PATH: "/etc/g.yaml",
    OPENAI_API_KEY: "planted",
  });
  assertEquals(await run(["check-config", "--show", "--port", "99"], system), 0);
  const text = system.output.join("\n");
  assertMatch(text, /^server\.port +99 +--port$/m);
  assertMatch(text, /^models\.paid +openai\/y +\/etc\/g\.yaml:7$/m);
  assertMatch(text, /^auth\.keys\[0\]\.key +\*\*\* +\/etc\/g\.yaml:8$/m);
  assertEquals(text.includes("planted"), false);
});

Deno.test("check-config --require-all exits 1 where a key is not set", async () => {
  const [without, with_] = [
    fakeSystem({ "config.yaml": FILE }),
    fakeSystem({ "config.yaml": FILE }, { OPENAI_API_KEY: "k" }),
  ];
  assertEquals(await run(["check-config", "--require-all"], without), 1);
  assertEquals(without.errors, ["gateway: provider openai needs OPENAI_API_KEY"]);
  assertEquals(await run(["check-config", "--require-all"], with_), 0);
});

Deno.test("check-config tells warnings", async () => {
  const system = fakeSystem({ "config.yaml": FILE }, { OTEL_TRACES_EXPORTER: "zipkin" });
  assertEquals(await run(["check-config"], system), 0);
  assertEquals(system.errors, ["warning: OTEL_TRACES_EXPORTER is ignored: expected otlp, console, none"]);
});

for (const command of [["check-config"], ["serve"], []]) {
  Deno.test(`gateway ${command.join(" ")} exits 2 with every mistake of the configuration`, async () => {
    const system = fakeSystem({ "bad.yaml": "server:\n  prot: 80\nport: 1\n" });
    assertEquals(await run([...command, "-config=bad.yaml"], system), 2);
    assertEquals(system.output, []);
    assertEquals(system.errors, [
      'bad.yaml:2: server.prot: unknown key; did you mean "port"?',
      'bad.yaml:3: port: unknown key; did you mean "server.port"?',
      "gateway: 2 problems with the configuration",
    ]);
  });
}

Deno.test("gateway without a configuration says how to name one", async () => {
  const system = fakeSystem();
  assertEquals(await run([], system), 2);
  assertEquals(system.errors, [
    "config.yaml: cannot be read: there is no such file",
    "gateway: name a configuration with --config or CONFIG_PATH",
  ]);
});

Deno.test("--config beats CONFIG_PATH", async () => {
  const system = fakeSystem({ "a.yaml": "", "b.yaml": "" }, { CONFIG_PATH: "a.yaml" });
  await run(["check-config", "--config", "b.yaml"], system);
  assertEquals(system.output[0], "b.yaml is good");
});
