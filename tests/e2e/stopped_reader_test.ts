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

/** Milliseconds of each of `count` requests, eight at a time. */
async function measure(url: string, count: number): Promise<number[]> {
  // Small enough for a reader that runs to keep up with.
  const content = CONTENT.slice(0, 8000);
  const body = JSON.stringify({ model: "mock", messages: [{ role: "user", content }] });
  const took: number[] = [];
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let sent = 0; sent < count / 8; sent++) {
      const started = performance.now();
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
      assertEquals(response.status, 200, await response.text());
      took.push(performance.now() - started);
    }
  }));
  return took;
}

/**
 * The 99th percentile of the quietest of three rounds. Others run on the machine, too, and slow one round or the other;
 * what the gateway itself waits for it waits for in each.
 */
async function quietest(url: string): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < 3; round++) best = Math.min(best, quantile(await measure(url, 200), 0.99));
  return best;
}

function quantile(took: readonly number[], q: number): number {
  return took.toSorted((a, b) => a - b)[Math.floor(took.length * q)] ?? NaN;
}

Deno.test("a reader that is stopped under load slows no request, and hears what it missed when it goes on", async () => {
  const folder = await Deno.makeTempDir();
  const out = `${folder}/out`;
  await Deno.writeTextFile(`${folder}/config.yaml`, CONFIG);
  await Deno.writeTextFile(out, "");
  await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
  // The pipe stands between two processes, as in `gateway serve | reader`.
  const shell = (script: string, ...args: string[]) =>
    new Deno.Command("sh", {
      args: ["-c", script, "sh", ...args],
      clearEnv: true,
      env: gatewayEnvironment(),
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
  const reader = shell(`exec cat "$1" > "$2"`, `${folder}/pipe`, out);
  const gateway = shell(
    `pipe="$1"; shift; exec "$@" > "$pipe"`,
    `${folder}/pipe`,
    ...gatewayCommand(),
    ...["serve", "--config", `${folder}/config.yaml`, "--host", "127.0.0.1", "--port", "0"],
  );
  const logged = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let waited = 0; waited < 20_000; waited += 50) {
      const found = pattern.exec(await Deno.readTextFile(out));
      if (found !== null) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`Cannot find ${pattern} in what the reader was given`);
  };
  try {
    const url = (await logged(/"event":"gateway.started","url":"([^"]+?)\/?"/))[1] ?? "";
    const dropped = async () => {
      const metrics = samples(await (await fetch(`${url}/metrics`)).text());
      return metrics.get('gateway_telemetry_dropped_total{signal="logs"}') ?? 0;
    };
    await measure(url, 200);
    const was = await quietest(url);
    const early = await dropped();
    reader.kill("SIGSTOP");
    for (let sent = 0; await dropped() === early; sent += 40) {
      assert(sent < 2000, "2,000 requests filled no queue");
      await measure(url, 40);
    }
    const is = await quietest(url);
    assert(await dropped() >= early + 400, "lines that nobody reads are dropped");
    assert(is <= was * 2 + 20, `p99 was ${was.toFixed(1)} ms and is ${is.toFixed(1)} ms`);
    reader.kill("SIGCONT");
    await logged(/"event":"log.recovered"/);
    const lines = [...(await Deno.readTextFile(out)).matchAll(/"event":"log.recovered","lost":(\d+)/g)];
    assertEquals(lines.reduce((lost, [, count]) => lost + Number(count), 0), await dropped());
    gateway.kill("SIGTERM");
    assertEquals((await gateway.status).code, 0);
  } finally {
    for (const child of [reader, gateway]) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await child.status;
    }
    await Deno.remove(folder, { recursive: true });
  }
});
