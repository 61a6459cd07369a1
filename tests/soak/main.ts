// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test:soak SCENARIO… | --all [--short] [--seed N] [--publish]`: loads that take minutes, and the figures
 * that the gateway has to reach under them. A scenario is a process of its own, in a group with all that it starts, so
 * that nothing stays and nothing else is ended. Those that another load would disturb run alone, but in their short form; the
 * others two at a time, the longest first. The gateway runs from source, or as the binary that `GATEWAY_BIN` names.
 */
import { gatewayCommand, gatewayEnvironment } from "../e2e/gateway_process.ts";
import { machine } from "../../scripts/machine.ts";
import { revision } from "../../scripts/revision.ts";
import { OptionsError, parseOptions, usage } from "./options.ts";
import { RELIABILITY_PAGE, reliabilityPage } from "./page.ts";
import { keepResults, readResults, type Result, withResults } from "./results.ts";
import type { Outcome, Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

/** Time for a scenario that is out of time to end what it started. */
const END_SECONDS = 30;
/** Scenarios at a time, of those that bear company. */
const TOGETHER = { long: 2, short: 3 };

const options = readOptions();
const groups = new Set<number>();
let stopped = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, stop);

const facts = {
  date: new Date().toISOString().slice(0, 10),
  revision: await revision(),
  machine: machine(),
  program: await program(),
  seed: options.seed,
};
if (options.page) {
  await Deno.writeTextFile(RELIABILITY_PAGE, reliabilityPage(SCENARIOS, readResults()));
  Deno.exit(0);
}
const counts = { passed: 0, failed: 0, skipped: 0 };
const { scenarios } = options;
const alone = options.short ? [] : scenarios.filter((it) => it.alone);
await inTurn(alone, 1);
const others = scenarios.filter((it) => !alone.includes(it)).toSorted((a, b) => seconds(b) - seconds(a));
await inTurn(others, options.short ? TOGETHER.short : TOGETHER.long);
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
Deno.exit(counts.failed > 0 || stopped ? 1 : 0);

function readOptions() {
  try {
    return parseOptions(Deno.args, SCENARIOS);
  } catch (error) {
    if (!(error instanceof OptionsError)) throw error;
    console.error(`${error.message}\n\n${usage(SCENARIOS)}`);
    Deno.exit(2);
  }
}

function seconds(scenario: Scenario): number {
  return options.short ? scenario.seconds.short : scenario.seconds.long;
}

async function inTurn(all: readonly Scenario[], atOnce: number): Promise<void> {
  const waiting = [...all];
  const next = async () => {
    for (let it; !stopped && (it = waiting.shift()) !== undefined;) await run(it);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

async function run(scenario: Scenario): Promise<void> {
  console.log(`      ${scenario.name}: ${scenario.what} (${seconds(scenario)} s at most)`);
  const outcome = await inProcess(scenario);
  const { figures, failure, absent } = outcome;
  if (absent !== null) {
    // As tests/requires.ts has it: in CI nothing is skipped unseen.
    const missing = Deno.env.get("CI") === "true";
    console.log(`${missing ? " FAIL " : " skip "}${scenario.name}: "${absent}" is not here`);
    counts[missing ? "failed" : "skipped"]++;
    return;
  }
  if (failure !== null) console.log(` FAIL ${scenario.name}: ${failure}`);
  for (const { target, ok } of figures) if (target !== "") counts[ok ? "passed" : "failed"]++;
  if (failure !== null) counts.failed++;
  if (options.publish && !stopped) await publish({ ...facts, scenario: scenario.name, ...outcome });
}

async function inProcess(scenario: Scenario): Promise<Outcome> {
  const file = await Deno.makeTempFile({ prefix: "soak-", suffix: ".json" });
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check", new URL("one.ts", import.meta.url).pathname, scenario.name],
      ...[String(options.seed), options.short ? "short" : "long", file],
    ],
    stdin: "null",
    // A group of its own, which can be ended as a whole.
    detached: true,
  }).spawn();
  groups.add(child.pid);
  const kill = setTimeout(() => endGroup(child.pid, "SIGKILL"), (seconds(scenario) + END_SECONDS) * 1000);
  const { code } = await child.status;
  clearTimeout(kill);
  endGroup(child.pid, "SIGKILL");
  groups.delete(child.pid);
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  if (text !== "") return JSON.parse(text);
  return { figures: [], failure: `it ended with code ${code}`, absent: null, seconds: seconds(scenario) };
}

function endGroup(leader: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-leader, signal);
  } catch {
    // Nothing of it is left.
  }
}

function stop(): void {
  stopped = true;
  for (const leader of groups) endGroup(leader, "SIGKILL");
}

/** After each, so that an end before its time loses nothing. */
async function publish(
  { scenario, date, revision, machine, program, seed, seconds, figures, failure }: Result,
): Promise<void> {
  // Where it stood in the code is for whoever runs it, and names a path of that machine.
  const reason = failure?.split("\n")[0] ?? null;
  const result = { scenario, date, revision, machine, program, seed, seconds, figures, failure: reason };
  const results = withResults(readResults(), [result]);
  await keepResults(results);
  await Deno.writeTextFile(RELIABILITY_PAGE, reliabilityPage(SCENARIOS, results));
}

/** The gateway that is measured, for people. */
async function program(): Promise<string> {
  const binary = Deno.env.get("GATEWAY_BIN");
  const [command, ...args] = gatewayCommand();
  const { stdout } = await new Deno.Command(command, {
    args: [...args, "version"],
    clearEnv: true,
    env: gatewayEnvironment(),
  }).output();
  const version = /[Dd]eno[ :]+(\d[\d.]*)/.exec(new TextDecoder().decode(stdout))?.[1];
  return `${binary ? "binary" : "source"}${version === undefined ? "" : `, Deno ${version}`}`;
}
