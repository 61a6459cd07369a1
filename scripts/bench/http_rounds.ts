/** Requests that are answered whole: pairs of variants under load at the same time, round after round. */
import { cpuMicroseconds, residentMegabytes } from "./cpu.ts";
import { type Pair, PairSamples, schedule } from "./pairs.ts";
import type { Program } from "./program.ts";
import type { Settings } from "./settings.ts";
import type { VariantKey } from "./variants.ts";
import { runWrk } from "./wrk.ts";

/** One variant in one round; times in microseconds. */
export interface HttpSample {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number;
  readonly rss: number;
}

/** Numbers of connections that are measured: one for latency, many for throughput. */
export const CONNECTIONS = [1, 32] as const;

/** After a round: what a gateway still does for it (spans are exported up to 200 ms later) is counted as well. */
const SETTLE_MS = 300;

export type HttpSamples = Readonly<Record<number, PairSamples<HttpSample>>>;

export async function httpRounds(
  programs: ReadonlyMap<VariantKey, Program>,
  pairs: readonly Pair[],
  settings: Pick<Settings, "rounds" | "roundSeconds" | "warmUpSeconds">,
  progress: (text: string) => void,
): Promise<HttpSamples> {
  for (const [key, program] of programs) {
    progress(`warm-up: ${key}`);
    await runWrk(program.port, 32, settings.warmUpSeconds);
  }
  const samples = Object.fromEntries(CONNECTIONS.map((it) => [it, new PairSamples<HttpSample>()]));
  for (const connections of CONNECTIONS) {
    const rounds = settings.rounds[connections] ?? 0;
    for (const { pair, round } of schedule(pairs, rounds)) {
      progress(`c=${connections}, round ${round + 1} of ${rounds}: ${pair.join(" and ")}`);
      const [a, b] = pair.map((key) => program(programs, key));
      if (a === undefined || b === undefined) continue;
      samples[connections]?.add(pair, await measurePair(a, b, connections, settings.roundSeconds));
    }
  }
  return samples;
}

async function measurePair(
  a: Program,
  b: Program,
  connections: number,
  seconds: number,
): Promise<[HttpSample, HttpSample]> {
  const both = [a, b] as const;
  const before = both.map((it) => cpuMicroseconds(it.pid));
  const [resultA, resultB] = await Promise.all([
    runWrk(a.port, connections, seconds),
    runWrk(b.port, connections, seconds),
  ]);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const sample = (result: typeof resultA, it: Program, place: number): HttpSample => ({
    requestsPerSecond: result.requests / result.seconds,
    p50: result.p50,
    p99: result.p99,
    cpu: (cpuMicroseconds(it.pid) - (before[place] ?? NaN)) / result.requests,
    rss: residentMegabytes(it.pid),
  });
  return [sample(resultA, a, 0), sample(resultB, b, 1)];
}

function program(programs: ReadonlyMap<VariantKey, Program>, key: VariantKey): Program {
  const found = programs.get(key);
  if (found === undefined) throw new Error(`Cannot measure "${key}": it was not started`);
  return found;
}
