// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test [FILE or DIRECTORY …] [flag of deno test …]`: runs the tests and ends with one line,
 * `N passed, N failed, N skipped`, counted from the runner's own report.
 *
 * All of them are runs beside each other (`test_lanes.ts`), since most of the time of those with running gateways is
 * waiting, and behind them one of what measures. `GATEWAY_BIN` names the binary that end-to-end tests start in place
 * of the source; `deno task test --from-source` runs those of them that are to pass from source, too.
 *
 * Some tests hold a gateway to its times; on a machine that is busy with something else, one of thousands may miss
 * them. So files in which a test failed are run once more, each alone. What fails then has failed; what passes is
 * named, so that nobody overlooks it. A test that hangs has failed, and does not keep the others from running.
 */
import { countOutcomes, runAgain, slowestFiles } from "./junit.ts";
import { ALONE, EITHER_WAY, LANES, optionsOf } from "./test_lanes.ts";
import { joined, type RunOptions, runTests, type TestRun } from "./test_run.ts";

/** With more files than this it is not the machine's fault. */
const MOST_AGAIN = 8;
/** In milliseconds. What says nothing for so long hangs: no test takes half of it. */
const SILENCE = 300_000;
/** Of so many files it is said how long they took. */
const SLOWEST = 15;
const FROM_SOURCE = "--from-source";

const named = Deno.args.filter((argument) => !argument.startsWith("-"));
const flags = Deno.args.filter((argument) => argument.startsWith("-") && argument !== FROM_SOURCE);
const run = await runAsked();
if (named.length === 0) showSlowest(run);
console.log(`${run.counts.passed} passed, ${run.counts.failed} failed, ${run.counts.skipped} skipped`);
Deno.exitCode = run.code;

async function runAsked(): Promise<TestRun> {
  if (named.length > 0) return await again(await runTests(Deno.args), () => ({}));
  if (Deno.args.includes(FROM_SOURCE)) {
    const options = { fromSource: true };
    return await again(await runWatched([...flags, ...EITHER_WAY], options), () => options);
  }
  return await again(await runAll(), optionsOf);
}

async function runAll(): Promise<TestRun> {
  const lanes = LANES.map(({ paths, options }) =>
    runWatched([...flags, ...paths], { ...options, beside: true })
  );
  const beside = await Promise.all(lanes);
  return joined([...beside, await runWatched([...flags, ...ALONE.paths], ALONE.options)]);
}

/** A run that no test can hold up. */
function runWatched(args: readonly string[], options: RunOptions): Promise<TestRun> {
  return runTests(args, { ...options, silence: SILENCE });
}

function showSlowest({ cases }: TestRun): void {
  console.log("The files whose tests took longest:");
  for (const { file, seconds } of slowestFiles(cases, SLOWEST)) {
    console.log(`${seconds.toFixed(1).padStart(8)} s  ${file}`);
  }
}

/** The run with the outcome that its failed files have when they are run alone. */
async function again(run: TestRun, optionsOf: (file: string) => RunOptions): Promise<TestRun> {
  const failed = new Set(run.cases.filter(({ outcome }) => outcome === "failed").map(({ file }) => file));
  // Without any it was a crash, or an import that is not there: once more would say the same.
  if (run.code === 0 || failed.size === 0 || failed.size > MOST_AGAIN) return run;
  let cases = run.cases;
  let code = 0;
  const runners = await Promise.all([...failed].map(filesThatRun));
  for (const file of new Set(runners.flat())) {
    console.log(`\nOnce more, alone: ${file}`);
    const alone = await runWatched([file, ...flags], optionsOf(file));
    if (alone.code !== 0) code = alone.code;
    cases = runAgain(cases, alone.cases);
  }
  // What was not run with any of them has failed.
  if (code === 0 && cases.some(({ outcome }) => outcome === "failed")) code = run.code;
  const passed = run.cases.filter(({ file, name, outcome }) =>
    outcome === "failed" &&
    !cases.some((it) => it.file === file && it.name === name && it.outcome === "failed")
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
