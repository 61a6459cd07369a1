// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench loadtest [--quick] [--publish]`: `gateway loadtest` beside wrk, hey, k6 and Locust, against the
 * same nginx. How many requests a core sends, and whether the percentiles at the same rate are the same. Needs
 * nginx and wrk; the others are left out where they are absent (`HEY_BIN`, `K6_BIN`, `PYTHON_LOCUST`).
 */
import { median } from "../../../lib/tools/statistics.ts";
import { machine } from "../../machine.ts";
import { revision } from "../../revision.ts";
import { startMockUpstream, startPacer } from "../nginx.ts";
import { REQUEST } from "../payload.ts";
import { placeProcess } from "../processors.ts";
import { table } from "../table.ts";
import { LOAD_TOOLS, type LoadJob, type LoadTool, OURS, type Said, WRK } from "./tools.ts";

interface Sample extends Said {
  /** Of the generator and all it started. */
  readonly cpuSeconds: number;
}

interface Subject {
  readonly title: string;
  readonly connections: number;
  /** Requests a second that the target lets through; null: as many as come. */
  readonly rate: number | null;
}

/** Generators get this core alone and the target the other one, where there are two. */
const GENERATOR_CORE = "0";

const SUBJECTS: readonly Subject[] = [
  { title: "As fast as it goes", connections: 64, rate: null },
  { title: "At 400 requests a second", connections: 32, rate: 400 },
  { title: "At 4,000 requests a second", connections: 64, rate: 4000 },
];

/** In the share of wrk's value. */
const AGREE = 0.05;

export async function benchLoadTools(args: readonly string[]): Promise<void> {
  const quick = args.includes("--quick");
  const [rounds, seconds] = quick ? [1, 4] : [3, 15];
  const tools = LOAD_TOOLS.filter((tool) => tool.program() !== null);
  const parts: string[] = [];
  for (const subject of SUBJECTS) {
    const samples = await measure(subject, tools, rounds, seconds);
    parts.push(`### ${subject.title}, ${subject.connections} connections\n`);
    parts.push(subject.rate === null ? speedTable(samples) : agreementTable(samples));
  }
  const page = await report(parts, tools, rounds, seconds);
  console.log(page);
  if (args.includes("--publish")) {
    await Deno.writeTextFile(new URL("../../../docs/benchmarks/loadtest.md", import.meta.url), page);
  }
}

