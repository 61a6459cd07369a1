// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test [FILE or DIRECTORY …] [deno test flag …]`: runs the tests and ends with one line,
 * `N passed, N failed, N skipped`, counted from the runner's own report.
 */
import { type Counts, countTests } from "./junit.ts";

const report = await Deno.makeTempFile({ prefix: "tests-", suffix: ".xml" });
const paths = Deno.args.some((argument) => !argument.startsWith("-")) ? [] : ["tests/"];
try {
  // Types are checked by `deno task check`; doing it here as well would double the time to a first result.
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", `--junit-path=${report}`, ...Deno.args, ...paths],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
  }).spawn().status;
  const counts = withCrash(countTests(await Deno.readTextFile(report)), code);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  Deno.exitCode = code;
} finally {
  await Deno.remove(report);
}

/** A module that does not load, or a crash, stands in no report: the exit code alone tells. */
function withCrash(counts: Counts, code: number): Counts {
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
