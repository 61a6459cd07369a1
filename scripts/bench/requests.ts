// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/bench/requests.ts` with one of
 *
 * - `pace [SECONDS]`: 5,000 requests a second into a file, and what each costs the main thread and the writer's;
 * - `fill [ROWS]`: a file of so many requests of thirty days (default 10,000,000), and how long each question takes.
 *
 * CPU is that of the thread alone, as Linux counts it. `DIRECTORY` says where files are made.
 */
import { type Clock, systemClock } from "../../lib/clock.ts";
import type { RequestQuery, RequestStore, StatisticsQuery } from "../../lib/stores/request_store.ts";
import { SqliteRequestStore } from "../../lib/stores/sqlite_request_store.ts";
import { Attempt, Exchange, ModelCall, type Outcome, type Principal } from "../../lib/telemetry/exchange.ts";
import { RequestRows } from "../../lib/telemetry/request_rows.ts";

const RATE = 5_000;
const TICK_MS = 10;
const DAY = 86_400_000;
const MODELS = 20;
const KEYS = 50;
const AT_ONCE = 10_000;
const ROUNDS = 5;

/** By the key's number. */
const PRINCIPALS: Principal[] = [];

const [mode = "pace", amount] = Deno.args;
const directory = await Deno.makeTempDir({
  dir: Deno.env.get("DIRECTORY") ?? "/tmp",
  prefix: "bench-requests-",
});
const path = `${directory}/requests.db`;
const before = threads();
const store = await SqliteRequestStore.open({
  path,
  clock: systemClock,
  maxAge: 365 * DAY,
  maxBytes: Number(Deno.env.get("MAX_BYTES") ?? 64 * 1024 ** 3),
  maxRows: Infinity,
  slowMs: 5_000,
  profiles: [],
});
// The worker is the thread that came and works most.
await store.state();
const own = [...threads()].filter(([id]) => !before.has(id));
const writer = own.sort(([, a], [, b]) => b - a)[0]?.[0] ?? 0;
try {
  if (mode === "fill") await fill(Number(amount ?? 10_000_000));
  else await pace(Number(amount ?? 60));
} finally {
  await store.close();
  await Deno.remove(directory, { recursive: true });
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

async function pace(seconds: number): Promise<void> {
  let longest = 0;
  const timed = (work: () => void) => {
    const started = performance.now();
    work();
    longest = Math.max(longest, performance.now() - started);
  };
  const clock: Clock = {
    ...systemClock,
    every: (ms, callback) => systemClock.every(ms, () => timed(callback)),
  };
  const rows = new RequestRows({ sink: store, clock, content: null });
  const a_tick = RATE * TICK_MS / 1000;
  // Made before: what a request costs by itself is no part of it.
  const ready = Array.from({ length: RATE }, (_, i) => made(i, Date.now()));
  const run = async (project: (exchange: Exchange) => void, ms: number) => {
    const until = performance.now() + ms;
    let due = performance.now();
    let count = 0;
    const cpu = cpuOf(Deno.pid);
    while (performance.now() < until) {
      due += TICK_MS;
      const started = performance.now();
      for (let i = 0; i < a_tick; i++) project(ready[count++ % ready.length] as Exchange);
      longest = Math.max(longest, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    return { count, cpu: cpuOf(Deno.pid) - cpu };
  };
  // Warm, then the pacing alone, then with rows.
  await run((exchange) => rows.project(exchange), 3_000);
  const idle = await run(() => {}, 5_000);
  longest = 0;
  const busy = cpuOf(writer);
  const paced = await run((exchange) => rows.project(exchange), seconds * 1000);
  await rows.flush();
  rows.close();
  const { produced, exported, dropped } = rows.stats;
  const main = paced.cpu / paced.count - idle.cpu / idle.count;
  console.log(`${paced.count} rows in ${seconds} s`);
  console.log(`main thread    ${main.toFixed(2)} µs a row; longest turn ${longest.toFixed(2)} ms`);
  console.log(`writer thread  ${((cpuOf(writer) - busy) / paced.count).toFixed(2)} µs a row`);
  console.log(`produced ${produced}, kept ${exported}, dropped ${dropped}`);
  await size();
}

async function fill(count: number): Promise<void> {
  const rows = new RequestRows({ sink: store, clock: systemClock, content: null });
  const now = Date.now();
  const started = performance.now();
  for (let i = 0; i < count;) {
    for (let n = 0; n < AT_ONCE && i < count; n++, i++) {
      rows.project(made(i, now - 30 * DAY + i / count * 30 * DAY));
    }
    await rows.flush();
    if (i % 1_000_000 === 0) console.log(`${i} rows, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  rows.close();
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `${count} rows in ${seconds.toFixed(0)} s; writer ${(cpuOf(writer) / count).toFixed(2)} µs a row`,
  );
  await size();
  await ask(store, now);
}

async function size(): Promise<void> {
  const { rows, bytes } = await store.state();
  const file = (await Deno.stat(path)).size;
  const megabytes = (count: number) => `${(count / 1024 ** 2).toFixed(0)} MiB`;
  console.log(
    `${rows} rows, ${megabytes(bytes)}, file ${megabytes(file)}, ${(bytes / rows).toFixed(0)} bytes a row`,
  );
}

async function ask(store: RequestStore, now: number): Promise<void> {
  const list = (filter: RequestQuery["filter"], more: Partial<RequestQuery> = {}) => () =>
    store.list({ filter, limit: 50, ...more });
  const figures = (query: Partial<StatisticsQuery>) => () =>
    store.statistics({ from: now - 30 * DAY, to: now, filter: {}, by: null, step: 0, ...query });
  const { last_id } = await store.state();
  const middle = (await store.list({ filter: {}, before: last_id / 2, limit: 1 })).rows[0];
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    "newest": list({}),
    "page in the middle": list({}, { before: Math.floor(last_id / 2) }),
    "an hour two weeks ago": list({ from: now - 14 * DAY, to: now - 14 * DAY + 3_600_000 }),
    "one model": list({ model: "model-7" }),
    "one key, errors": list({ key: "key_7", outcome: "error" }),
    "errors": list({ outcome: "error" }),
    "5xx of one provider": list({ status: "5xx", provider: "provider-3" }),
    "404": list({ status: "404" }),
    "blocked": list({ outcome: "blocked" }),
    "cancelled, one model": list({ outcome: "cancelled", model: "model-3" }),
    "slow": list({ slow: true }),
    "fallbacks": list({ fallback: true }),
    "a category": list({ category: "law" }),
    "text that is there": list({ text: "refused" }),
    "text that is nowhere": list({ text: "no such text" }),
    "two filters that never meet": list({ model: "model-1", provider: "provider-4" }),
    "by request id": list({ text: middle?.request_id ?? "" }),
    "an id that is nowhere": list({ text: crypto.randomUUID() }),
    "one request": () => store.find(Math.floor(last_id / 3)),
    "one trace": () => store.trace(middle?.trace_id ?? ""),
    "a trace that is nowhere": () => store.trace("f".repeat(32)),
    "500 rows of an export": list({}, { limit: 500 }),
    "figures, 30 days": figures({}),
    "figures, 30 days by model": figures({ by: "model" }),
    "figures, 30 days by key and day": figures({ by: "key", step: DAY }),
    "figures, 7 days by the hour": figures({ from: now - 7 * DAY, step: 3_600_000 }),
    "figures, 24 hours by 15 minutes": figures({ from: now - DAY, step: 900_000 }),
    "figures, the last 10 seconds": figures({ from: now - 10_000 }),
    "values of models": () => store.values("model"),
    "state": () => store.state(),
  };
  for (const [name, question] of Object.entries(questions)) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now();
      await question();
      times.push(performance.now() - started);
    }
    const shown = `${Math.min(...times).toFixed(1)} … ${Math.max(...times).toFixed(1)} ms`;
    console.log(`${name.padEnd(36)} ${shown}`);
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
  call.provider = `provider-${model % 5}`;
  call.model = `model-${model}`;
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