/** Rounds of all tools, one after the other, so that a slow minute of the machine meets each. */
async function measure(
  subject: Subject,
  tools: readonly LoadTool[],
  rounds: number,
  seconds: number,
): Promise<ReadonlyMap<LoadTool, Sample>> {
  const directory = await Deno.makeTempDir({ prefix: "bench-" });
  try {
    await using target =
      await (subject.rate === null ? startMockUpstream(directory) : startPacer(directory, subject.rate));
    if (navigator.hardwareConcurrency > 1) await placeProcess(target.pid, "1");
    const samples = new Map<LoadTool, Sample[]>(tools.map((tool) => [tool, []]));
    for (let round = 0; round < rounds; round++) {
      for (const [tool, of] of samples) {
        const job = {
          origin: `http://127.0.0.1:${target.port}`,
          connections: subject.connections,
          seconds,
          directory,
        };
        console.error(`${subject.title}: ${tool.name}, ${round + 1} of ${rounds}`);
        of.push(await runTool(tool, job));
      }
    }
    return new Map([...samples].map(([tool, of]) => [tool, middle(of)]));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function runTool(tool: LoadTool, job: LoadJob): Promise<Sample> {
  const program = tool.program();
  if (program === null) throw new Error(`Cannot run ${tool.name}: it is absent`);
  // bash's `time` counts the CPU time of all that the command started and waited for.
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "-c",
      'TIMEFORMAT="@cpu %U %S"; time "$@"',
      "bench",
      ...["taskset", "--cpu-list", GENERATOR_CORE],
      ...tool.command(program, job),
    ],
    env: { BENCH_BODY: REQUEST, NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout((job.seconds + 60) * 1000),
  }).output();
  const [output, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  const [, user, system] = /@cpu ([\d.]+) ([\d.]+)/.exec(errors ?? "") ?? [];
  if (code !== 0 || user === undefined) throw new Error(`Cannot run ${tool.name}: ${output}${errors}`);
  return { ...await tool.said(output ?? "", job), cpuSeconds: Number(user) + Number(system) };
}

/** The median of each figure. */
function middle(samples: readonly Sample[]): Sample {
  const of = (read: (sample: Sample) => number) => median(samples.map(read));
  return {
    requests: of((it) => it.requests),
    seconds: of((it) => it.seconds),
    cpuSeconds: of((it) => it.cpuSeconds),
    p50: of((it) => it.p50),
    p90: of((it) => it.p90),
    p99: of((it) => it.p99),
  };
}

function speedTable(samples: ReadonlyMap<LoadTool, Sample>): string {
  return table(
    ["", "requests/s", "requests per CPU second", "CPU per request, µs", "p50, ms", "p99, ms"],
    [...samples].map(([{ name }, it]) => [
      name,
      whole(it.requests / it.seconds),
      whole(it.requests / it.cpuSeconds),
      (it.cpuSeconds / it.requests * 1e6).toFixed(1),
      it.p50.toFixed(2),
      it.p99.toFixed(2),
    ]),
  );
}

function agreementTable(samples: ReadonlyMap<LoadTool, Sample>): string {
  const wrk = samples.get(WRK);
  if (wrk === undefined) throw new Error("Cannot compare: wrk is absent");
  const beside = (value: number, theirs: number) => {
    const difference = value / theirs - 1;
    return `${value.toFixed(2)} (${difference < 0 ? "−" : "+"}${(Math.abs(difference) * 100).toFixed(1)} %)`;
  };
  return table(
    ["", "requests/s", "p50, ms", "p90, ms", "p99, ms", "CPU per request, µs"],
    [...samples].map(([tool, it]) => [
      tool.name,
      whole(it.requests / it.seconds),
      ...(tool === WRK
        ? [it.p50, it.p90, it.p99].map((value) => value.toFixed(2))
        : [beside(it.p50, wrk.p50), beside(it.p90, wrk.p90), beside(it.p99, wrk.p99)]),
      (it.cpuSeconds / it.requests * 1e6).toFixed(1),
    ]),
  ) + `\n${verdict(samples.get(OURS), wrk)}\n`;
}

function verdict(ours: Sample | undefined, wrk: Sample): string {
  if (ours === undefined) return "";
  const most = Math.max(...(["p50", "p90", "p99"] as const).map((key) => Math.abs(ours[key] / wrk[key] - 1)));
  return `${OURS.name} and wrk differ by ${(most * 100).toFixed(1)} % at most: ${
    most <= AGREE ? "within" : "more than"
  } ${AGREE * 100} %.`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

async function report(
  parts: readonly string[],
  tools: readonly LoadTool[],
  rounds: number,
  seconds: number,
): Promise<string> {
  const absent = LOAD_TOOLS.filter((tool) => !tools.includes(tool)).map(({ name }) => name);
  return `# Load generators

Made by \`deno task bench loadtest\` at ${await revision()} on ${
    new Date().toISOString().slice(0, 10)
  }: ${machine()}.
${rounds} round(s) of ${seconds} s each, the median of each figure.${
    absent.length > 0 ? ` Not installed: ${absent.join(", ")}.` : ""
  }

All send the same chat request to the same nginx (one process, a core of its own), each with one core for all its
threads. CPU time is that of the whole process, its start included. hey tells times in steps of 0.1 ms, Locust of
1 ms.

Where nothing holds them up, generators differ in how fast they are, and so in the latencies that they cause. So
percentiles are compared where nginx lets a set number of requests a second through (\`limit_req\`) and makes the
others wait: with as many connections and the same rate, all have to measure the same.

${parts.join("\n")}`;
}
