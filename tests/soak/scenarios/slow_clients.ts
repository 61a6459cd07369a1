import { atMost, exactly } from "../figure.ts";
import { eventually, openFiles, pause, portOf, startGateway, startProvider } from "../gateway.ts";
import { type LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, CLIENT_KEY, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import type { Scenario, Soak } from "../scenario.ts";
import { toolPath } from "../../requires.ts";

const RATE = 200;
/** In which the slow ones connect. */
const OPENING_SECONDS = 5;
/** A time-out of 10 s, and a second to see and to do it. */
const CLOSED_SECONDS = 11;

interface Attack {
  readonly name: string;
  /** slowhttptest's flags. @see https://github.com/shekyan/slowhttptest/wiki */
  readonly flags: readonly string[];
}

const ATTACKS: readonly Attack[] = [
  // Headers that never end: one more every 5 s.
  { name: "slow headers", flags: ["-H", "-i", "5"] },
  // Bodies that never end, of 4 KiB.
  { name: "slow bodies", flags: ["-B", "-i", "5", "-s", "4096", "-t", "POST"] },
  // Answers that are hardly read: a window of a few bytes, a read every 5 s.
  { name: "slow readers", flags: ["-X", "-n", "5", "-w", "1", "-y", "32", "-z", "32", "-k", "3"] },
];

/** What slowhttptest asks for fits into the system's buffers: these stop reading a stream that does not. */
const STALLED = 50;
/** Descriptors that are left when they run out. */
const LEFT = 5;

export const slowClients: Scenario = {
  name: "slow-clients",
  what:
    "slowhttptest with 5,000 connections: slow headers, slow bodies, slow readers, with 200 good requests a second.",
  seconds: { long: 300, short: 60 },
  alone: true,
  requires: ["slowhttptest"],
  async run(soak) {
    const connections = soak.pick({ long: 5000, short: 200 });
    const seconds = soak.pick({ long: 40, short: 3 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startGateway(soak, {
        provider: provider.port,
        models: { whole: "whole", endless: "endless" },
        // A minute by default, for who reads or idles; of what sends slowly the 10 s are the default.
        server: "write_stall_timeout: 10s, idle_timeout: 10s",
      }),
    );
    const good = (during: number, stop?: AbortSignal): Promise<LoadSeen> =>
      openLoad({
        port: portOf(gateway),
        rate: RATE,
        seconds: during,
        kinds: [{ weight: 1, request: () => REQUEST }],
        random: soak.random,
        ...(stop === undefined ? {} : { signal: stop }),
      });
    await good(1);
    const baseline = await good(seconds / 2);
    soak.figure("p99 of good requests without slow clients", baseline.p99(), "ms", null);
    for (const attack of ATTACKS) {
      await run(soak, attack, { url: gateway.url, connections, seconds, good, baseline });
    }
    await stalled(soak, portOf(gateway), provider.port);
    await exhausted(soak, gateway.pid, portOf(gateway));
  },
};

const REQUEST = requestBytes(chatBody("whole"));

interface Attacked {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly good: (seconds: number, stop: AbortSignal) => Promise<LoadSeen>;
  readonly baseline: LoadSeen;
}

async function run(soak: Soak, { name, flags }: Attack, attacked: Attacked): Promise<void> {
  const { url, connections, seconds, good, baseline } = attacked;
  const report = `${soak.folder}/${name.replace(" ", "-")}`;
  const child = new Deno.Command(toolPath("slowhttptest") ?? "", {
    args: [
      ...flags,
      ...[
        "-c",
        `${connections}`,
        "-r",
        `${Math.ceil(connections / OPENING_SECONDS)}`,
        "-l",
        `${seconds}`,
        "-p",
        "5",
      ],
      ...[
        "-u",
        `${url}/v1/chat/completions`,
        "-m",
        `authorization: Bearer ${CLIENT_KEY}`,
        "-g",
        "-o",
        report,
      ],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = new AbortController();
  const load = good(10 * seconds, stop.signal);
  await child.status;
  stop.abort();
  const seen = await load;
  if (seen.failed > 0) soak.note(seen.reasons());
  const { most, closedAfter } = history(await Deno.readTextFile(`${report}.csv`));
  soak.figure(`${name}: connections at a time, at most`, most, "", null);
  soak.figure(
    `${name}: the last closed after`,
    closedAfter,
    "s",
    soak.pick({ long: atMost(CLOSED_SECONDS, "s"), short: null }),
  );
  soak.figure(`${name}: good requests that failed or hung`, seen.failed + seen.hung, "", exactly(0));
  soak.figure(
    `${name}: p99 of good requests`,
    seen.p99(),
    "ms",
    soak.pick({ long: atMost(2 * baseline.p99(), "ms"), short: null }),
  );
}

/** What slowhttptest wrote each second: `seconds,closed,pending,connected,available`. */
function history(csv: string): { most: number; closedAfter: number } {
  const rows = csv.trim().split("\n").slice(1).map((row) => row.split(",").map(Number));
  const open = rows.map(([seconds = 0, , , connected = 0]) => ({ seconds, connected }));
  const most = Math.max(...open.map(({ connected }) => connected));
  const end = open.findLast(({ connected }) => connected > 0)?.seconds ?? 0;
  return { most, closedAfter: end + 1 - OPENING_SECONDS };
}

/** Clients that stop reading: the provider's connection shows when they are given up. */
async function stalled(soak: Soak, port: number, provider: number): Promise<void> {
  const count = soak.pick({ long: STALLED, short: 0 });
  if (count === 0) return;
  const request = requestBytes(chatBody("endless", { stream: true }));
  const began = performance.now();
  for (let i = 0; i < count; i++) {
    const conn = soak.use(await Deno.connect({ hostname: "127.0.0.1", port }));
    await conn.write(request);
    await conn.read(new Uint8Array(512));
  }
  await eventually(async () => (await askProvider(provider)).open === 0, 30_000);
  const took = (performance.now() - began) / 1000;
  soak.figure(
    `${count} that stop reading a stream: the last closed after`,
    took,
    "s",
    atMost(CLOSED_SECONDS + 1, "s"),
  );
}

/** Takes all descriptors that the process may have, and gives them back. */
async function exhausted(soak: Soak, pid: number, port: number): Promise<void> {
  const before = openFiles(pid);
  limitFiles(pid, before + LEFT);
  const connections = await Promise.all(
    Array.from({ length: 100 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  await pause(soak.pick({ long: 5000, short: 500 }));
  for (const connection of connections) connection.close();
  const released = performance.now();
  const served = await eventually(() => answers(port), 10_000);
  const took = performance.now() - released;
  limitFiles(pid, 20_000);
  soak.figure("descriptors exhausted: serves again after", served ? took : NaN, "ms", atMost(1000, "ms"));
}

/** Also of a process that runs. */
function limitFiles(pid: number, most: number): void {
  const { success } = new Deno.Command("prlimit", { args: ["--pid", `${pid}`, `--nofile=${most}:20000`] })
    .outputSync();
  if (!success) throw new Error("Cannot limit the descriptors of a process: prlimit failed");
}

async function answers(port: number): Promise<boolean> {
  const seen = await openLoad({
    port,
    rate: 1,
    seconds: 1,
    kinds: [{ weight: 1, request: () => REQUEST }],
    random: () => 0,
    timeoutMs: 500,
  });
  return seen.good === 1;
}
