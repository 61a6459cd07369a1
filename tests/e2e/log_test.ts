import { assertEquals, assertStringIncludes } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";
import { MAY_MOUNT, SmallDisk } from "./small_disk.ts";

const CONFIG = (logging: string) => `
logging: { format: json, ${logging} }
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
auth: { keys: [{ name: app, key: planted-app-key }] }
`;

const SECRET = `sk-${"a1B2".repeat(6)}`;

function ask(
  gateway: GatewayProcess,
  body: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<string> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer planted-app-key", ...headers },
    body: JSON.stringify({
      model: "mock",
      messages: [{ role: "system", content: "be brief" }, { role: "user", content: `hello ${SECRET}` }],
      metadata: { ssn: "123-45", team: "a" },
      password: "planted-password",
      ...body,
    }),
  }).then((response) => response.text());
}

Deno.test("by default the log says nothing of what was said", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG("level: DEBUG") });
  await ask(gateway);
  const line = await gateway.log(({ event }) => event === "request.end");
  assertEquals([line["request_body"], line["response_body"], line["query"]], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(gateway.lines.some((text) => text.includes("hello") || text.includes("planted")), false);
});

Deno.test("log_requests and log_responses log bodies, redacted and cut, whole and streamed", async () => {
  const logging = "log_requests: true, log_responses: true, max_body_length: 400, " +
    'redact: { keys: ["ssn"], paths: ["messages[*].role"] }';
  await using gateway = await GatewayProcess.start({ config: CONFIG(logging) });
  await ask(gateway);
  const start = await gateway.log(({ event }) => event === "request.start");
  assertEquals(start["level"], "INFO");
  const line = await gateway.log(({ event }) => event === "request.end");
  const body = JSON.parse(String(line["request_body"]));
  assertEquals(body.messages, [{ role: "***", content: "be brief" }, { role: "***", content: "hello ***" }]);
  assertEquals([body.metadata, body.password], [{ ssn: "***", team: "a" }, "***"]);
  assertEquals(line["metadata"], { ssn: "***", team: "a" });
  assertStringIncludes(String(line["response_body"]), '"object":"chat.completion"');
  await ask(gateway, { stream: true });
  const streamed = await gateway.log(({ stream }) => stream === true);
  assertStringIncludes(String(streamed["response_body"]), 'data: {"id":');
  assertEquals(/… \[\d+ characters\]$/.test(String(streamed["response_body"])), true);
  await ask(gateway, { model: "absent" });
  const failed = await gateway.log(({ event }) => event === "request.rejected");
  assertStringIncludes(String(failed["response_body"]), "model_not_found");
  assertEquals(gateway.lines.some((text) => /planted|123-45/.test(text) || text.includes(SECRET)), false);
});

Deno.test("LOG_QUERIES logs what the user said last, alone, on every API", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG(""), env: { LOG_QUERIES: "true" } });
  await ask(gateway);
  const line = await gateway.log(({ event }) => event === "request.end");
  assertEquals([line["query"], line["request_body"]], ["hello ***", undefined]);
  const inputs = ["in words", [{ role: "user", content: [{ type: "input_text", text: "in parts" }] }]];
  for (const input of inputs) {
    const response = await fetch(`${gateway.url}/v1/responses`, {
      method: "POST",
      headers: { authorization: "Bearer planted-app-key" },
      body: JSON.stringify({ model: "mock", input }),
    });
    await response.body?.cancel();
  }
  await gateway.log(({ query }) => query === "in words");
  await gateway.log(({ query }) => query === "in parts");
});

interface InFile {
  readonly gateway: GatewayProcess;
  readonly path: string;
  lines(file?: string): Promise<string[]>;
  /** The first line of the file that has a text, of now or later. */
  until(wanted: string): Promise<Record<string, unknown>>;
}

/** @param dir where the folder of the file is made. */
async function withLogFile(test: (it: InFile) => Promise<void>, dir?: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "logs-", ...(dir !== undefined && { dir }) });
  const path = `${folder}/requests.log`;
  const lines = async (file = path) =>
    (await Deno.readTextFile(file).catch(() => "")).split("\n").filter((line) => line !== "");
  const until = async (wanted: string) => {
    for (const end = performance.now() + 20_000;;) {
      const line = (await lines()).find((it) => it.includes(wanted));
      if (line !== undefined) return JSON.parse(line);
      if (performance.now() > end) throw new Error(`Cannot find "${wanted}" in ${path}`);
      // Watching a folder misses changes now and then.
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  try {
    await using gateway = await GatewayProcess.start({
      config: CONFIG(`log_file: "${path}"`),
      started: () => until("gateway.started"),
    });
    await test({ gateway, path, lines, until });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("log_file takes the log in place of standard output, and goes on in a new file at SIGHUP", () =>
  withLogFile(async ({ gateway, path, lines, until }) => {
    await ask(gateway, {}, { "user-agent": "first" });
    await until("request.end");
    assertEquals(gateway.lines, []);
    await Deno.rename(path, `${path}.1`);
    gateway.signal("SIGHUP");
    // The signal may be heard after the request is logged.
    while ((await lines()).length === 0) await ask(gateway, {}, { "user-agent": "second" });
    assertEquals((await until("request.end"))["user_agent"], "second");
    assertEquals((await lines(`${path}.1`)).some((line) => line.includes('"user_agent":"first"')), true);
  }));

Deno.test("a log file on a full disk: requests go on, lines are counted as dropped, and readiness says why", {
  ignore: !MAY_MOUNT,
}, async () => {
  await using disk = await SmallDisk.mount();
  await withLogFile(async ({ gateway }) => {
    await disk.fill();
    const log = async () => {
      assertStringIncludes(await ask(gateway), "chat.completion");
      return (await (await fetch(`${gateway.url}/readyz?verbose`)).json()).exporters[0];
    };
    let health = await log();
    while (health.status === "ok") health = await log();
    assertEquals([health.signal, health.status], ["logs", "failing"]);
    assertStringIncludes(health.error, "No space left on device");
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    assertEquals(/gateway_telemetry_dropped_total\{signal="logs"\} [1-9]/.test(metrics), true);
  }, disk.directory);
});
