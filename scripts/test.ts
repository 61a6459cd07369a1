// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test [FILE or DIRECTORY …] [flag of deno test …]`: runs the tests and ends with one line,
 * `N passed, N failed, N skipped`, counted from the runner's own report.
 */
import { runTests } from "./test_run.ts";

const named = Deno.args.some((argument) => !argument.startsWith("-"));
const { counts, code } = await runTests(named ? Deno.args : [...Deno.args, "--ignore=tests/proof", "tests/"]);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exitCode = code;
