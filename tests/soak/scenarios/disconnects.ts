import { atMost, exactly } from "../figure.ts";
import {
  eventually,
  ownFiles,
  pause,
  portOf,
  scrape,
  startGateway,
  startProvider,
  total,
} from "../gateway.ts";
import { chatBody, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario } from "../scenario.ts";
import { quantile } from "../../../lib/tools/statistics.ts";

const CHUNKS = 10;
const PACE_MS = 20;
/** A little longer than a stream is. */
const LONGEST_MS = 260;
/** Of a hundred clients so many leave within their request's body. */
const WITHIN_BODY = 5;
const RATE = 100;
const RECORDED_MS = 12_000;
const PATH = "/v1/chat/completions";
/**
 * The binary of Deno 2.6 is not handed what a client sent that has left already when it is read (2.9 is): the HTTP server
 * within finds the end of the connection before it passes the request on. Nothing knows of it, neither the gateway nor
 * a provider, so there is nothing to be recorded.
 */
const HANDED_ALL = (Deno.env.get("GATEWAY_BIN") ?? "") === "";

export const disconnects: Scenario = {
  name: "disconnects",
  what: "10,000 clients that leave at random points of their request and of its stream, 100 a second.",
  seconds: { long: 240, short: 20 },
  alone: true,
  async run(soak) {
    const count = soak.pick({ long: 10_000, short: 200 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startGateway(soak, { provider: provider.port, models: { paced: `paced/${CHUNKS}/${PACE_MS}` } }),
    );
    const port = portOf(gateway);
    await leave({ port, id: "warm", after: LONGEST_MS, share: 1 });
    await scrape(port);
    const files = await ownFiles(gateway.pid, provider.port);
    const left = new Map<string, Left>();
    const clients: Promise<void>[] = [];
    const began = performance.now();
    while (clients.length < count) {
      const due = Math.min(count, (performance.now() - began) / 1000 * RATE);
      while (clients.length < due) {
        const id = `soak-${clients.length}`;
        const share = soak.random() * 100 < WITHIN_BODY ? 0.9 : 1;
        const after = soak.random() * LONGEST_MS;
        clients.push(leave({ port, id, after, share }).then((it) => void left.set(id, it)));
      }
      await pause(2);
    }
    await Promise.all(clients);
    await eventually(async () => (await askProvider(provider.port)).open === 0, 5000);
    const { closings, open } = await askProvider(provider.port);
    const took = Object.entries(closings).flatMap(([id, at]) => {
      const since = left.get(id);
      return since === undefined ? [] : [at - since.at];
    }).sort((a, b) => a - b);
    let samples = await scrape(port);
    let written = records(gateway.logs);
    // Of those, one came before.
    const handed = () => total(samples, "http_requests_total", `path="${PATH}"`) - 1;
    await eventually(async () => {
      samples = await scrape(port);
      written = records(gateway.logs);
      return written.size - 1 === (HANDED_ALL ? count : handed());
    }, RECORDED_MS);
    soak.figure("clients that left", count, "", null);
    soak.figure("of these before their stream's end", took.length, "", null);
    soak.figure("streams that stayed open upstream", open, "", exactly(0));
    soak.figure(
      "until the upstream was closed, at most",
      took.at(-1) ?? NaN,
      "ms",
      soak.pick({ long: atMost(100, "ms"), short: null }),
    );
    soak.figure("the same, of 99 %", quantile(took, 0.99), "ms", null);
    const once = [...left.keys()].filter((id) => written.get(id) === 1).length;
    soak.figure(
      "clients that left before the gateway was handed their request",
      count - handed(),
      "",
      HANDED_ALL ? exactly(0) : null,
    );
    soak.figure("requests with exactly one record", once, "", exactly(handed()));
    const unrecorded = [...left].filter(([id]) => !written.has(id));
    const known = unrecorded.filter(([id, { answered }]) => answered || id in closings).length;
    soak.figure("without one, but answered or known to the provider", known, "", exactly(0));
    soak.figure(
      "requests in flight afterwards",
      total(samples, "gateway_in_flight_requests"),
      "",
      exactly(0),
    );
    const back = await eventually(async () => await ownFiles(gateway.pid, provider.port) <= files, 5000);
    const more = back ? 0 : await ownFiles(gateway.pid, provider.port) - files;
    soak.figure("descriptors more than at the start", more, "", exactly(0));
  },
};

interface Leaving {
  readonly port: number;
  readonly id: string;
  /** Milliseconds after its request went out. */
  readonly after: number;
  /** Of its request that it sends. */
  readonly share: number;
}

interface Left {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Whether anything came before. */
  readonly answered: boolean;
}

async function leave({ port, id, after, share }: Leaving): Promise<Left> {
  const request = requestBytes(chatBody("paced", { stream: true, user: id }), {
    headers: { "x-request-id": id },
  });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(request.subarray(0, Math.floor(request.length * share)));
  const reading = read(conn);
  await pause(after);
  const at = performance.timeOrigin + performance.now();
  conn.close();
  return { at, answered: await reading };
}

/** @returns whether anything came. */
async function read(conn: Deno.TcpConn): Promise<boolean> {
  const buffer = new Uint8Array(4096);
  let came = false;
  try {
    while (await conn.read(buffer) !== null) came = true;
  } catch {
    // It was closed, which is what it is for.
  }
  return came;
}

/** Closing lines by request. */
function records(lines: readonly Readonly<Record<string, unknown>>[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { event, request_id } of lines) {
    if (event === "request.start" || !String(event).startsWith("request.")) continue;
    found.set(String(request_id), (found.get(String(request_id)) ?? 0) + 1);
  }
  return found;
}
