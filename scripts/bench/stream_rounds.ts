/** Streams of paced chunks: pairs of variants with 100 streams each at the same time. */
import { cpuMicroseconds, residentMegabytes } from "./cpu.ts";
import { type Pair, PairSamples, schedule } from "./pairs.ts";
import type { Program } from "./program.ts";
import { median } from "../../lib/tools/statistics.ts";
import { readStreams, type StreamTimes } from "./stream_client.ts";
import type { VariantKey } from "./variants.ts";

/** One variant in one round: CPU in microseconds a chunk, times in milliseconds, memory in megabytes. */
export interface StreamSample {
  readonly cpu: number;
  readonly firstChunk: number;
  readonly chunk: number;
  readonly rss: number;
}

export const STREAMS = 100;
export const CHUNKS = 200;
export const PACE_MS = 10;

/** When all streams are open. */
const RSS_AFTER_MS = 1500;

export async function streamRounds(
  programs: ReadonlyMap<VariantKey, Program>,
  pairs: readonly Pair[],
  rounds: number,
  progress: (text: string) => void,
): Promise<PairSamples<StreamSample>> {
  for (const [key, program] of programs) {
    progress(`streams, warm-up: ${key}`);
    await readStreams(program.port, STREAMS);
  }
  const samples = new PairSamples<StreamSample>();
  for (const { pair, round } of schedule(pairs, rounds)) {
    progress(`streams, round ${round + 1} of ${rounds}: ${pair.join(" and ")}`);
    const [a, b] = pair.map((key) => programs.get(key));
    if (a === undefined || b === undefined) {
      throw new Error(`Cannot measure ${pair.join(" and ")}: not started`);
    }
    samples.add(pair, await Promise.all([measure(a), measure(b)]));
  }
  return samples;
}

async function measure(program: Program): Promise<StreamSample> {
  const before = cpuMicroseconds(program.pid);
  const memory = new Promise<number>((resolve) =>
    setTimeout(() => resolve(residentMegabytes(program.pid)), RSS_AFTER_MS)
  );
  const times = await readStreams(program.port, STREAMS);
  expectWhole(times);
  return {
    cpu: (cpuMicroseconds(program.pid) - before) / times.chunks.length,
    firstChunk: median(times.firstChunk),
    chunk: median(times.chunks),
    rss: await memory,
  };
}

function expectWhole(times: StreamTimes): void {
  if (times.chunks.length === STREAMS * CHUNKS) return;
  throw new Error(`Cannot use a round with ${times.chunks.length} of ${STREAMS * CHUNKS} chunks`);
}
