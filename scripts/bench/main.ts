// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench`: what the gateway costs, beside what others cost. Needs nginx and wrk.
 */
import { benchLoadTools } from "./loadtest/main.ts";
import { machine } from "../machine.ts";
import { revision } from "../revision.ts";
import { against } from "./against.ts";
import { faults } from "./faults.ts";
import { type Figures, httpRows, streamRows } from "./figures.ts";
import { httpRounds } from "./http_rounds.ts";
import { startMockUpstream } from "./nginx.ts";
import { type Options, parseOptions } from "./options.ts";
import { overhead } from "./overhead.ts";
import type { Pair } from "./pairs.ts";
import { memoryAfter, timeToFirstAnswer } from "./process_figures.ts";
import type { Program } from "./program.ts";
import { report } from "./report.ts";
import { FULL, QUICK, type Settings } from "./settings.ts";
import { benchStages } from "./stages.ts";
import { estimate } from "../../lib/tools/statistics.ts";
import { CHUNKS, PACE_MS, streamRounds } from "./stream_rounds.ts";
import { startPacedUpstream, startSink, type Surroundings, type VariantKey, VARIANTS } from "./variants.ts";

const docs = new URL("../../docs/benchmarks/", import.meta.url);

/** Each variant beside F, and what is to be compared with U beside U. */
const HTTP_PAIRS: readonly Pair[] = [
  ["f", "control"],
  ["f", "direct"],
  ["f", "nginx"],
  ["f", "u"],
  ["f", "gateway-off"],
  ["f", "gateway-metrics"],
  ["f", "gateway-10"],
  ["f", "gateway-100"],
  ["u", "gateway-10"],
];

const STREAM_PAIRS: readonly Pair[] = [["f", "control"], ["f", "direct"], ["f", "gateway-10"]];

const MEMORY: readonly VariantKey[] = ["f", "gateway-10"];

if (Deno.args[0] === "overhead") {
  await overhead(Deno.args.slice(1));
} else if (Deno.args[0] === "faults") {
  await faults(Deno.args.slice(1));
} else if (Deno.args[0] === "stages") {
  await benchStages(Deno.args.slice(1));
} else if (Deno.args[0] === "loadtest") {
  await benchLoadTools(Deno.args.slice(1));
} else if (Deno.args[0] === "against") {
  await against(Deno.args.slice(1));
} else {
  const options = parseOptions(Deno.args);
  if (options !== null) await bench(options, options.quick ? QUICK : FULL);
}

async function bench(options: Options, settings: Settings): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using mock = await startMockUpstream(directory);
    await using sink = await startSink();
    const surroundings = { directory, upstream: mock.port, sink: sink.port };
    const figures = await measure(options, settings, surroundings);
    const page = report(figures);
    const json = JSON.stringify(figures, null, 2) + "\n";
    console.log(page);
    if (options.json !== null) await Deno.writeTextFile(options.json, json);
    if (options.publish) {
      await Deno.mkdir(docs, { recursive: true });
      await Deno.writeTextFile(new URL("latest.md", docs), page);
      await Deno.writeTextFile(new URL("latest.json", docs), json);
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function measure(options: Options, settings: Settings, surroundings: Surroundings): Promise<Figures> {
  const runs = (part: Options["parts"][number]) => options.parts.includes(part);
  const http = runs("http")
    ? httpRows(
      await withPrograms(
        pairsOf(HTTP_PAIRS, options),
        surroundings,
        new Map(),
        (programs, pairs) => httpRounds(programs, pairs, settings, progress),
      ),
    )
    : [];
  const streams = runs("streams") ? streamRows(await measureStreams(options, settings, surroundings)) : [];
  const memory: Partial<Record<VariantKey, number>> = {};
  for (const key of runs("memory") ? MEMORY.filter((it) => options.variants.includes(it)) : []) {
    progress(`memory: ${key}`);
    memory[key] = await memoryAfter(key, settings.requestsForMemory, surroundings);
  }
  return {
    commit: await revision(),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    gateway: Deno.env.get("GATEWAY_BIN") ? "compiled binary" : `source on Deno ${Deno.version.deno}`,
    quick: options.quick,
    http,
    streams,
    memory,
    start: runs("start") && options.variants.includes("gateway-10")
      ? await measureStarts(settings, surroundings)
      : null,
  };
}

async function measureStreams(options: Options, settings: Settings, surroundings: Surroundings) {
  await using paced = await startPacedUpstream(CHUNKS, PACE_MS);
  return await withPrograms(
    pairsOf(STREAM_PAIRS, options),
    { ...surroundings, upstream: paced.port },
    new Map([["direct", paced]]),
    (programs, pairs) => streamRounds(programs, pairs, settings.streamRounds, progress),
  );
}

async function measureStarts(settings: Settings, surroundings: Surroundings) {
  const times: number[] = [];
  for (let index = 0; index < settings.starts; index++) {
    progress(`start ${index + 1} of ${settings.starts}`);
    times.push(await timeToFirstAnswer(surroundings));
  }
  return estimate(times);
}

/** Without the control no ratio can be judged, so it always runs. */
function pairsOf(pairs: readonly Pair[], options: Options): Pair[] {
  return pairs.filter(([, variant]) => variant === "control" || options.variants.includes(variant));
}

/** Starts what the pairs need and is not `given`, and stops it at the end. */
async function withPrograms<Result>(
  pairs: readonly Pair[],
  surroundings: Surroundings,
  given: ReadonlyMap<VariantKey, Program>,
  use: (programs: ReadonlyMap<VariantKey, Program>, pairs: readonly Pair[]) => Promise<Result>,
): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const programs = new Map(given);
  for (const key of new Set(pairs.flat())) {
    if (programs.has(key)) continue;
    programs.set(key, stack.use(await VARIANTS[key].start(surroundings)));
  }
  return await use(programs, pairs);
}

/** One line on the terminal that is overwritten; nothing where nobody looks. */
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}\r`));
}
