/** What the backend of telemetry does must not be felt by a request, and must be found in the account. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { decodeRequest, spansOf } from "../telemetry/exporters/otlp_decoder.ts";
import { startCollector } from "./collector.ts";
import { GatewayProcess } from "./gateway_process.ts";

const KEY = "planted-master-key";

function config(protocol: string, endpoint: string): string {
  return `
logging: { format: json }
server: { drain_delay: 0s }
auth: { master_key: ${KEY} }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, protocol: ${protocol}, endpoint: "${endpoint}", timeout: 400ms }
    batch: { delay: 20ms, max_size: 50, max_queue: 300 }
`;
}

interface Account {
  readonly produced: number;
  readonly exported: number;
  readonly dropped: number;
  readonly failed: number;
  readonly queued: number;
  readonly balanced: boolean;
}

async function account(gateway: GatewayProcess): Promise<Account> {
  const response = await fetch(`${gateway.url}/admin/telemetry`, {
    headers: { authorization: `Bearer ${KEY}` },
  });
  const { signals } = await response.json();
  assertEquals(signals.traces.balanced, true, JSON.stringify(signals.traces));
  return signals.traces;
}

/** Sends requests, eight at a time, until told to stop; all have to be answered. */
function load(gateway: GatewayProcess): { stop(): Promise<number> } {
  let stopped = false;
  let sent = 0;
  const clients = Array.from({ length: 8 }, async () => {
    while (!stopped) {
      const response = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model: "mock", messages: [{ role: "user", content: "hello" }] }),
      });
      assertEquals(response.status, 200, await response.text());
      sent++;
    }
  });
  return {
    async stop() {
      stopped = true;
      await Promise.all(clients);
      return sent;
    },
  };
}

/** The account once nothing is queued any more. */
async function settled(gateway: GatewayProcess): Promise<Account> {
  for (;;) {
    const it = await account(gateway);
    if (it.queued === 0) return it;
  }
}

/** Until the account says so. */
async function until(gateway: GatewayProcess, holds: (it: Account) => boolean): Promise<Account> {
  const end = performance.now() + 30_000;
  for (;;) {
    const it = await account(gateway);
    if (holds(it)) return it;
    if (performance.now() > end) throw new Error(`Cannot wait any longer: ${JSON.stringify(it)}`);
  }
}

Deno.test("a backend that answers 429, 503, 413 and 400 in turn under load: no request fails, the account closes", async () => {
  let status = 200;
  let taken = 0;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = new Uint8Array(await request.arrayBuffer());
    if (status === 200) taken += spansOf(decodeRequest(body)).length;
    return new Response(null, { status });
  });
  const gateway = await GatewayProcess.start({
    config: config("http/protobuf", `http://127.0.0.1:${server.addr.port}`),
  });
  try {
    const clients = load(gateway);
    await until(gateway, ({ exported }) => exported > 100);
    for (const refusal of [429, 503, 413, 400]) {
      status = refusal;
      const before = await account(gateway);
      await until(gateway, ({ dropped, failed }) => dropped > before.dropped && failed > before.failed);
      status = 200;
      const refused = await account(gateway);
      await until(gateway, ({ exported }) => exported > refused.exported + 100);
    }
    const sent = await clients.stop();
    const { produced, exported, dropped } = await settled(gateway);
    assertEquals([produced, exported + dropped], [3 * sent, 3 * sent]);
    assertEquals(exported, taken);
    assertEquals((await gateway.stop()).code, 0);
    // Trouble is told when it begins, not at each batch.
    const told = gateway.logs.filter(({ msg }) => String(msg).startsWith("Failed to export spans: "));
    assert(told.length >= 1 && told.length <= 8, `${told.length} warnings`);
  } finally {
    await gateway.stop("SIGKILL");
    await server.shutdown();
  }
});

for (const protocol of ["grpc", "http/protobuf"]) {
  Deno.test({
    name:
      `a collector that is frozen and restarted under load, over ${protocol}: no request fails, the account closes`,
    ...requires("collector"),
    async fn() {
      const first = await startCollector();
      const origin = protocol === "grpc" ? first.grpc : first.http;
      const gateway = await GatewayProcess.start({ config: config(protocol, origin) });
      let collected = 0;
      try {
        const clients = load(gateway);
        await until(gateway, ({ exported }) => exported > 100);
        Deno.kill(first.pid, "SIGSTOP");
        const frozen = await account(gateway);
        await until(gateway, ({ dropped }) => dropped > frozen.dropped);
        Deno.kill(first.pid, "SIGCONT");
        const thawed = await account(gateway);
        await until(gateway, ({ exported }) => exported > thawed.exported + 100);
        collected += (await first.stop()).length;
        const gone = await account(gateway);
        await until(gateway, ({ failed }) => failed > gone.failed);
        const second = await startCollector({
          [protocol === "grpc" ? "grpc" : "http"]: Number(new URL(origin).port),
        });
        const back = await account(gateway);
        await until(gateway, ({ exported }) => exported > back.exported + 100);
        const sent = await clients.stop();
        const { produced, exported, dropped } = await settled(gateway);
        assertEquals([produced, exported + dropped], [3 * sent, 3 * sent]);
        assertEquals((await gateway.stop()).code, 0);
        collected += (await second.stop()).length;
        // What a frozen collector was sent it may take afterwards, when nobody waits for its answer any more.
        assert(collected >= exported, `${collected} collected, ${exported} exported`);
      } finally {
        await gateway.stop("SIGKILL");
      }
    },
  });
}
