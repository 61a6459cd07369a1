import { systemClock } from "../../clock.ts";
import { routeTo } from "../../providers/route.ts";
import type { Api } from "../apis.ts";
import { authorization, type Target } from "../target.ts";
import { LoadRun } from "./load_run.ts";
import { MemoryWatch } from "./memory_watch.ts";
import { type Mix, MixedRequests } from "./mix.ts";
import type { Plan } from "./plan.ts";
import { type Results, resultsOf } from "./results.ts";

/** What is the same for all runs against a server. */
export interface LoadTestOptions {
  readonly target: Target;
  readonly api: Api;
  readonly mix: Mix;
  /** Share of the requests that are streamed, 0 to 1. */
  readonly streamShare: number;
  readonly prompts: readonly string[];
  readonly maxTokens: number;
  readonly timeoutMs: number;
  readonly seed: number;
  /** PEM of authorities that are trusted besides the system's; null: none. */
  readonly ca: string | null;
}

/** How long requests that are under way at the end of a run may go on, milliseconds. */
const GRACE_MS = 5000;
/** How often the server is asked for its memory: two hundred times a run, but in these limits, milliseconds. */
const READINGS = 200;
const [OFTEN_MS, SELDOM_MS] = [1000, 15_000];

/** One run against a server, and what it came to. */
export interface RunningTest {
  readonly run: LoadRun;
  readonly plan: Plan;
  results(): Results;
}

/** Runs loads against one server, one after the other. */
export class LoadTest {
  readonly options: LoadTestOptions;
  readonly #requests: MixedRequests;

  constructor(options: LoadTestOptions) {
    this.options = options;
    const { target, api, mix, streamShare, prompts, maxTokens } = options;
    this.#requests = new MixedRequests(mix, api.codec === null ? 0 : streamShare, {
      api,
      base: target.url.pathname.replace(/\/$/, ""),
      headers: this.#headers(),
      prompts,
      maxTokens,
    });
  }

  /** The server's address, for people. */
  get server(): string {
    return this.options.target.url.href.replace(/\/$/, "");
  }

  start(plan: Plan): RunningTest {
    const { target: { url }, ca, timeoutMs, seed } = this.options;
    const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
    const route = { dial: routeTo(url, null, ca).dial, hostname: url.hostname, port };
    const { rate, thresholds, scenario } = plan;
    const run = new LoadRun({
      ...plan,
      route,
      requests: this.#requests,
      timeoutMs,
      graceMs: GRACE_MS,
      seed,
      clock: systemClock,
    });
    const memory = new MemoryWatch(route, this.#headers());
    const read = async () => {
      const bytes = await memory.read();
      if (bytes !== null) run.recorder.timeline.memory(bytes);
    };
    const stopReading = systemClock.every(
      Math.min(Math.max(run.planned * 1000 / READINGS, OFTEN_MS), SELDOM_MS),
      () => void read(),
    );
    void read();
    run.ended.then(() => {
      stopReading();
      memory.close();
    });
    const described = { target: this.server, scenario, open: rate !== null, seed, thresholds };
    return { run, plan, results: () => resultsOf(run, described) };
  }

  #headers(): (readonly [string, string])[] {
    const { target } = this.options;
    return [
      ["host", target.url.host],
      ["user-agent", "gateway-loadtest"],
      ...Object.entries(authorization(target)),
    ];
  }
}
