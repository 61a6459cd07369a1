import { countOutcomes, type Outcome, type TestCase, testCases, uncaughtError } from "./junit.ts";
import { RunnerOutput } from "./runner_output.ts";

const encoder = new TextEncoder();

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
  /**
   * A runner that says nothing for so many milliseconds hangs. The test has failed, its file is left as it is, and
   * the other files follow. Default: it may take for ever.
   */
  readonly silence?: number;
  /** Takes the runner's output, from the first byte on. Default: it goes where this process has its own. */
  readonly write?: (piece: Uint8Array) => void;
}

/** Runs `deno test`, and reads the runner's report and its output. */
export async function runTests(args: readonly string[], options: RunOptions = {}): Promise<TestRun> {
  const { begun, hung, ...run } = await runOnce(args, options);
  if (!hung || begun.length === 0) return run;
  return joined([run, await runTests([...args, "--permit-no-files", `--ignore=${begun.join()}`], options)]);
}

/** A run of one runner, which ends where a test hangs. */
interface OneRun extends TestRun {
  /** The files whose tests it began with. */
  readonly begun: readonly string[];
  readonly hung: boolean;
}

async function runOnce(args: readonly string[], options: RunOptions): Promise<OneRun> {
  const { beside = false, nice = 0, fromSource = false, silence = null, write = writeOut } = options;
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
      stdout: "piped",
    }).spawn();
    let hung = false;
    // At this signal it says which tests were not through, and still writes its report.
    using watch = silence === null ? null : setTimeout(() => {
      hung = true;
      child.kill("SIGINT");
    }, silence);
    const { begun, uncaught } = await show(child.stdout, beside, (piece) => {
      watch?.refresh();
      write(piece);
    });
    const { code } = await child.status;
    const cases = [...testCases(await Deno.readTextFile(report)), ...uncaught.map(uncaughtError)];
    const counts = countOutcomes(cases);
    // Of a crash, or an import that is not there, the exit code alone tells.
    return {
      cases,
      counts: code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts,
      code,
      begun,
      hung,
    };
  } finally {
    await Deno.remove(report);
  }
}

function environment(fromSource: boolean): Record<string, string> {
  const { GATEWAY_BIN, ...others } = Deno.env.toObject();
  // The runner itself writes into a pipe.
  if (Deno.stdout.isTerminal()) others.FORCE_COLOR ??= "1";
  return fromSource || GATEWAY_BIN === undefined ? others : { GATEWAY_BIN, ...others };
}

/** Passes a runner's output on, or at least that something came. */
async function show(
  bytes: ReadableStream<Uint8Array>,
  beside: boolean,
  write: (piece: Uint8Array) => void,
): Promise<RunnerOutput> {
  const output = new RunnerOutput();
  for await (const piece of bytes) {
    const through = output.add(piece);
    write(beside ? encoder.encode(through) : piece);
  }
  if (beside) write(encoder.encode(output.rest()));
  return output;
}

function writeOut(piece: Uint8Array): void {
  for (let at = 0; at < piece.length;) at += Deno.stdout.writeSync(piece.subarray(at));
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
