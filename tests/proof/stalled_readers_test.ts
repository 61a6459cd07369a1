/** Clients that stop reading, or leave, three hundred at a time. */
import { assert } from "@std/assert";
import { residentMegabytes } from "../../scripts/bench/cpu.ts";
import { median } from "../../lib/tools/statistics.ts";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { EndlessUpstream } from "./endless_upstream.ts";

const CLIENTS = 300;
const MEGABYTES_A_STREAM = 1.2;
const CANCEL_MS = 100;
/** The last of them waits for all others, in the gateway and in this test. */
const CANCEL_ALL_MS = 500;

const BODY = JSON.stringify({ model: "endless", stream: true, messages: [{ role: "user", content: "go" }] });
const REQUEST = new TextEncoder().encode(
  `POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
    `content-length: ${BODY.length}\r\n\r\n${BODY}`,
);

Deno.test(`${CLIENTS} stalled readers hold the provider back and cost at most ${MEGABYTES_A_STREAM} MB each`, async () => {
  await using upstream = await EndlessUpstream.start();
  await using gateway = await GatewayProcess.start({ config: config(upstream) });
  using warm = await openStreams(gateway, 1);
  const before = residentMegabytes(gateway.pid);
  using streams = await openStreams(gateway, CLIENTS);
  const written = await settled(() => upstream.written);
  const after = residentMegabytes(gateway.pid);
  assert(upstream.open === streams.count + warm.count, `${upstream.open} streams are open`);
  const each = (after - before) / CLIENTS;
  assert(each <= MEGABYTES_A_STREAM, `${each.toFixed(2)} MB a stream, ${written} bytes written upstream`);
});

Deno.test(`${CLIENTS} clients that leave at once free their upstream streams, half of them within ${CANCEL_MS} ms`, async () => {
  await using upstream = await EndlessUpstream.start();
  await using gateway = await GatewayProcess.start({ config: config(upstream) });
  {
    using _streams = await openStreams(gateway, CLIENTS);
    await settled(() => upstream.written);
    assert(upstream.open === CLIENTS, `${upstream.open} streams are open`);
  }
  const left = performance.now();
  while (upstream.open > 0 && performance.now() - left < 5000) await pause(5);
  const took = upstream.closedAt.map((at) => at - left);
  const text = `${upstream.open} are open; median ${median(took).toFixed(0)} ms, last ${
    Math.max(...took).toFixed(0)
  } ms`;
  assert(upstream.open === 0 && median(took) <= CANCEL_MS && Math.max(...took) <= CANCEL_ALL_MS, text);
});

function config(upstream: EndlessUpstream): string {
  return `
server: { drain_delay: 0ms, drain_grace: 1s }
providers:
  endless: { type: openai_compatible, base_url: "http://127.0.0.1:${upstream.port}/v1" }
models:
  endless: endless/endless
`;
}

/** Clients that read the first bytes of a stream and no more. */
async function openStreams(gateway: GatewayProcess, count: number): Promise<Disposable & { count: number }> {
  const port = Number(new URL(gateway.url).port);
  const connections = await Promise.all(Array.from({ length: count }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    await connection.write(REQUEST);
    await connection.read(new Uint8Array(512));
    return connection;
  }));
  return { count, [Symbol.dispose]: () => connections.forEach((it) => it.close()) };
}

/** The value once it has not changed for a second. */
async function settled(read: () => number): Promise<number> {
  for (let last = -1;;) {
    const value = read();
    if (value === last) return value;
    last = value;
    await pause(1000);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
