// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test [FILE or DIRECTORY …] [flag of deno test …]`: runs the tests and ends with one line,
 * `N passed, N failed, N skipped`, counted from the runner's own report.
 *
 * All of them are two runs beside each other, since most of the time of those with running gateways is waiting; the
 * other run stands back where both want the processor.
 *
 * Some tests hold a gateway to its times; on a machine that is busy with something else, one of thousands may miss
 * them. So files in which a test failed are run once more, each alone. What fails then has failed; what passes is
 * named, so that nobody overlooks it.
 */
import { countOutcomes, runAgain } from "./junit.ts";
import { joined, runTests, type TestRun } from "./test_run.ts";

/** With more files than this it is not the machine's fault. */
const MOST_AGAIN = 8;

/** Tools that measure times, whose tests hold them to what they measure. */
const MEASURING = ["compare_providers", "loadtest", "profile_latency", "profile_throughput"];
/** Tests with times to keep: of running gateways, of real servers. */
const TIMED = [
  ...["tests/e2e/", "tests/stores/", "tests/security/"],
  ...MEASURING.map((tool) => `tests/cli/${tool}_test.ts`),
];
const STANDS_BACK = 5;

const named = Deno.args.some((argument) => !argument.startsWith("-"));
const flags = Deno.args.filter((argument) => argument.startsWith("-"));
const { counts, code } = await again(named ? await runTests(Deno.args) : await runAll());
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exitCode = code;

async function runAll(): Promise<TestRun> {
  const others = [`--ignore=tests/proof,${TIMED.join(",")}`, "tests/"];
  return joined(
    await Promise.all([
      runTests([...flags, ...TIMED], { beside: true }),
      runTests([...flags, ...others], { beside: true, nice: STANDS_BACK }),
    ]),
  );
}

/** The run with the outcome that its failed files have when they are run alone. */
async function again(run: TestRun): Promise<TestRun> {
  const failed = new Set(run.cases.filter(({ outcome }) => outcome === "failed").map(({ file }) => file));
  // Without a failed test it was a crash, or a module that does not load: once more would say the same.
  if (run.code === 0 || failed.size === 0 || failed.size > MOST_AGAIN) return run;
  let cases = run.cases;
  let code = 0;
  const runners = await Promise.all([...failed].map(filesThatRun));
  for (const file of new Set(runners.flat())) {
    console.log(`\nOnce more, alone: ${file}`);
    const alone = await runTests([file, ...flags]);
    if (alone.code !== 0) code = alone.code;
    cases = runAgain(cases, alone.cases);
  }
  // What was not run with any of them has failed.
  if (code === 0 && cases.some(({ outcome }) => outcome === "failed")) code = run.code;
  const passed = run.cases.filter(({ file, name, outcome }) =>
    outcome === "failed" &&
    cases.some((it) => it.file === file && it.name === name && it.outcome === "passed")
  );
  for (const { file, name } of passed) {
    console.log(`passed only when it was run once more, alone: ${file}: ${name}`);
  }
  const counts = countOutcomes(cases);
  return { cases, counts: code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts, code };
}

/** Tests of a contract stand in a file that those beside it run, once for each of whom they are about. */
async function filesThatRun(file: string): Promise<readonly string[]> {
  if (file.endsWith("_test.ts")) return [file];
  const [, directory = "", name = ""] = /^(.*\/)([^/]+)$/.exec(file) ?? [];
  const found: string[] = [];
  for await (const { name: beside } of Deno.readDir(directory)) {
    if (!beside.endsWith("_test.ts")) continue;
    if ((await Deno.readTextFile(directory + beside)).includes(`"./${name}"`)) found.push(directory + beside);
  }
  return found.length > 0 ? found : [file];
}
