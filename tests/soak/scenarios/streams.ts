import { atMost, exactly } from "../figure.ts";
import { pause, portOf, residentMiB, scrape, startGateway, startProvider, total } from "../gateway.ts";
import { lateness, nothingSeen, readNumbered } from "../load/numbered_stream.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import type { Scenario, Soak } from "../scenario.ts";

const PACE_MS = 1000;
const MAX_MIB = 2048;

export const streams: Scenario = {
  name: "streams",
  what:
    "8,000 streams of server-sent events at a chunk a second for 5 minutes, through auth, limits and metrics.",
  seconds: { long: 450, short: 20 },
  alone: true,
  run: (soak) => run(soak, soak.pick({ long: 8000, short: 200 }), 1),
};

export const streamsOfWorkers: Scenario = {
  name: "streams-workers",
  what: "10,000 of the same streams over two workers.",
  seconds: { long: 480, short: 20 },
  alone: true,
  run: (soak) => run(soak, soak.pick({ long: 10_000, short: 200 }), 2),
};

async function run(soak: Soak, count: number, workers: number): Promise<void> {
  // All are open for the whole time: those that began first wait for the last.
  const rampSeconds = soak.pick({ long: 40, short: 1 });
  const chunks = soak.pick({ long: 300, short: 3 }) + rampSeconds;
  const provider = soak.use(await startProvider());
  const gateway = soak.use(
    await startGateway(soak, {
      provider: provider.port,
      models: { paced: `paced/${chunks}/${PACE_MS}` },
      // Of `max_connections` each worker has its share, and the system does not give each as many.
      server: `workers: ${workers}, max_connections: ${workers * 9900}, max_in_flight: 20000`,
      more: workers > 1 ? `conversations: { path: "${soak.folder}/conversations.db" }` : "",
    }),
  );
  const port = portOf(gateway);
  const request = requestBytes(chatBody("paced", { stream: true }));
  const before = residentMiB(gateway.pid);
  let peak = before;
  const sampling = setInterval(() => peak = Math.max(peak, residentMiB(gateway.pid)), 1000);
  soak.use({ [Symbol.dispose]: () => clearInterval(sampling) });
  const seen = nothingSeen();
  const all: Promise<void>[] = [];
  const began = performance.now();
  while (all.length < count) {
    const due = Math.min(count, (performance.now() - began) / (rampSeconds * 1000) * count);
    while (all.length < due) all.push(readNumbered({ port, request, chunks, paceMs: PACE_MS }, seen));
    await pause(5);
  }
  soak.note(`${count} streams are open; ${Math.round(residentMiB(gateway.pid))} MiB resident`);
  await Promise.all(all);
  for (const [why, times] of seen.failures) soak.note(`${times} ×: ${why}`);
  const samples = await scrape(port);
  soak.figure("streams that were whole", seen.whole, "", exactly(count));
  soak.figure("chunks lost", seen.lost, "", exactly(0));
  soak.figure("chunks doubled or out of their order", seen.misplaced, "", exactly(0));
  soak.figure(
    "requests counted",
    total(samples, "http_requests_total", "/v1/chat/completions"),
    "",
    exactly(count),
  );
  soak.figure("most resident memory", peak, "MiB", atMost(MAX_MIB, "MiB"));
  soak.figure("memory a stream", (peak - before) / count * 1024, "KiB", null);
  soak.figure("99 % of chunks off their pace by at most", lateness(seen, 0.99), "ms", null);
}
