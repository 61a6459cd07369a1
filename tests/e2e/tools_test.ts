/** The operator's tools as their users call them, as programs of their own, on a gateway and its log. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "./gateway_process.ts";
import { ToolProcess } from "./tool_process.ts";

interface Ran {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

async function call(args: readonly string[], env: Record<string, string>): Promise<Ran> {
  const [program, ...first] = gatewayCommand();
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...first, ...args],
    clearEnv: true,
    env: gatewayEnvironment(env),
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, output: text(stdout), errors: text(stderr) };
}

const CONFIG = `
server: { drain_delay: 0s, headers: { server_timing: true, provider: true } }
auth: { master_key: mk }
providers: { mock: { type: mock } }
models: { a: mock/a, b: mock/b }
observability: { tracing: { exporter: { type: stdout } } }
`;

Deno.test("debugging a gateway: test-request, its log, its story, and the request again", async () => {
  const folder = await Deno.makeTempDir();
  const log = `${folder}/requests.log`;
  const started = async () => {
    for (;;) {
      const text = await Deno.readTextFile(log).catch(() => "");
      const line = text.split("\n").find((each) => each.includes('"gateway.started"'));
      if (line !== undefined) return JSON.parse(line);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  await using gateway = await GatewayProcess.start({
    config: `${CONFIG}logging: { log_file: ${log}, log_requests: true, max_body_length: 300 }\n`,
    started,
  });
  const env = { GATEWAY_URL: gateway.url };
  const tested = await call(
    ["test-request", "--model", "a", "--metadata", '{"project":"debug"}', "--json"],
    env,
  );
  assertEquals(tested.code, 0, tested.errors);
  const request = JSON.parse(tested.output);
  assert(request.timing_ms.overhead > 0 && request.timing_ms.total > 0);
  assertEquals([request.provider, request.ok], ["mock", true]);
  const long = await call(["test-request", "--model", "b", "--prompt", "x".repeat(400)], env);
  assertEquals(long.code, 0, long.errors);
  assertEquals((await call(["test-request", "--model", "nope"], env)).code, 1);
  const routed = await call(["test-request", "--test-routing"], env);
  assertStringIncludes(routed.output, "all 2 answer");

  const analysis = JSON.parse((await call(["analyze-logs", log, "--json"], {})).output);
  assertEquals([analysis.broken_lines, analysis.error_patterns.length], [0, 1]);
  assertEquals(analysis.error_patterns[0].type, "model_not_found");
  assert(analysis.overhead_ms.p50 > 0);
  const story = await call(["analyze-logs", log, "--trace", request.trace_id], {});
  assertEquals(story.code, 0, story.errors);
  for (const text of [request.request_id, "metadata project", "whole", '"content"']) {
    assertStringIncludes(story.output, text);
  }

  const again = await call(["replay", log, "--model", "a", "--limit", "1", "--json"], env);
  assertEquals(again.code, 0, again.errors);
  assertEquals(JSON.parse(again.output).results.map((row: { status: number }) => row.status), [200]);
  const cut = await call(["replay", log, "--model", "b", "--dry-run"], {});
  assertStringIncludes(cut.errors, "its body was cut (logging.max_body_length)");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a gateway's requests as they end, for who has the master key", async () => {
  await using gateway = await GatewayProcess.start({
    config:
      "server: { drain_delay: 0s }\nauth: { master_key: mk }\nproviders: { mock: { type: mock } }\nmodels: { a: mock/a }\n",
  });
  const args = ["tail-requests", "--url", gateway.url, "--statistics", "0", "--json"];
  await using tail = ToolProcess.start(args, { GATEWAY_MASTER_KEY: "mk" });
  // Whoever follows is told of what ends from then on: so ask until something is told.
  let told = false;
  const shown = tail.line((line) => line.startsWith("{")).finally(() => told = true);
  while (!told) {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"a","messages":[{"role":"user","content":"Hi"}]}',
    });
    await response.body?.cancel();
  }
  const line = JSON.parse(await shown);
  assertEquals([line.event, line.model, line.status], ["request.end", "a", 200]);
  assertEquals((await tail.stop("SIGINT")).code, 0);
});

Deno.test("profiling a gateway: a bare profile, a page, and no regression against itself", async () => {
  const folder = await Deno.makeTempDir();
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const env = { GATEWAY_URL: gateway.url };
  const profile = await call(["profile-latency", "--iterations", "5", "--export", `${folder}/a.json`], env);
  assertEquals(profile.code, 0, profile.errors);
  assertStringIncludes(profile.output, "gateway's own");
  const compared = await call(
    ["compare-providers", "--iterations", "3", "--export", `${folder}/c.html`],
    env,
  );
  assertEquals(compared.code, 0, compared.errors);
  assertStringIncludes(await Deno.readTextFile(`${folder}/c.html`), "<svg");
  const same = await call(["regression", `${folder}/a.json`, `${folder}/a.json`], {});
  assertEquals(same.code, 0, same.errors);
  await Deno.remove(folder, { recursive: true });
});
