// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Where the time goes, or the memory: runs one variant from source under load with V8's profilers and prints the
 * functions, and the files, with the most time of their own, or the most bytes allocated.
 *
 *     deno run -A scripts/bench/profile.ts [VARIANT] [--heap] [--streams] [--seconds N] [--top N] [--out FILE]
 *
 * VARIANT is one of the benchmark's (gateway-10 unless given). FILE.cpuprofile opens in Chromium's DevTools.
 * The inspector itself costs a few per cent (`inspector_network_bridge`, `op_inspector_…`): look past it.
 */
import { parseArgs } from "node:util";
import { cpuMicroseconds } from "./cpu.ts";
import { profileCpu } from "./cpu_profiler.ts";
import { profileAllocations } from "./heap_profiler.ts";
import { Inspector } from "./inspector.ts";
import { startMockUpstream } from "./nginx.ts";
import { allocations, type ProfileSummary, selfTimes } from "./profile_summary.ts";
import { freePort } from "./program.ts";
import { readStreams } from "./stream_client.ts";
import { CHUNKS, PACE_MS, STREAMS } from "./stream_rounds.ts";
import { table } from "./table.ts";
import { startPacedUpstream, startSink, type VariantKey, VARIANTS } from "./variants.ts";
import { runWrk } from "./wrk.ts";

const { values, positionals } = parseArgs({
  args: [...Deno.args],
  allowPositionals: true,
  options: {
    heap: { type: "boolean", default: false },
    streams: { type: "boolean", default: false },
    seconds: { type: "string", default: "8" },
    top: { type: "string", default: "40" },
    out: { type: "string" },
  },
});

const key = positionals[0] ?? "gateway-10";
if (!(key in VARIANTS)) {
  throw new Error(`Cannot profile "${key}": one of ${Object.keys(VARIANTS).join(", ")}`);
}

const unit = values.streams ? "chunk" : "request";
const directory = await Deno.makeTempDir({ prefix: "profile-" });
try {
  await using upstream = values.streams
    ? await startPacedUpstream(CHUNKS, PACE_MS)
    : await startMockUpstream(directory);
  await using sink = await startSink();
  const inspect = freePort();
  await using program = await VARIANTS[key as VariantKey].start({
    directory,
    upstream: upstream.port,
    sink: sink.port,
    inspect,
  });
  const seconds = Number(values.seconds);
  /** @returns how many requests or chunks there were. */
  const load = async (forSeconds: number) =>
    values.streams
      ? (await readStreams(program.port, STREAMS)).chunks.length
      : (await runWrk(program.port, 32, forSeconds)).requests;
  await load(3);
  using inspector = await Inspector.attach(inspect);
  if (values.heap) await showAllocations(inspector, () => load(seconds));
  else await showTimes(inspector, program.pid, () => load(seconds));
} finally {
  await Deno.remove(directory, { recursive: true });
}

async function showTimes(inspector: Inspector, pid: number, load: () => Promise<number>): Promise<void> {
  const before = cpuMicroseconds(pid);
  const { profile, result: count } = await profileCpu(inspector, load);
  const cpu = cpuMicroseconds(pid) - before;
  await save(profile);
  const summary = selfTimes(profile);
  console.log(
    `CPU, profiler included: ${(cpu / count).toFixed(1)} µs a ${unit}, ${
      (summary.total / count).toFixed(1)
    } of ` +
      `them in JavaScript and what it calls; the rest is the runtime's own loop, which the profiler does not see.`,
  );
  show("own time", summary);
}

async function showAllocations(inspector: Inspector, load: () => Promise<number>): Promise<void> {
  const { head, result: count } = await profileAllocations(inspector, load);
  await save(head);
  const summary = allocations(head);
  console.log(`${(summary.total / count).toFixed(0)} bytes of V8's heap allocated a ${unit}.`);
  show("bytes", summary);
}

function show(what: string, { functions, files }: ProfileSummary): void {
  const rows = (shares: ProfileSummary["files"]) =>
    shares.slice(0, Number(values.top)).map((it) => [it.name, `${(it.share * 100).toFixed(1)} %`]);
  console.log();
  console.log(table(["function", what], rows(functions)));
  console.log(table(["file", what], rows(files)));
}

async function save(profile: unknown): Promise<void> {
  if (values.out !== undefined) await Deno.writeTextFile(values.out, JSON.stringify(profile));
}
