// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task bench:requests`, which has V8 work as in the gateway, with one of
 *
 * - `pace [SECONDS]`: 5,000 requests a second into a file, and what each costs the main thread and the writer's;
 * - `fill [ROWS]`: a file of so many requests of thirty days (default 10,000,000), and how long each question of the
 *   console's pages takes;
 * - `ask`: the same questions again.
 *
 * CPU is that of the thread alone, as Linux counts it. `FILE` names the file, which is kept then; `MAX_BYTES` is its
 * bound; `WATCHED` turns of `pace` for so many times as long as usual.
 */
import { dirname } from "node:path";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { answeringStore } from "../../lib/console/answering_store.ts";
import type { ConsoleEndpoint } from "../../lib/console/guard.ts";
import { listRequests, listValues, showRequest, showTrace } from "../../lib/console/requests.ts";
import { heatmap, overview, series, usage } from "../../lib/console/statistics.ts";
import type { RequestStore } from "../../lib/stores/request_store.ts";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { Attempt, Exchange, ModelCall, type Outcome, type Principal } from "../../lib/telemetry/exchange.ts";
import { closingEvent } from "../../lib/telemetry/projections/closing_event.ts";
import { closingLine } from "../../lib/telemetry/projections/log_line.ts";
import { RequestRows } from "../../lib/telemetry/request_rows.ts";
import { Turns } from "./turns.ts";

const RATE = 5_000;
const TICK_MS = 10;
const DAY = 86_400_000;
const MODELS = 20;
const KEYS = 50;
const AT_ONCE = 4_000;
const ROUNDS = 3;
const WARM_MS = 5_000;
/**
 * With rows; as long with idle turns, half as long without rows, a quarter with watched turns. Short, for what a
 * processor does in a second changes by a fifth within a minute where others share it.
 */
const ROUND_MS = 2_000;
const SLOW_MS = 5_000;
/**
 * What a request leaves in the gateway besides its line and its row: 40 KB, as `profile.ts gateway-metrics --heap` tells.
 * So collections come as often as there, and find their code and their threads as warm. Arrays of so many elements.
 */
const LEFT = { arrays: 50, elements: 100 };

const SESSION = { id: "", role: "read", until: Infinity, csrf: "" } as const;

/** By the key's number. */
const PRINCIPALS: Principal[] = [];

// As in the gateway, where they are the configuration's, the same object in each record.
const MODEL_NAMES = Array.from({ length: MODELS }, (_, i) => `model-${i}`);
const PROVIDER_NAMES = Array.from({ length: 5 }, (_, i) => `provider-${i}`);

const [mode = "pace", amount] = Deno.args;
const kept = Deno.env.get("FILE");
const watched = Number(Deno.env.get("WATCHED") ?? 1);
const path = kept ?? `${await Deno.makeTempDir({ prefix: "bench-requests-" })}/requests.db`;
const before = threads();
const store = await SqliteRequestStore.open({
  path,
  clock: systemClock,
  maxAge: 365 * DAY,
  maxBytes: Number(Deno.env.get("MAX_BYTES") ?? 64 * 1024 ** 3),
  maxRows: Infinity,
  slowMs: SLOW_MS,
  profiles: [],
});
// The worker is the thread that came and works most.
await store.state();
const own = [...threads()].filter(([id]) => !before.has(id));
const writer = own.sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
try {
  if (mode === "fill") await fill(Number(amount ?? 10_000_000));
  else if (mode === "ask") await ask(store);
  else await pace(Number(amount ?? 60));
} finally {
  await store.close();
  if (kept === undefined) await Deno.remove(dirname(path), { recursive: true });
}

/** CPU of each thread of this process, µs. */
function threads(): Map<number, number> {
  const found = new Map<number, number>();
  for (const { name } of Deno.readDirSync("/proc/self/task")) found.set(Number(name), cpuOf(Number(name)));
  return found;
}

function cpuOf(thread: number): number {
  return Number(Deno.readTextFileSync(`/proc/self/task/${thread}/schedstat`).split(" ")[0]) / 1_000;
}

