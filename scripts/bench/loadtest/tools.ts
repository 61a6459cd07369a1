/** Load generators, one row each: how to run it, and how to read what it says. */
import { MODEL, REQUEST } from "../payload.ts";
import { beside, denoProgram } from "../program.ts";

export interface LoadJob {
  /** Of the target, without a slash at the end. */
  readonly origin: string;
  readonly connections: number;
  readonly seconds: number;
  /** For files of the tool's own. */
  readonly directory: string;
}

/** What a tool says of itself; milliseconds. */
export interface Said {
  readonly requests: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface LoadTool {
  readonly name: string;
  /** Null: it is not here. */
  readonly program: () => string | null;
  readonly command: (program: string, job: LoadJob) => readonly string[];
  readonly said: (stdout: string, job: LoadJob) => Said | Promise<Said>;
}

const PATH = "/v1/chat/completions";
/** The user's part of the benchmark's request. */
const PROMPT: string = JSON.parse(REQUEST).messages[1].content;

export const OURS: LoadTool = {
  name: "gateway loadtest",
  program: () => Deno.env.get("GATEWAY_BIN") ?? Deno.execPath(),
  command: (program, { origin, connections, seconds, directory }) => [
    ...(Deno.env.get("GATEWAY_BIN") === undefined ? denoProgram("../../main.ts", []) : [program]),
    "loadtest",
    ...["--url", origin, "--key", "sk-bench", "--models", MODEL, "--prompt", PROMPT, "--max-tokens", "256"],
    ...["--users", `${connections}`, "--wait", "0", "--run-time", `${seconds}s`],
    ...["--json", "--export", `${directory}/ours.json`],
  ],
  said: async (_, { directory }) => {
    const { summary, duration_s, total } = JSON.parse(await Deno.readTextFile(`${directory}/ours.json`));
    if (summary.failures > 0) throw new Error(`Cannot count: ${summary.failures} requests failed`);
    const { p50_ms: p50, p90_ms: p90, p99_ms: p99 } = total.latency;
    return { requests: summary.requests, seconds: duration_s, p50, p90, p99 };
  },
};

export const WRK: LoadTool = {
  name: "wrk",
  program: () => onPath("wrk"),
  command: (program, { origin, connections, seconds }) => [
    program,
    "--threads=1",
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    `--script=${beside("post.lua")}`,
    origin + PATH,
  ],
  said: (stdout) => {
    const { requests, seconds, p50, p90, p99 } = JSON.parse(
      stdout.split("\n").find((line) => line.startsWith("{")) ?? "",
    );
    return { requests, seconds, p50: p50 / 1000, p90: p90 / 1000, p99: p99 / 1000 };
  },
};

const HEY: LoadTool = {
  name: "hey",
  program: () => Deno.env.get("HEY_BIN") ?? onPath("hey"),
  command: (program, { origin, connections, seconds }) => [
    program,
    ...["-z", `${seconds}s`, "-c", `${connections}`, "-m", "POST", "-T", "application/json"],
    ...["-H", "authorization: Bearer sk-bench", "-d", REQUEST, origin + PATH],
  ],
  said: (stdout) => {
    const number = (pattern: RegExp) => Number(pattern.exec(stdout)?.[1]);
    const percentile = (percent: number) => number(new RegExp(`${percent}%+ in ([\\d.]+) secs`)) * 1000;
    const seconds = number(/Total:\s+([\d.]+) secs/);
    return {
      requests: Math.round(number(/Requests\/sec:\s+([\d.]+)/) * seconds),
      seconds,
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
    };
  },
};

const K6: LoadTool = {
  name: "k6",
  program: () => Deno.env.get("K6_BIN") ?? onPath("k6"),
  command: (program, { origin, connections, seconds, directory }) => [
    program,
    ...["run", "--quiet", "--no-usage-report", `--summary-export=${directory}/k6.json`],
    ...[`--vus=${connections}`, `--duration=${seconds}s`, `--env=BENCH_URL=${origin}${PATH}`],
    beside("loadtest/k6_post.js"),
  ],
  said: async (_, { directory, seconds }) => {
    const { metrics } = JSON.parse(await Deno.readTextFile(`${directory}/k6.json`));
    const { med: p50, "p(90)": p90, "p(99)": p99 } = metrics.http_req_duration;
    return { requests: metrics.http_reqs.count, seconds, p50, p90, p99 };
  },
};

const LOCUST: LoadTool = {
  name: "Locust (FastHttpUser)",
  program: () => Deno.env.get("PYTHON_LOCUST") ?? null,
  command: (program, { origin, connections, seconds, directory }) => [
    program,
    ...["-m", "locust", "-f", beside("loadtest/locust_post.py"), "--host", origin, "--headless"],
    ...["--users", `${connections}`, "--spawn-rate", `${connections}`, "--run-time", `${seconds}s`],
    ...["--only-summary", "--csv", `${directory}/locust`],
  ],
  said: async (_, { directory, seconds }) => {
    const text = await Deno.readTextFile(`${directory}/locust_stats.csv`);
    const [head = [], ...rows] = text.trim().split("\n").map((line) => line.trim().split(","));
    const all = rows.find((row) => row[1] === "Aggregated") ?? [];
    const cell = (name: string) => Number(all[head.indexOf(name)]);
    return { requests: cell("Request Count"), seconds, p50: cell("50%"), p90: cell("90%"), p99: cell("99%") };
  },
};

export const LOAD_TOOLS: readonly LoadTool[] = [OURS, WRK, HEY, K6, LOCUST];

function onPath(name: string): string | null {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder !== "");
  return folders.map((folder) => `${folder}/${name}`).find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  }) ?? null;
}
