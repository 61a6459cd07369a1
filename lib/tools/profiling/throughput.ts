import type { Api, Question } from "../apis.ts";
import { Caller } from "../http/caller.ts";
import { callModel } from "../model_call.ts";
import { quantile } from "../statistics.ts";
import { authorization, type Target } from "../target.ts";
import { type Knee, kneeOf, nextLevel } from "./knee.ts";

export interface ThroughputOptions {
  readonly target: Target;
  readonly api: Api;
  readonly question: Question;
  /** Of each level at least; rounded up, so that all ask equally often. */
  readonly requests: number;
  /** No request begins later than so long after its level's beginning, milliseconds. */
  readonly levelMs: number;
  readonly timeoutMs: number;
  readonly onProgress: (concurrency: number, done: number, of: number) => void;
  readonly signal: AbortSignal;
}

/** What came of so many requests at a time. */
export interface Level {
  readonly concurrency: number;
  readonly requests: number;
  readonly errors: number;
  /** Requests that succeeded, a second. */
  readonly rps: number;
  readonly tokensPerSecond: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  /** By kind, how many failed. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Keeps so many requests under way until enough have ended. */
export async function measureLevel(options: ThroughputOptions, concurrency: number): Promise<Level> {
  const { target, api, question, timeoutMs, levelMs, signal } = options;
  const caller = new Caller(target, { connections: concurrency, timeoutMs });
  const wanted = Math.ceil(options.requests / concurrency) * concurrency;
  const durations: number[] = [];
  const failures: Record<string, number> = {};
  let started = 0;
  let ended = 0;
  let tokens = 0;
  let start = performance.now();
  let last = start;
  const worker = async () => {
    while (started < wanted && !signal.aborted && performance.now() - start < levelMs) {
      started++;
      const call = await callModel(caller, { api, question, headers: authorization(target), signal });
      ended++;
      last = performance.now();
      tokens += call.outputTokens ?? 0;
      if (call.error === null) durations.push(call.timing.total ?? NaN);
      else failures[call.error.type] = (failures[call.error.type] ?? 0) + 1;
      options.onProgress(concurrency, ended, wanted);
    }
  };
  try {
    // The connections are made before, all of them.
    await Promise.allSettled(
      Array.from(
        { length: concurrency },
        () => caller.call({ method: "GET", path: "/v1/models", headers: authorization(target), signal }),
      ),
    );
    start = last = performance.now();
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    await caller.close();
  }
  const seconds = Math.max(1e-6, (last - start) / 1000);
  durations.sort((a, b) => a - b);
  const at = (q: number) => durations.length === 0 ? null : quantile(durations, q);
  return {
    concurrency,
    requests: ended,
    errors: ended - durations.length,
    rps: durations.length / seconds,
    tokensPerSecond: tokens / seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    failures,
  };
}

export interface Sweep {
  /** By concurrency. */
  readonly levels: readonly Level[];
  readonly knee: Knee | null;
}

/** Measures more and more at a time until that brings no more, then looks for the place where that began. */
export async function sweep(options: ThroughputOptions, maxConcurrency: number): Promise<Sweep> {
  const levels: Level[] = [];
  for (let next: number | null = 1; next !== null && !options.signal.aborted;) {
    const level = await measureLevel(options, next);
    if (options.signal.aborted) break;
    levels.push(level);
    levels.sort((a, b) => a.concurrency - b.concurrency);
    next = nextLevel(levels, maxConcurrency);
  }
  return { levels, knee: kneeOf(levels) };
}
