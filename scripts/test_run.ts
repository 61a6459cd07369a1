import { countOutcomes, type Outcome, type TestCase, testCases } from "./junit.ts";

export interface TestRun {
  readonly cases: readonly TestCase[];
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly code: number;
}

/** Runs `deno test` with its output where this process has its own, and reads the runner's report. */
export async function runTests(args: readonly string[]): Promise<TestRun> {
  const report = await Deno.makeTempFile({ prefix: "tests-", suffix: ".xml" });
  try {
    // Types are checked by `deno task check`; doing it here as well would double the time to a first result.
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--allow-all", "--no-check", `--junit-path=${report}`, ...args],
      cwd: new URL("..", import.meta.url),
      stdin: "null",
    }).spawn().status;
    const cases = testCases(await Deno.readTextFile(report));
    const counts = countOutcomes(cases);
    // A module that does not load, or a crash, stands in no report: the exit code alone tells.
    return { cases, counts: code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts, code };
  } finally {
    await Deno.remove(report);
  }
}
