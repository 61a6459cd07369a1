/** What a profile comes to, by function and by file. */
import type { CallFrame, CpuProfile } from "./cpu_profiler.ts";
import type { AllocationNode } from "./heap_profiler.ts";

/** Something with time or bytes of its own: its share of all. */
export interface Share {
  readonly name: string;
  readonly share: number;
}

export interface ProfileSummary {
  /** `function file:line`, the largest first. */
  readonly functions: readonly Share[];
  readonly files: readonly Share[];
  /** Microseconds in which JavaScript ran, or something native that it called; or bytes. */
  readonly total: number;
}

/** Outside JavaScript: waiting for events, or the runtime's own work. */
const OUTSIDE = new Set(["(idle)", "(root)"]);

/** Time of its own of each function. */
export function selfTimes(profile: CpuProfile): ProfileSummary {
  const times = new Map<number, number>();
  profile.samples.forEach((id, index) => add(times, id, profile.timeDeltas[index] ?? 0));
  return summary(profile.nodes.map(({ id, callFrame }) => [callFrame, times.get(id) ?? 0]));
}

/** Bytes that each function itself allocated. */
export function allocations(head: AllocationNode): ProfileSummary {
  const nodes = (node: AllocationNode): [CallFrame, number][] => [
    [node.callFrame, node.selfSize],
    ...node.children.flatMap(nodes),
  ];
  return summary(nodes(head));
}

function summary(amounts: readonly (readonly [CallFrame, number])[]): ProfileSummary {
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let total = 0;
  for (const [callFrame, amount] of amounts) {
    if (OUTSIDE.has(callFrame.functionName)) continue;
    total += amount;
    const file = shortName(callFrame.url);
    // `(program)` and `(garbage collector)` have no file.
    const name = callFrame.functionName || "(anonymous)";
    add(functions, file === "" ? name : `${name} ${file}:${callFrame.lineNumber + 1}`, amount);
    add(files, file === "" ? name : file, amount);
  }
  return { functions: shares(functions, total), files: shares(files, total), total };
}

function add<Key>(amounts: Map<Key, number>, key: Key, amount: number): void {
  amounts.set(key, (amounts.get(key) ?? 0) + amount);
}

function shares(amounts: ReadonlyMap<string, number>, total: number): Share[] {
  return [...amounts].map(([name, amount]) => ({ name, share: amount / total }))
    .sort((a, b) => b.share - a.share);
}

/** Paths from the repository's root, packages by name. */
function shortName(url: string): string {
  const root = new URL("../../", import.meta.url).href;
  return url.replace(root, "").replace(/^file:.*\/npm\/[^/]+\//, "npm:").replace(/^file:\/\//, "");
}
