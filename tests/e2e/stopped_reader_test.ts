import { assert, assertEquals } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { gatewayCommand, gatewayEnvironment } from "./gateway_process.ts";

const CONFIG = `
logging: { format: json, log_requests: true, max_body_length: 100000 }
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
`;

/** Bodies of such a size fill the pipe and the log's queue within some hundred requests. */
const CONTENT = "x".repeat(40_000);

Deno.test("standard output into a reader that has stopped: requests go on, lines are dropped and counted", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/config.yaml`, CONFIG);
  const [command, ...args] = gatewayCommand();
  const child = new Deno.Command(command, {
    args: [...args, "serve", "--config", `${folder}/config.yaml`, "--host", "127.0.0.1", "--port", "0"],
    clearEnv: true,
    env: gatewayEnvironment(),
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    let said = "";
    while (!said.includes("gateway.started")) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`Cannot start the gateway: ${said}`);
      said += new TextDecoder().decode(value);
    }
    // From here on nobody reads.
    const url = /"url":"([^"]+?)\/?"/.exec(said)?.[1] ?? "";
    const body = JSON.stringify({ model: "mock", messages: [{ role: "user", content: CONTENT }] });
    const dropped = async () => {
      const metrics = samples(await (await fetch(`${url}/metrics`)).text());
      return metrics.get('gateway_telemetry_dropped_total{signal="logs"}') ?? 0;
    };
    let longest = 0;
    for (let sent = 0; await dropped() === 0; sent += 20) {
      assert(sent < 2000, "2,000 requests filled no queue");
      await Promise.all(Array.from({ length: 20 }, async () => {
        const started = performance.now();
        const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
        assertEquals(response.status, 200, await response.text());
        longest = Math.max(longest, performance.now() - started);
      }));
    }
    assert(longest < 2000, `a request took ${longest} ms`);
    child.kill("SIGTERM");
    // It ends although its last lines cannot be written.
    assertEquals((await child.status).code, 0);
  } finally {
    await reader.cancel();
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await child.status;
    await Deno.remove(folder, { recursive: true });
  }
});
