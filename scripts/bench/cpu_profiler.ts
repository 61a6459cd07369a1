/** V8's CPU profiler: https://chromedevtools.github.io/devtools-protocol/v8/Profiler/ */
import type { Inspector } from "./inspector.ts";

/** `Runtime.CallFrame`. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  /** From 0. */
  readonly lineNumber: number;
}

/** `Profiler.Profile`. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: CallFrame;
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const SAMPLING_INTERVAL_MICROSECONDS = 200;

/** The profile of what happens while `load` runs, and what `load` gave. */
export async function profileCpu<Result>(
  inspector: Inspector,
  load: () => Promise<Result>,
): Promise<{ profile: CpuProfile; result: Result }> {
  await inspector.call("Profiler.enable");
  await inspector.call("Profiler.setSamplingInterval", { interval: SAMPLING_INTERVAL_MICROSECONDS });
  await inspector.call("Profiler.start");
  const result = await load();
  const { profile } = await inspector.call("Profiler.stop") as { profile: CpuProfile };
  return { profile, result };
}
