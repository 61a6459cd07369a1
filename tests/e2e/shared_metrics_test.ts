/** PROMETHEUS_MULTIPROC_DIR: processes that somebody else starts, and a scrape of any that answers for all. */
import { assertEquals } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";

const CONFIG = `
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { m: mock/m }
`;

async function counts(gateway: GatewayProcess): Promise<number> {
  const all = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  return all.get('http_requests_total{method="GET",path="/v1/models",status="200"}') ?? 0;
}

async function list(gateway: GatewayProcess, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await (await fetch(`${gateway.url}/v1/models`)).body?.cancel();
}

async function eventually(read: () => Promise<number>, expected: number): Promise<void> {
  const end = performance.now() + 5_000;
  while (await read() !== expected && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertEquals(await read(), expected);
}

Deno.test("PROMETHEUS_MULTIPROC_DIR: two processes are counted together, also after one of them", async () => {
  const directory = await Deno.makeTempDir();
  const env = { PROMETHEUS_MULTIPROC_DIR: directory };
  try {
    await using one = await GatewayProcess.start({ config: CONFIG, env });
    const two = await GatewayProcess.start({ config: CONFIG, env });
    await Promise.all([list(one, 3), list(two, 4)]);
    await eventually(() => counts(one), 7);
    await eventually(() => counts(two), 7);
    await list(two, 2);
    assertEquals((await two.stop()).code, 0);
    // Its last ones too: it has written at its end.
    assertEquals(await counts(one), 9);

    const three = await GatewayProcess.start({ config: CONFIG, env });
    await list(three, 1);
    await eventually(() => counts(one), 10);
    await three.stop("SIGKILL");
    assertEquals(await counts(one), 10);
    assertEquals(one.errors, "");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
