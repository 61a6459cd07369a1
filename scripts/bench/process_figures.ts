/** Figures of a process of its own: memory after many requests, time from start to the first answer. */
import { residentMegabytes } from "./cpu.ts";
import { gatewayCommand, gatewayConfig } from "./gateway.ts";
import { REQUEST } from "./payload.ts";
import { freePort, type Program } from "./program.ts";
import { type Surroundings, type VariantKey, VARIANTS } from "./variants.ts";
import { runWrk } from "./wrk.ts";

/** Resident megabytes of a fresh process after at least `requests` requests over 32 connections. */
export async function memoryAfter(
  key: VariantKey,
  requests: number,
  surroundings: Surroundings,
): Promise<number> {
  await using program: Program = await VARIANTS[key].start(surroundings);
  let done = 0;
  while (done < requests) done += (await runWrk(program.port, 32, 2)).requests;
  return residentMegabytes(program.pid);
}

const START_TIMEOUT_MS = 30_000;

/** Milliseconds from starting the gateway to the end of its first answer to a chat request. */
export async function timeToFirstAnswer(surroundings: Surroundings): Promise<number> {
  const port = freePort();
  const file = `${surroundings.directory}/start-${port}.yaml`;
  await Deno.writeTextFile(file, gatewayConfig("traces-10", port, surroundings.upstream, surroundings.sink));
  const [command, ...args] = gatewayCommand(file);
  const start = performance.now();
  const child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "null" }).spawn();
  try {
    while (!await answers(port)) {
      if (performance.now() - start > START_TIMEOUT_MS) throw new Error(`Cannot start ${command}: no answer`);
    }
    return performance.now() - start;
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: REQUEST,
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 2));
    return false;
  }
}