/**
 * What rows cost the main thread is the difference between rounds at the same pace that take turns: all write the
 * closing line of each request, as the gateway does, and some keep its row too. Whole sums are compared, so that
 * collections of garbage count, however seldom they come. Turns that are as long as those with rows, but do nothing,
 * tell which are the machine's own, those that write closing lines what anything that makes objects meets, and some that
 * are watched, and not in the sums, how many of those over 1 ms are V8's.
 */
async function pace(seconds: number): Promise<void> {
  const [turns, lineTurns, idleTurns] = [new Turns(), new Turns(), new Turns()];
  const watchedTurns = new Turns({ watched: true });
  let current = turns;
  const clock: Clock = {
    ...systemClock,
    every: (ms, callback) => systemClock.every(ms, () => current.time(callback)),
  };
  const rows = new RequestRows({ sink: store, clock, content: null });
  // Made before: what a request costs by itself is no part of it.
  const ready = Array.from({ length: RATE }, (_, i) => made(i, Date.now()));
  const tick: Exchange[] = [];
  let [written, next] = [0, 0];
  const makeLines = () => {
    for (let i = RATE * TICK_MS / 1000; i > 0; i--, next++) {
      const exchange = ready[next % ready.length] as Exchange;
      // Of what was made long ago figures are of seconds that are over: times have to go on.
      Object.assign(exchange, { wallStart: Date.now() - (exchange.endedAt - exchange.startedAt) });
      written += closingLine(exchange, closingEvent(exchange, SLOW_MS)).length;
      tick.push(exchange);
    }
  };
  let left: unknown[] = [];
  /** What the requests of a turn leave besides. */
  const leave = () => {
    for (let i = tick.length * LEFT.arrays; i > 0; i--) left = new Array(LEFT.elements);
  };
  const run = async (ms: number, turn: () => void) => {
    const until = performance.now() + ms;
    let due = performance.now();
    const [first, cpu] = [next, cpuOf(Deno.pid)];
    while (performance.now() < until) {
      due += TICK_MS;
      tick.length = 0;
      turn();
      leave();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    await rows.flush();
    return { count: next - first, cpu: cpuOf(Deno.pid) - cpu };
  };
  const keep = () => {
    for (const exchange of tick) rows.project(exchange);
  };
  /** One of rows, or of what stands for it, after the lines. */
  const after = (timed: Turns, work: () => void) => () => {
    makeLines();
    timed.time(work);
  };
  const idle = () => {
    for (const until = performance.now() + turns.mean; performance.now() < until;);
  };
  await run(WARM_MS, after(turns, keep));
  turns.forget();
  const sums = { with: { count: 0, cpu: 0 }, without: { count: 0, cpu: 0 }, writer: 0 };
  const add = (sum: { count: number; cpu: number }, { count, cpu }: { count: number; cpu: number }) => {
    sum.count += count;
    sum.cpu += cpu;
  };
  for (let left = seconds * 1000; left > 0; left -= ROUND_MS) {
    add(sums.without, await run(ROUND_MS / 2, () => lineTurns.time(makeLines)));
    const busy = cpuOf(writer);
    add(sums.with, await run(Math.min(left, ROUND_MS), after(turns, keep)));
    sums.writer += cpuOf(writer) - busy;
    current = watchedTurns;
    await run(ROUND_MS / 4 * watched, after(watchedTurns, keep));
    current = turns;
    // As many as of rows: what falls on these is the machine's.
    await run(ROUND_MS, after(idleTurns, idle));
  }
  rows.close();
  if (left.length !== LEFT.elements) throw new Error("Cannot measure: nothing was left behind");
  const { produced, exported, dropped } = rows.stats;
  const { count } = sums.with;
  const [base, all] = [sums.without.cpu / sums.without.count, sums.with.cpu / count];
  console.log(`${count} rows in ${seconds} s, ${Math.round(written / 1024 ** 2)} MiB of lines`);
  console.log(
    `main thread    ${(all - base).toFixed(2)} µs a row (${all.toFixed(2)} less ${
      base.toFixed(2)
    } without rows)`,
  );
  console.log(`its turns      ${turns}`);
  console.log(`watched turns  ${watchedTurns}`);
  console.log(`idle turns     ${idleTurns}`);
  console.log(`turns of lines ${lineTurns}`);
  console.log(`writer thread  ${(sums.writer / count).toFixed(2)} µs a row`);
  console.log(`produced ${produced}, kept ${exported}, dropped ${dropped}`);
  await size();
}

async function fill(count: number): Promise<void> {
  const rows = new RequestRows({ sink: store, clock: systemClock, content: null });
  const now = Date.now();
  const started = performance.now();
  let kept = Promise.resolve();
  for (let i = 0; i < count;) {
    for (let n = 0; n < AT_ONCE && i < count; n++, i++) {
      rows.project(made(i, now - 30 * DAY + i / count * 30 * DAY));
    }
    // The next are made while these are kept.
    await kept;
    kept = rows.flush();
    if (i % 500_000 === 0) console.log(`${i} rows, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  await kept;
  rows.close();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${count} rows in ${seconds.toFixed(0)} s; writer ${(cpuOf(writer) / count).toFixed(2)} µs a row`,
  );
  await size();
  await ask(store);
}

async function size(): Promise<void> {
  const { rows, bytes } = await store.state();
  const file = (await Deno.stat(path)).size;
  const megabytes = (count: number) => `${(count / 1024 ** 2).toFixed(0)} MiB`;
  console.log(
    `${rows} rows, ${megabytes(bytes)}, file ${megabytes(file)}, ${(bytes / rows).toFixed(0)} bytes a row`,
  );
}

/** What the console's pages ask, through its API. */
async function ask(store: RequestStore): Promise<void> {
  const { last_id, newest } = await store.state();
  const now = newest ?? Date.now();
  const options = { store: answeringStore(store), now: () => now, inFlight: () => Promise.resolve(0) };
  const middle = (await store.list({ filter: {}, before: last_id / 2, limit: 1 })).rows[0];
  const rows = (query: string) => [`requests?${query}`, listRequests(options.store, options.now)] as const;
  const ranges = {
    "15m": DAY / 96,
    "1h": DAY / 24,
    "6h": DAY / 4,
    "24h": DAY,
    "7d": 7 * DAY,
    "30d": 30 * DAY,
  };
  const questions: (readonly [name: string, endpoint: ConsoleEndpoint, params?: Record<string, string>])[] = [
    rows(""),
    rows(`before=${Math.floor(last_id / 2)}`),
    rows("limit=500"),
    rows(`from=${now - 14 * DAY}&to=${now - 14 * DAY + DAY / 24}`),
    rows("model=model-7"),
    rows("key=key_7&outcome=error"),
    rows("outcome=error"),
    rows("status=5xx&provider=provider-3"),
    rows("status=404"),
    rows("outcome=blocked"),
    rows("outcome=cancelled&model=model-3"),
    rows("slow=1"),
    rows("fallback=1"),
    rows("category=law"),
    rows("stream=1&team=team-3"),
    // Errors are rare, and a word of theirs is in few rows.
    rows("text=refused"),
    rows("text=no%20such%20text"),
    // Models have one provider each.
    rows("model=model-1&provider=provider-4"),
    rows("error_type=upstream_connection_failed&model=model-1"),
    rows(`text=${middle?.request_id}`),
    rows(`text=${crypto.randomUUID()}`),
    rows(`last=${30 * DAY}&text=${middle?.request_id}`),
    rows(`last=${DAY}&text=${crypto.randomUUID()}`),
    ["requests/ID", showRequest(options.store), { id: String(Math.floor(last_id / 3)) }],
    ["traces/ID", showTrace(options.store), { id: middle?.trace_id ?? "" }],
    ["values", listValues(options.store)],
  ];
  for (const [name, last] of Object.entries(ranges)) {
    const of = (path: string, endpoint: ConsoleEndpoint, query = "") =>
      questions.push([`${path}?last=${last}${query} (${name})`, endpoint]);
    of("overview", overview(options));
    for (const by of ["none", "model", "provider", "key", "team"]) of("series", series(options), `&by=${by}`);
    of("series", series(options), "&by=model&provider=provider-3");
    of("series", series(options), "&by=key&model=model-7");
    of("usage", usage(options), "&by=key");
    of("usage", usage(options), "&by=day");
    of("heatmap", heatmap(options));
  }
  for (const [name, endpoint, params = {}] of questions) {
    const times: number[] = [];
    const cpu = cpuOf(writer) + cpuOf(Deno.pid);
    let answer = "";
    for (let round = 0; round < ROUNDS; round++) {
      const exchange = new Exchange(0, now, { finished() {} });
      exchange.query = name.replace(/^[^?]*/, "").replace(/ .*$/, "");
      const started = performance.now();
      answer = await (await endpoint(exchange, params, SESSION)).text();
      times.push(performance.now() - started);
    }
    const partial = answer.includes('"partial":true') ? ", goes on" : "";
    const shown = `${Math.min(...times).toFixed(1)} … ${Math.max(...times).toFixed(1)} ms`;
    const computed = (cpuOf(writer) + cpuOf(Deno.pid) - cpu) / 1000 / ROUNDS;
    console.log(`${name.padEnd(64)} ${shown}, ${computed.toFixed(1)} ms of CPU${partial}`);
  }
}

/** A request that ended at `at`, of a mix: mostly good, a few of everything else. */
function made(number: number, at: number): Exchange {
  const chance = (number * 7919 % 10_007) / 10_007;
  const outcome: Outcome = chance < 0.97
    ? "success"
    : chance < 0.985
    ? "error"
    : chance < 0.992
    ? "rejected"
    : chance < 0.999
    ? "cancelled"
    : "blocked";
  const status = { success: 200, error: 502, rejected: 404, cancelled: 499, blocked: 400 }[outcome];
  const took = 20 * 2 ** (number * 31 % 97 / 12);
  const exchange = new Exchange(1000, at - took, { finished() {} });
  exchange.method = "POST";
  exchange.route = exchange.path = "/v1/chat/completions";
  exchange.host = "gateway.example";
  exchange.clientAddress = `10.0.0.${number % 200}`;
  exchange.userAgent = "openai-python/2.1.0";
  exchange.requestId = crypto.randomUUID();
  exchange.traced = exchange.sampled = true;
  exchange.traceId = exchange.requestId.replaceAll("-", "");
  exchange.spanId = exchange.traceId.slice(16);
  const model = number % MODELS;
  exchange.requestedModel = `model-${model}`;
  exchange.stream = number % 3 === 0;
  const key = number * 13 % KEYS;
  exchange.principal = PRINCIPALS[key] ??= {
    owner: `owner ${key % 10}`,
    keyTail: "abcd",
    name: `key ${key}`,
    tags: {},
    keyId: `key_${key}`,
    team: `team-${key % 5}`,
    userId: "",
    limited: [],
    access: null,
  };
  if (number % 997 === 0) exchange.category = "law";
  if (outcome === "error") {
    exchange.errorType = "upstream_connection_failed";
    exchange.errorMessage = "The connection was refused by the provider";
  }
  const call = new ModelCall("generate");
  call.provider = PROVIDER_NAMES[model % 5] as string;
  call.model = MODEL_NAMES[model] as string;
  call.spanId = exchange.traceId.slice(0, 16);
  call.status = outcome === "success" ? "success" : "error";
  call.startedAt = 1001;
  call.endedAt = 1000 + took;
  call.inputTokens = number % 2000;
  call.outputTokens = number % 500;
  const attempts = number % 50 === 0 ? 2 : 1;
  for (let i = 0; i < attempts; i++) {
    const attempt = new Attempt(i === attempts - 1 ? call.provider : "provider-0", call.model);
    attempt.status = i === attempts - 1 ? call.status : "error";
    attempt.httpStatus = status;
    attempt.spanId = exchange.traceId.slice(8, 24);
    attempt.serverAddress = "api.example";
    attempt.serverPort = 443;
    attempt.upstreamRequestId = `req_${exchange.spanId}`;
    attempt.queuedMs = 0;
    attempt.startedAt = 1001;
    attempt.headersAt = attempt.firstChunkAt = 1000 + took / 3;
    attempt.endedAt = 1000 + took;
    call.attempts.push(attempt);
  }
  exchange.call = call;
  exchange.costUsd = 0.0001 * (number % 100);
  exchange.firstByteAt = 1000 + took / 3;
  exchange.phases.parse = 0.05;
  exchange.phases.route = 0.01;
  exchange.phases.connect = 0.3;
  exchange.finish(outcome, status, 1000 + took);
  return exchange;
}
