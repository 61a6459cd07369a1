/** What a run of the benchmark comes to: the figures of `latest.json`. */
import type { HttpSample, HttpSamples } from "./http_rounds.ts";
import type { Pair, PairSamples } from "./pairs.ts";
import { differs, type Estimate } from "../../lib/tools/statistics.ts";
import type { StreamSample } from "./stream_rounds.ts";
import { type VariantKey, VARIANTS } from "./variants.ts";

/** A ratio to a reference, and whether it lies outside what the A/A control shows. */
export interface Comparison extends Estimate {
  readonly claimed: boolean;
}

export interface HttpRow {
  readonly key: VariantKey;
  readonly connections: number;
  readonly requestsPerSecond: Estimate;
  readonly p50: Estimate;
  readonly p99: Estimate;
  readonly cpu: Estimate;
  readonly rss: Estimate;
  /** CPU and median latency as multiples of baseline F's in the same rounds. */
  readonly cpuToF: Comparison | null;
  readonly p50ToF: Comparison | null;
  readonly cpuToU: Comparison | null;
  readonly p50ToU: Comparison | null;
}

export interface StreamRow {
  readonly key: VariantKey;
  readonly cpu: Estimate;
  readonly rss: Estimate;
  /** Milliseconds, absolute. */
  readonly firstChunk: Estimate;
  readonly chunk: Estimate;
  readonly cpuToF: Comparison | null;
}

export interface Figures {
  readonly commit: string;
  readonly date: string;
  readonly machine: string;
  readonly gateway: string;
  readonly quick: boolean;
  readonly http: readonly HttpRow[];
  readonly streams: readonly StreamRow[];
  /** Resident megabytes after 100,000 requests. */
  readonly memory: Readonly<Partial<Record<VariantKey, number>>>;
  /** Milliseconds from start to the first answer. */
  readonly start: Estimate | null;
}

const CONTROL: Pair = ["f", "control"];

function keys(): VariantKey[] {
  return Object.keys(VARIANTS) as VariantKey[];
}

/** A ratio and what the control says of it; the control itself and the reference have nothing to claim. */
function compare<Sample>(
  samples: PairSamples<Sample>,
  pair: Pair,
  of: (sample: Sample) => number,
): Comparison | null {
  const ratio = samples.ratio(pair, of);
  const control = samples.ratio(CONTROL, of);
  if (ratio === null) return null;
  return { ...ratio, claimed: pair[1] !== "control" && control !== null && differs(ratio, control) };
}

export function httpRows(all: HttpSamples): HttpRow[] {
  return Object.entries(all).flatMap(([connections, samples]) =>
    keys().flatMap((key): HttpRow[] => {
      const figure = (of: (sample: HttpSample) => number) => samples.figure(key, of);
      const requestsPerSecond = figure((it) => it.requestsPerSecond);
      const p50 = figure((it) => it.p50);
      const p99 = figure((it) => it.p99);
      const cpu = figure((it) => it.cpu);
      const rss = figure((it) => it.rss);
      if (!requestsPerSecond || !p50 || !p99 || !cpu || !rss) return [];
      return [{
        key,
        connections: Number(connections),
        requestsPerSecond,
        p50,
        p99,
        cpu,
        rss,
        cpuToF: compare(samples, ["f", key], (it) => it.cpu),
        p50ToF: compare(samples, ["f", key], (it) => it.p50),
        cpuToU: compare(samples, ["u", key], (it) => it.cpu),
        p50ToU: compare(samples, ["u", key], (it) => it.p50),
      }];
    })
  );
}

export function streamRows(samples: PairSamples<StreamSample>): StreamRow[] {
  return keys().flatMap((key): StreamRow[] => {
    const cpu = samples.figure(key, (it) => it.cpu);
    const rss = samples.figure(key, (it) => it.rss);
    const firstChunk = samples.figure(key, (it) => it.firstChunk);
    const chunk = samples.figure(key, (it) => it.chunk);
    if (!cpu || !rss || !firstChunk || !chunk) return [];
    return [{ key, cpu, rss, firstChunk, chunk, cpuToF: compare(samples, ["f", key], (it) => it.cpu) }];
  });
}
