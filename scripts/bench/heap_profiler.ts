/** V8's sampling heap profiler: https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/ */
import type { CallFrame } from "./cpu_profiler.ts";
import type { Inspector } from "./inspector.ts";

/** `HeapProfiler.SamplingHeapProfile`'s tree. */
export interface AllocationNode {
  readonly callFrame: CallFrame;
  /** Bytes that this function itself allocated. */
  readonly selfSize: number;
  readonly children: readonly AllocationNode[];
}

const SAMPLING_INTERVAL_BYTES = 16 * 1024;

/** All that is allocated while `load` runs, collected since or not. */
export async function profileAllocations<Result>(
  inspector: Inspector,
  load: () => Promise<Result>,
): Promise<{ head: AllocationNode; result: Result }> {
  await inspector.call("HeapProfiler.enable");
  await inspector.call("HeapProfiler.startSampling", {
    samplingInterval: SAMPLING_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  const result = await load();
  const { profile } = await inspector.call("HeapProfiler.stopSampling") as {
    profile: { head: AllocationNode };
  };
  return { head: profile.head, result };
}
