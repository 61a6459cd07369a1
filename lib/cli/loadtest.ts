import { systemClock } from "../clock.ts";
import { parseDuration } from "../config/duration.ts";
import { API_NAMES, type ApiName, APIS } from "../tools/apis.ts";
import { exportTo } from "../tools/export.ts";
import { Caller } from "../tools/http/caller.ts";
import { loadReport } from "../tools/loadtest/load_report.ts";
import { LoadTest } from "../tools/loadtest/load_test.ts";
import { type Mix, parseMix, usualMix } from "../tools/loadtest/mix.ts";
import { type Choice, describePlan, type Plan, PlanError, planOf } from "../tools/loadtest/plan.ts";
import { PROMPTS } from "../tools/loadtest/request_kind.ts";
import type { Results } from "../tools/loadtest/results.ts";
import { SCENARIOS } from "../tools/loadtest/scenarios.ts";
import { THRESHOLD_FORM } from "../tools/loadtest/thresholds.ts";
import { listModels } from "../tools/models.ts";
import { rounded } from "../tools/rounded.ts";
import type { Target } from "../tools/target.ts";
import { ToolError } from "../tools/tool_error.ts";
import { listenFailure } from "./address.ts";
import { UsageError } from "./args.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValue, flagValues } from "./command.ts";
import { LoadScreen } from "./load_screen.ts";
import { loadSummary } from "./load_summary.ts";
import type { System } from "./system.ts";
import { JSON_FLAG, TARGET_FLAGS, targetOf } from "./target_flags.ts";

const NAME = "loadtest";
const WEB_PORT = 8089;
/** k6's exit code where a threshold was missed, which scripts look for. */
const THRESHOLDS_MISSED = 99;

export const loadtest: Command = {
  name: NAME,
  summary: "Put a server under load, and say how it took it",
  about:
    "Sends requests of a mix of models to any server that speaks OpenAI's API, as many users at a time as the\n" +
    "scenario says, and tells latencies, failures, and for streams the time to the first token and between\n" +
    "tokens. With --rps requests go out at that rate however slow the answers are, and latency counts from when\n" +
    `a request was due. Exits ${THRESHOLDS_MISSED} where a threshold is missed, 1 where nothing was answered.\n\n` +
    "Scenarios:\n" +
    Object.entries(SCENARIOS).map(([name, { summary }]) => `  ${name.padEnd(13)}  ${summary}`).join("\n"),
  flags: [
    ...TARGET_FLAGS,
    { name: "scenario", value: "NAME", about: "one of the above (smoke); --run-time stretches its stages" },
    { name: "users", value: "N", about: "users at its peak; with --rps, the most connections (1000)" },
    { name: "spawn-rate", value: "N", about: "users that may be added a second" },
    { name: "run-time", value: "TIME", about: "such as 30s, 5m, 2h" },
    { name: "rps", value: "N", about: "requests a second at its peak, whatever the answers do (open loop)" },
    { name: "wait", value: "TIME", about: "between an answer and a user's next request, such as 0 or 1s-3s" },
    {
      name: "models",
      value: "MODEL",
      several: true,
      about: "up to three: 60 % of the requests, 25 %, 15 % (those that the server lists)",
    },
    { name: "mix", value: "MIX", about: "the same with shares of one's own: gpt-4o=70,claude-haiku=30" },
    { name: "api", value: "NAME", about: `${API_NAMES.join(", ")} (chat)` },
    { name: "stream", value: null, about: "ask for streams" },
    { name: "stream-share", value: "SHARE", about: "ask for streams in this share of the requests, 0 to 1" },
    { name: "prompt", value: "TEXT", about: "ask this (eight prompts of several lengths)" },
    { name: "max-tokens", value: "N", about: "the most that an answer may have (100)" },
    { name: "timeout", value: "SECONDS", about: "the most that an answer may take (60)" },
    { name: "threshold", value: "LIMITS", about: `such as ${THRESHOLD_FORM}` },
    { name: "seed", value: "N", about: "the same requests in the same order for the same seed (1)" },
    { name: "ca", value: "FILE", about: "PEM of authorities to trust besides the system's" },
    {
      name: "export",
      value: "FILE",
      about: "write the results as JSON, or as a page where it ends in .html",
    },
    { name: "html", value: "FILE", about: "write the report as a page of HTML" },
    { name: "web", value: null, about: `a page to start, watch and stop tests, on port ${WEB_PORT}` },
    { name: "web-host", value: "ADDRESS", about: "where that page listens (127.0.0.1)" },
    { name: "web-port", value: "PORT", about: `its port (${WEB_PORT}); 0 lets the system choose` },
    JSON_FLAG,
  ],
  examples: [
    "gateway loadtest",
    "gateway loadtest --scenario load --threshold 'p95<500,errors<1%' --html report.html",
    "gateway loadtest --users 50 --spawn-rate 5 --run-time 5m --stream-share 0.3",
    "gateway loadtest --rps 200 --run-time 1m --url http://localhost:4000 --models gpt-4o-mini",
    "gateway loadtest --web",
  ],
  async run(flags, system) {
    const choice = choiceOf(flags);
    const plan = planned(choice);
    const target = await targetOf(flags, system);
    const test = new LoadTest({
      target,
      api: APIS[apiOf(flags)],
      mix: await mixOf(flags, target),
      streamShare: flags.has("stream") ? 1 : flagNumber(flags, "stream-share", NAME, 0, { min: 0, max: 1 }),
      prompts: flagValue(flags, "prompt") === null ? PROMPTS : [flagValue(flags, "prompt") ?? ""],
      maxTokens: flagNumber(flags, "max-tokens", NAME, 100, { min: 1, whole: true }),
      timeoutMs: flagNumber(flags, "timeout", NAME, 60, { min: 0.001 }) * 1000,
      seed: flagNumber(flags, "seed", NAME, 1, { min: 0, max: 2 ** 32 - 1, whole: true }),
      ca: caOf(flags, system),
    });
    return flags.has("web")
      ? await serveWeb(test, choice, flags, system)
      : await runOnce(test, plan, flags, system);
  },
};

