import type { CpuProfile } from "./cpu_profiler.ts";

/** Something with time of its own: its share of the time in JavaScript. */
export interface OwnTime {
  readonly name: string;
  readonly share: number;
}

export interface SelfTimes {
  /** `function file:line`, the longest first. */
  readonly functions: readonly OwnTime[];
  readonly files: readonly OwnTime[];
  /** Microseconds in which JavaScript ran, or something native that it called. */
  readonly busy: number;
}

/** Outside JavaScript: waiting for events, or the runtime's own work. */
const OUTSIDE = new Set(["(idle)", "(root)"]);

export function selfTimes(profile: CpuProfile): SelfTimes {
  const times = new Map<number, number>();
  profile.samples.forEach((id, index) => {
    times.set(id, (times.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  const functions = new Map<string, number>();
  const files = new Map<string, number>();
  let busy = 0;
  for (const { id, callFrame } of profile.nodes) {
    const time = times.get(id) ?? 0;
    if (OUTSIDE.has(callFrame.functionName)) continue;
    busy += time;
    const file = shortName(callFrame.url);
    // `(program)` and `(garbage collector)` have no file.
    const name = callFrame.functionName || "(anonymous)";
    add(functions, file === "" ? name : `${name} ${file}:${callFrame.lineNumber + 1}`, time);
    add(files, file === "" ? name : file, time);
  }
  return { functions: shares(functions, busy), files: shares(files, busy), busy };
}

function add(times: Map<string, number>, name: string, time: number): void {
  times.set(name, (times.get(name) ?? 0) + time);
}

function shares(times: ReadonlyMap<string, number>, whole: number): OwnTime[] {
  return [...times].map(([name, time]) => ({ name, share: time / whole })).sort((a, b) => b.share - a.share);
}

/** Paths from the repository's root, packages by name. */
function shortName(url: string): string {
  const root = new URL("../../", import.meta.url).href;
  return url.replace(root, "").replace(/^file:.*\/npm\/[^/]+\//, "npm:").replace(/^file:\/\//, "");
}
