// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * Where the time goes: runs one variant from source under load with the inspector's CPU profiler and prints the
 * functions, and the files, with the most time of their own.
 *
 *     deno run -A scripts/bench/profile.ts [VARIANT] [--streams] [--seconds N] [--top N] [--out FILE.cpuprofile]
 *
 * VARIANT is one of the benchmark's (gateway-10 unless given). The file opens in Chromium's DevTools.
 */
import { parseArgs } from "node:util";
import { cpuMicroseconds } from "./cpu.ts";
import { CpuProfiler } from "./cpu_profiler.ts";
import { startMockUpstream } from "./nginx.ts";
import { selfTimes } from "./profile_summary.ts";
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
  using profiler = await CpuProfiler.attach(inspect);
  await profiler.start();
  const before = cpuMicroseconds(program.pid);
  const count = await load(seconds);
  const cpu = cpuMicroseconds(program.pid) - before;
  const profile = await profiler.stop();
  if (values.out !== undefined) await Deno.writeTextFile(values.out, JSON.stringify(profile));
  const { functions, files, busy } = selfTimes(profile);
  const rows = (times: readonly { name: string; share: number }[]) =>
    times.slice(0, Number(values.top)).map((it) => [it.name, `${(it.share * 100).toFixed(1)} %`]);
  const unit = values.streams ? "chunk" : "request";
  console.log(
    `CPU, profiler included: ${(cpu / count).toFixed(1)} µs a ${unit}, ${
      (busy / count).toFixed(1)
    } of them in ` +
      `JavaScript and what it calls; the rest is the runtime's own loop, which the profiler does not see.\n` +
      `Shares of the time in JavaScript:\n`,
  );
  console.log(table(["function", "own time"], rows(functions)));
  console.log(table(["file", "own time"], rows(files)));
} finally {
  await Deno.remove(directory, { recursive: true });
}
