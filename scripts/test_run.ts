import { countOutcomes, type Outcome, type TestCase, testCases } from "./junit.ts";
import { WholeFiles } from "./whole_files.ts";

export interface TestRun {
  readonly cases: readonly TestCase[];
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly code: number;
}

export interface RunOptions {
  /** Others run beside it: its output comes a file at a time. Default: as it is made. */
  readonly beside?: boolean;
  /** How far it stands back behind what runs beside it, as `nice` counts; default 0. */
  readonly nice?: number;
  /** Gateways are started from source although `GATEWAY_BIN` names a binary. */
  readonly fromSource?: boolean;
}

/** Runs `deno test` with its output where this process has its own, and reads the runner's report. */
export async function runTests(
  args: readonly string[],
  { beside = false, nice = 0, fromSource = false }: RunOptions = {},
): Promise<TestRun> {
  const report = await Deno.makeTempFile({ prefix: "tests-", suffix: ".xml" });
  try {
    // Types are checked by `deno task check`; doing it here as well would double the time to a first result.
    const deno = [Deno.execPath(), "test", "--allow-all", "--no-check", `--junit-path=${report}`, ...args];
    const [program = "", ...rest] = nice === 0 ? deno : ["nice", "-n", String(nice), ...deno];
    const child = new Deno.Command(program, {
      args: rest,
      cwd: new URL("..", import.meta.url),
      clearEnv: true,
      env: environment(fromSource),
      stdin: "null",
      stdout: beside ? "piped" : "inherit",
    }).spawn();
    if (beside) await show(child.stdout.pipeThrough(new WholeFiles()));
    const { code } = await child.status;
    const cases = testCases(await Deno.readTextFile(report));
    const counts = countOutcomes(cases);
    // A module that does not load, or a crash, stands in no report: the exit code alone tells.
    return { cases, counts: code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts, code };
  } finally {
    await Deno.remove(report);
  }
}

function environment(fromSource: boolean): Record<string, string> {
  const { GATEWAY_BIN, ...others } = Deno.env.toObject();
  return fromSource || GATEWAY_BIN === undefined ? others : { GATEWAY_BIN, ...others };
}

async function show(pieces: ReadableStream<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length;) at += Deno.stdout.writeSync(piece.subarray(at));
  }
}

/** Several runs as one. */
export function joined(runs: readonly TestRun[]): TestRun {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const run of runs) {
    for (const outcome of ["passed", "failed", "skipped"] as const) counts[outcome] += run.counts[outcome];
  }
  return {
    cases: runs.flatMap(({ cases }) => cases),
    counts,
    code: runs.find(({ code }) => code !== 0)?.code ?? 0,
  };
}
