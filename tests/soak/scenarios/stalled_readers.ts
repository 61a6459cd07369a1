import { atMost, exactly } from "../figure.ts";
import {
  eventually,
  pause,
  portOf,
  residentMiB,
  scrape,
  startGateway,
  startProvider,
  total,
} from "../gateway.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario, Soak } from "../scenario.ts";

const CLIENTS = 300;
const MIB_EACH = 1.2e6 / 1024 ** 2;
const REQUEST = requestBytes(chatBody("endless", { stream: true }));

export const stalledReaders: Scenario = {
  name: "stalled-readers",
  what: `${CLIENTS} clients that stop reading the stream of a provider that is as fast as it is read.`,
  seconds: { long: 60, short: 30 },
  alone: false,
  async run(soak) {
    const clients = soak.pick({ long: CLIENTS, short: 100 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startGateway(soak, {
        provider: provider.port,
        models: { endless: "endless", whole: "whole" },
        server: `max_in_flight: ${clients + 2}`,
      }),
    );
    const port = portOf(gateway);
    await stall(soak, port, 1);
    const before = residentMiB(gateway.pid);
    await stall(soak, port, clients);
    const written = await settled(async () => (await askProvider(provider.port)).written);
    const samples = await scrape(port);
    const { open } = await askProvider(provider.port);
    soak.figure("streams open upstream", open, "", exactly(clients + 1));
    soak.figure(
      "memory a stalled reader",
      (residentMiB(gateway.pid) - before) / clients,
      "MiB",
      soak.pick({ long: atMost(MIB_EACH, "MiB"), short: null }),
    );
    soak.figure("taken of the provider for each", written / (clients + 1) / 1024, "KiB", null);
    soak.figure(
      "counted as in flight",
      total(samples, "gateway_in_flight_requests"),
      "",
      exactly(clients + 1),
    );
    // To begin with all of them the gateway had much to do, and may refuse more for a while.
    await eventually(async () => await status(port) === 200, 20_000);
    soak.figure("answers with one more", await status(port), "", exactly(200));
    await stall(soak, port, 1);
    soak.figure("answers above server.max_in_flight", await status(port), "", exactly(503));
  },
};

/** The status of a whole answer now. */
async function status(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-soak-client" },
    body: JSON.stringify(chatBody("whole")),
  });
  await response.body?.cancel();
  return response.status;
}

/** Clients that read the first bytes of a stream and no more. */
async function stall(soak: Soak, port: number, count: number): Promise<void> {
  const heads = await Promise.all(Array.from({ length: count }, async () => {
    const conn = soak.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    await conn.write(REQUEST);
    const buffer = new Uint8Array(512);
    return new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0));
  }));
  const refused = heads.filter((head) => !head.startsWith("HTTP/1.1 200"));
  if (refused.length > 0) soak.note(`${refused.length} were not answered as they should: ${refused[0]}`);
}

/** The value once it has not changed for a second. */
async function settled(read: () => Promise<number>): Promise<number> {
  for (let last = -1;;) {
    const value = await read();
    if (value === last) return value;
    last = value;
    await pause(1000);
  }
}
