import { atMost, exactly } from "../figure.ts";
import { portOf, startGateway, startProvider } from "../gateway.ts";
import { type LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, CLIENT_KEY, requestBytes } from "../load/request.ts";
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
    const gateway = soak.use(await startGateway({ provider: provider.port, models: { whole: "whole" } }));
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
  soak.figure(`${name}: closed after`, closedAfter, "s", atMost(CLOSED_SECONDS, "s"));
  soak.figure(`${name}: good requests that failed or hung`, seen.failed + seen.hung, "", exactly(0));
  soak.figure(`${name}: p99 of good requests`, seen.p99(), "ms", atMost(2 * baseline.p99(), "ms"));
}

/** What slowhttptest wrote each second: `seconds,closed,pending,connected,available`. */
function history(csv: string): { most: number; closedAfter: number } {
  const rows = csv.trim().split("\n").slice(1).map((row) => row.split(",").map(Number));
  const open = rows.map(([seconds = 0, , , connected = 0]) => ({ seconds, connected }));
  const most = Math.max(...open.map(({ connected }) => connected));
  const end = open.findLast(({ connected }) => connected > 0)?.seconds ?? 0;
  return { most, closedAfter: end + 1 - OPENING_SECONDS };
}