/** From its start to its end; the first SIGINT ends it with the report, the second one at once. */
async function runOnce(test: LoadTest, plan: Plan, flags: Flags, system: System): Promise<number> {
  const json = flags.has("json");
  const paint = painter(system);
  const running = test.start(plan);
  const release = system.onStop(() => running.run.stop());
  if (!json) system.out(`${paint("bold", plan.scenario)}: ${describePlan(plan)}, against ${test.server}`);
  const screen = new LoadScreen(running, system, json);
  const stopDrawing = systemClock.every(1000, () => screen.draw());
  await running.run.ended;
  stopDrawing();
  release();
  screen.clear();
  const results = running.results();
  if (json) system.out(JSON.stringify(rounded(results), null, 2));
  else for (const line of loadSummary(results, paint)) system.out(line);
  for (const path of [flagValue(flags, "export"), flagValue(flags, "html")]) {
    if (path !== null) await exportTo(path, results, () => loadReport(results));
  }
  return exitCode(results);
}

function exitCode({ thresholds, summary: { requests, failures } }: Results): number {
  if (thresholds.some(({ kept }) => !kept)) return THRESHOLDS_MISSED;
  return requests > failures ? 0 : 1;
}

async function serveWeb(test: LoadTest, choice: Choice, flags: Flags, system: System): Promise<number> {
  const { startWeb } = await import("../tools/loadtest/web/server.ts");
  const hostname = flagValue(flags, "web-host") ?? "127.0.0.1";
  const port = flagNumber(flags, "web-port", NAME, WEB_PORT, { min: 0, max: 65_535, whole: true });
  let web;
  try {
    web = startWeb(test, choice, { hostname, port });
  } catch (error) {
    system.err(`gateway: ${listenFailure(error, hostname, port)}`);
    return 1;
  }
  system.out(`load tests of ${test.server}: ${web.url}`);
  const release = system.onStop(() => web.close());
  await web.ended;
  release();
  return 0;
}

function choiceOf(flags: Flags): Choice {
  return {
    scenario: flagValue(flags, "scenario"),
    users: flagNumber(flags, "users", NAME, null, { min: 1, whole: true }),
    spawnRate: flagNumber(flags, "spawn-rate", NAME, null),
    seconds: flagValue(flags, "run-time") === null
      ? null
      : timeOf("run-time", flagValue(flags, "run-time") ?? "") / 1000,
    rps: flagNumber(flags, "rps", NAME, null),
    wait: waitOf(flagValue(flags, "wait")),
    thresholds: flagValue(flags, "threshold"),
  };
}

function planned(choice: Choice): Plan {
  try {
    return planOf(choice);
  } catch (error) {
    throw error instanceof PlanError ? new UsageError(error.message, NAME) : error;
  }
}

async function mixOf(flags: Flags, target: Target): Promise<Mix> {
  const text = flagValue(flags, "mix");
  if (text !== null) {
    const mix = parseMix(text);
    if (mix === null) throw new UsageError(`--mix: expected such as gpt-4o=70,other=30, got "${text}"`, NAME);
    return mix;
  }
  const named = flagValues(flags, "models").flatMap((value) => value.split(",")).filter((name) =>
    name !== ""
  );
  if (named.length > 3) throw new UsageError("--models: takes three at most; --mix takes more", NAME);
  if (named.length > 0) return usualMix(named);
  const caller = new Caller(target, { timeoutMs: 10_000 });
  try {
    return usualMix((await listModels(caller, target)).map(({ id }) => id));
  } finally {
    await caller.close();
  }
}

function waitOf(text: string | null): readonly [number, number] | null {
  if (text === null) return null;
  const [from = "", to = from] = text.split("-");
  const range = [timeOf("wait", from), timeOf("wait", to)] as const;
  if (range[0] > range[1]) throw new UsageError(`--wait: "${text}" ends before it begins`, NAME);
  return range;
}

/** Milliseconds; a number alone is seconds. */
function timeOf(flag: string, text: string): number {
  const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) && text !== "0" ? `${text}s` : text);
  if (ms === null) throw new UsageError(`--${flag}: expected a time such as 30s or 5m, got "${text}"`, NAME);
  return ms;
}

function apiOf(flags: Flags): ApiName {
  const name = flagValue(flags, "api") ?? "chat";
  if (Object.hasOwn(APIS, name)) return name as ApiName;
  throw new UsageError(`--api: expected ${API_NAMES.join(", ")}, got "${name}"`, NAME);
}

function caOf(flags: Flags, system: System): string | null {
  const path = flagValue(flags, "ca");
  if (path === null) return null;
  try {
    return system.readFile(path);
  } catch (error) {
    throw new ToolError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      2,
    );
  }
}
