/** The files for Locust and k6, run headless by the real programs against a gateway. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { requires, toolPath } from "../../requires.ts";
import { GatewayProcess } from "../../e2e/gateway_process.ts";

const FOLDER = new URL("../../../scripts/loadtesting/", import.meta.url).pathname;
const CONFIG = `
providers: { mock: { type: mock } }
models: { first: mock/a, second: mock/b, third: mock/c }
server: { drain_delay: 0s }
auth: { keys: [{ name: load, key: sk-load-test-key }] }
`;
const KEY = "sk-load-test-key";

async function runProgram(program: string, args: readonly string[], env: Readonly<Record<string, string>>) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function withGateway(use: (url: string) => Promise<void>) {
  return async () => {
    await using gateway = await GatewayProcess.start({ config: CONFIG });
    await use(gateway.url);
    const failed = gateway.logs.filter((line) => Number(line.status) >= 400);
    assertEquals(failed, []);
  };
}

interface K6Summary {
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** k6 with a summary for programs. */
async function k6(url: string, file: string, args: readonly string[]) {
  const summary = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { code, output } = await runProgram(toolPath("k6") ?? "", [
      ...["run", "--quiet", "--no-usage-report", `--summary-export=${summary}`],
      ...args,
      `${FOLDER}k6/${file}`,
    ], { GATEWAY_URL: url, GATEWAY_API_KEY: KEY });
    assertEquals(code, 0, output);
    const { metrics }: K6Summary = JSON.parse(await Deno.readTextFile(summary));
    return { output, failed: metrics.http_req_failed?.passes, iterations: metrics.iterations?.count ?? 0 };
  } finally {
    await Deno.remove(summary);
  }
}

Deno.test({
  name: "k6: the smoke test, shortened, without failures",
  ...requires("k6"),
  fn: withGateway(async (url) => {
    const { failed, iterations, output } = await k6(url, "smoke-test.js", ["--vus=3", "--duration=2s"]);
    assertEquals(failed, 0);
    assert(iterations >= 3, output);
    assertStringIncludes(output, "✓ has an answer");
  }),
});

for (const scenario of ["gradual_load", "spike_test", "constant_load"]) {
  Deno.test({
    name: `k6: the load test's scenario ${scenario} by -e SCENARIO=, shortened`,
    ...requires("k6"),
    fn: withGateway(async (url) => {
      const args = [`--env=SCENARIO=${scenario}`, "--env=PACE=300", "--env=SCALE=0.2"];
      const { failed, iterations } = await k6(url, "litellm-load-test.js", args);
      assertEquals(failed, 0);
      assert(iterations > 0);
    }),
  });
}

Deno.test({
  name: "k6: the load test with --vus and --duration in place of its scenarios",
  ...requires("k6"),
  fn: withGateway(async (url) => {
    const { failed, iterations } = await k6(url, "litellm-load-test.js", ["--vus=3", "--duration=1s"]);
    assertEquals([failed, iterations], [0, 3]);
  }),
});

function locust(url: string, args: readonly string[]) {
  return runProgram(toolPath("python-locust") ?? "", [
    ...["-m", "locust", "-f", `${FOLDER}locust/litellm_locustfile.py`, "--host", url, "--headless"],
    ...["--users", "4", "--spawn-rate", "4", "--run-time", "3s", "--only-summary", ...args],
  ], { LITELLM_MASTER_KEY: KEY });
}

Deno.test({
  name: "Locust: users of the three models, without failures; the stress user keeps away",
  ...requires("python-locust"),
  fn: withGateway(async (url) => {
    const { code, output } = await locust(url, []);
    assertEquals(code, 0, output);
    assertStringIncludes(output, '{"LiteLLMUser": 4}');
    assert(/Aggregated +\d+ +0\(0\.00%\)/.test(output), output);
  }),
});

Deno.test({
  name: "Locust: the stress user runs when it is named",
  ...requires("python-locust"),
  fn: withGateway(async (url) => {
    const { code, output } = await locust(url, ["LiteLLMStressUser"]);
    assertEquals(code, 0, output);
    assertStringIncludes(output, '{"LiteLLMStressUser": 4}');
    const [, requests] = /Aggregated +(\d+) +0\(0\.00%\)/.exec(output) ?? [];
    assert(Number(requests) > 20, output);
  }),
});
