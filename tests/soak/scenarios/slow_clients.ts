import { type Program, startProgram } from "../../../scripts/bench/program.ts";
import { freePort } from "../../free_port.ts";
import { Watch } from "../connections/watch.ts";
import { atMost, exactly } from "../figure.ts";
import { eventually, openFiles, pause, startProvider, startQuietGateway } from "../gateway.ts";
import { type LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, CLIENT_KEY, requestBytes } from "../load/request.ts";
import { askProvider } from "../provider/counts.ts";
import { onSpareTime } from "../on_spare_time.ts";
import type { Scenario, Soak } from "../scenario.ts";
import { toolPath } from "../../requires.ts";

const RATE = 200;
/** Seconds in which the slow ones are told to connect; looking at thousands it takes twice that. */
const OPENING_SECONDS = 5;
/** A time-out of 10 s, and a second to see and to do it. */
const CLOSED_SECONDS = 11;
/** Where the slow ones connect, and nobody else does. */
const THEIR_ADDRESS = "127.0.0.2";
/** A server that is not the gateway, for what the slow ones do to the machine. */
const HOLDER = new URL("../connections/holder.ts", import.meta.url).pathname;

interface Attack {
  readonly name: string;
  /** slowhttptest's flags. @see https://github.com/shekyan/slowhttptest/wiki */
  readonly flags: readonly string[];
}

/** It can set but a few headers, and for slow readers none: another one goes behind one of them. */
const ACCEPT = ["-m", `*/*\r\nauthorization: Bearer ${CLIENT_KEY}`];

const ATTACKS: readonly Attack[] = [
  // Headers that never end: one more every 5 s.
  { name: "slow headers", flags: ["-H", "-i", "5"] },
  // Bodies that never end, of 4 KiB.
  { name: "slow bodies", flags: ["-B", "-i", "5", "-s", "4096", "-t", "POST", "-f", "application/json"] },
  // Answers (401, for want of a key) that are hardly read: a window of a few bytes, a read every 5 s.
  { name: "slow readers", flags: ["-X", "-n", "5", "-w", "1", "-y", "32", "-z", "32", "-k", "3"] },
];

/** What slowhttptest asks for fits into the system's buffers: these stop reading a stream that does not. */
const STALLED = 50;
/** Descriptors that are left when they run out. */
const LEFT = 5;

export const slowClients: Scenario = {
  name: "slow-clients",
  what:
    "slowhttptest with 5,000 connections: slow headers, slow bodies, slow readers, with 200 good requests a second. Each also against another server beside the gateway, which shows the machine's share.",
  seconds: { long: 400, short: 60 },
  alone: true,
  requires: ["slowhttptest"],
  async run(soak) {
    const connections = soak.pick({ long: 5000, short: 200 });
    const seconds = soak.pick({ long: 40, short: 3 });
    const provider = soak.use(await startProvider());
    const gateway = soak.use(
      await startQuietGateway(soak, {
        provider: provider.port,
        models: { whole: "whole", endless: "endless" },
        // So that the slow ones have an address of their own.
        host: "0.0.0.0",
        // A minute by default, for who reads or idles; of what sends slowly the 10 s are the default.
        server: "write_stall_timeout: 10s, idle_timeout: 10s",
      }),
    );
    const good = (during: number, stop?: AbortSignal): Promise<LoadSeen> =>
      openLoad({
        port: gateway.port,
        rate: RATE,
        seconds: during,
        kinds: [{ weight: 1, request: () => REQUEST }],
        random: soak.random,
        ...(stop === undefined ? {} : { signal: stop }),
      });
    await good(1);
    const baseline = await good(seconds / 2);
    soak.figure("p99 of good requests without slow clients", baseline.p99(), "ms", null);
    const attacked = { port: gateway.port, connections, seconds, good, baseline };
    for (const attack of ATTACKS) {
      await run(soak, attack, attacked);
      await elsewhere(soak, attack, attacked);
    }
    await stalled(soak, gateway.port, provider.port);
    await exhausted(soak, gateway.pid, gateway.port);
  },
};

const REQUEST = requestBytes(chatBody("whole"));

interface Attacked {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  readonly good: (seconds: number, stop: AbortSignal) => Promise<LoadSeen>;
  readonly baseline: LoadSeen;
}

async function run(soak: Soak, attack: Attack, attacked: Attacked): Promise<void> {
  const { name } = attack;
  const { seen, most, longest } = await underAttack(soak, attack, attacked, attacked.port);
  soak.figure(`${name}: connections at a time, at most`, most, "", null);
  soak.figure(
    `${name}: a connection was open for at most`,
    longest / 1000,
    "s",
    soak.pick({ long: atMost(CLOSED_SECONDS, "s"), short: null }),
  );
  soak.figure(`${name}: good requests that failed or hung`, seen.failed + seen.hung, "", exactly(0));
  soak.figure(
    `${name}: p99 of good requests`,
    seen.p99(),
    "ms",
    soak.pick({ long: atMost(2 * attacked.baseline.p99(), "ms"), short: null }),
  );
}

/** A control: the gateway serves the good requests alone, while the slow ones do the same to somebody else. */
async function elsewhere(soak: Soak, attack: Attack, attacked: Attacked): Promise<void> {
  await using holder = await startHolder();
  const { seen } = await underAttack(soak, attack, attacked, holder.port);
  soak.figure(
    `${attack.name}, to another server: p99 of good requests`,
    seen.p99(),
    "ms",
    null,
  );
}

function startHolder(): Promise<Program> {
  const port = freePort();
  return startProgram({
    command: [Deno.execPath(), "run", "--allow-net", "--no-check", HOLDER, "0.0.0.0", `${port}`],
    port,
  });
}

/** @param port of the server that the slow ones connect to. */
async function underAttack(soak: Soak, { flags }: Attack, attacked: Attacked, port: number) {
  const { connections, seconds, good } = attacked;
  await using watch = await Watch.start(soak, { address: THEIR_ADDRESS, port });
  const rate = Math.ceil(connections / OPENING_SECONDS);
  // It asks for the state of all its sockets again and again without a pause, those that are closed among them, which
  // keeps a processor busy. Theirs are not the gateway's: it gets what the others leave, which is enough.
  const child = onSpareTime(
    soak,
    [
      toolPath("slowhttptest") ?? "",
      ...[...flags, ...ACCEPT],
      ...["-c", `${connections}`, "-r", `${rate}`, "-l", `${seconds}`, "-p", "5"],
      ...["-u", `http://${THEIR_ADDRESS}:${port}/v1/chat/completions`],
    ],
    { stdout: "null", stderr: "null" },
  ).spawn();
  const stop = new AbortController();
  const load = good(10 * seconds, stop.signal);
  await child.status;
  stop.abort();
  const seen = await load;
  if (seen.failed > 0) soak.note(seen.reasons());
  return { seen, ...await watch.seen() };
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
