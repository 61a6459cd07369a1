import { DelayingProxy } from "../../delaying_proxy.ts";
import { PostgresServer } from "../../stores/postgres_server.ts";
import { RedisServer } from "../../stores/redis_server.ts";
import { atMost, exactly } from "../figure.ts";
import { eventually, scrape, startProvider, startQuietGateway, total } from "../gateway.ts";
import { openLoad } from "../load/open_loop.ts";
import { chatBody, CLIENT_KEY, MASTER_KEY, requestBytes } from "../load/request.ts";
import type { Scenario, Soak } from "../scenario.ts";

/** Requests a second; in the short form so few that a machine of CI that is busy with more bears them. */
const RATE = { long: 500, short: 100 };
/** What the first requests may wait for what does not answer any more: the time-out of a command. */
const FIRST_MS = 250;
const MORE_MS = 50;
/** One of each kind, which nobody reaches. */
const LIMITS = "limits: { store: redis, keys: { rpm: 1000000, tpm: 100000000, max_parallel: 100000, " +
  "budgets: [{ per: day, usd: 1000000 }] } }";
/** Of ten requests those of the Responses API, whose answers are kept. */
const KEPT_OF_TEN = 2;

interface Backend {
  /** Sections of the configuration. */
  readonly sections: string;
  /** Whether it keeps virtual keys and conversations: then one of the former asks, for the latter too. */
  readonly keeps: boolean;
  readonly faults: readonly Fault[];
}

interface Fault {
  readonly name: string;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

interface Server extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
  restart(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): Promise<void> | void;
}

/** Ended and frozen itself, and slow by the proxy before it. */
function faultsOf(server: Server, proxy: DelayingProxy): readonly Fault[] {
  return [
    { name: "stopped", begin: () => server.stop(), end: () => server.restart() },
    { name: "frozen", begin: () => server.signal("SIGSTOP"), end: () => server.signal("SIGCONT") },
    { name: "5 s slow", begin: () => void (proxy.delay = 5_000), end: () => proxy.release() },
  ];
}

/** Everything that this server can keep is kept there. */
function keptIn(
  kind: "redis" | "postgres",
  more: string,
  start: (soak: Soak) => Promise<Server>,
): (soak: Soak) => Promise<Backend> {
  return async (soak) => {
    const server = soak.use(await start(soak));
    const proxy = soak.use(new DelayingProxy({ hostname: "127.0.0.1", port: server.port }));
    const url = server.url.replace(`:${server.port}`, `:${proxy.port}`);
    return {
      sections: `${kind}: { url: "${url}" }
cache: { enabled: true, store: ${kind}, secret: soak }
keys: { store: ${kind} }
spend: { store: ${kind} }
conversations: { store: ${kind} }
${more}`,
      keeps: true,
      faults: faultsOf(server, proxy),
    };
  };
}

/** One that takes connections and what is sent on them, and never answers. */
function blackHole(soak: Soak): Promise<Backend> {
  let swallow = false;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    await request.bytes();
    return swallow ? await new Promise<Response>(() => {}) : new Response(new Uint8Array(0));
  });
  soak.use({ [Symbol.dispose]: () => void server.shutdown() });
  return Promise.resolve({
    sections: `observability:
  tracing:
    sampler: { type: always }
    exporter: { type: otlp, endpoint: "http://127.0.0.1:${server.addr.port}" }`,
    keeps: false,
    faults: [{
      name: "answers nothing",
      begin: () => void (swallow = true),
      end: () => void (swallow = false),
    }],
  });
}

function without(
  name: string,
  what: string,
  requires: Scenario["requires"],
  start: (soak: Soak) => Promise<Backend>,
): Scenario {
  return {
    name,
    what: `${what}, 5 minutes each at ${RATE.long} requests a second.`,
    seconds: { long: 1150, short: 40 },
    alone: false,
    requires: requires ?? [],
    run: (soak) => run(soak, start),
  };
}

export const DEPENDENCIES: readonly Scenario[] = [
  without(
    "redis-away",
    "Redis, which keeps the cache, virtual keys, limits, spend and conversations, stopped, frozen and 5 s slow",
    ["redis"],
    keptIn("redis", LIMITS, (soak) => RedisServer.start("--appendonly", "yes", "--dir", soak.folder)),
  ),
  without(
    "postgres-away",
    "Postgres, which keeps the cache, virtual keys, spend, rows of requests and conversations, stopped, frozen and " +
      "5 s slow",
    ["postgres"],
    keptIn("postgres", "requests: { store: postgres }", () => PostgresServer.start()),
  ),
  without(
    "otlp-black-hole",
    "A collector of traces that takes everything and answers nothing",
    [],
    blackHole,
  ),
];

async function run(soak: Soak, start: (soak: Soak) => Promise<Backend>): Promise<void> {
  const healthy = soak.pick({ long: 30, short: 1 });
  const seconds = soak.pick({ long: 300, short: 2 });
  const rate = soak.pick(RATE);
  const backend = await start(soak);
  const provider = soak.use(await startProvider());
  const gateway = soak.use(
    await startQuietGateway(soak, {
      provider: provider.port,
      models: { whole: "whole" },
      more: backend.sections,
    }),
  );
  const key = backend.keeps ? await virtualKey(gateway.port) : CLIENT_KEY;
  let asked = 0;
  // Each another question, since none is to be answered from what is kept or is being made for another.
  const question = () => `Why is the sky blue, for the ${asked++}th time?`;
  const chat = () =>
    requestBytes(chatBody("whole", { messages: [{ role: "user", content: question() }] }), { key });
  const kept = () => requestBytes({ model: "whole", input: question() }, { path: "/v1/responses", key });
  const load = (seconds: number, away: boolean) =>
    openLoad({
      port: gateway.port,
      rate,
      seconds,
      kinds: [
        { weight: 10 - KEPT_OF_TEN, request: chat },
        // What cannot be kept is refused, whatever need not be goes on.
        {
          weight: KEPT_OF_TEN,
          request: backend.keeps ? kept : chat,
          good: (status) => status === 200 || (away && status === 503),
        },
      ],
      random: soak.random,
    });
  await load(2, false);
  for (const { name, begin, end } of backend.faults) {
    const before = await load(healthy, false);
    const baseline = before.p99();
    await begin();
    const seen = await load(seconds, true);
    await end();
    if (before.failed > 0) soak.note(`before ${name}: ${before.reasons()}`);
    if (seen.failed > 0) soak.note(`${name}: ${seen.reasons()}`);
    soak.figure(`${name}: requests that failed or hung`, seen.failed + seen.hung, "", exactly(0));
    soak.figure(`${name}: the same before it`, before.failed + before.hung, "", exactly(0));
    if (backend.keeps) {
      soak.figure(`${name}: refused, as they are to be kept`, seen.latencies([503]).length, "", null);
    }
    soak.figure(`${name}: p99 before`, baseline, "ms", null);
    soak.figure(
      `${name}: p99 after the first ${FIRST_MS} ms`,
      seen.p99([200, 503], FIRST_MS),
      "ms",
      soak.pick({ long: atMost(baseline + MORE_MS, "ms"), short: null }),
    );
    // Until it is used again: breakers close by themselves.
    const back = await eventually(() => isReady(gateway.port), soak.pick({ long: 60_000, short: 40_000 }));
    soak.figure(`${name}: ready again`, Number(back), "", exactly(1));
    // What waited for it, so that the next times are not those of its backlog.
    const began = performance.now();
    const kept = await eventually(
      async () => await queued(gateway.port) === 0,
      soak.pick({ long: 120_000, short: 30_000 }),
    );
    soak.figure(`${name}: records that still wait`, kept ? 0 : await queued(gateway.port), "", exactly(0));
    soak.figure(`${name}: until none waited`, (performance.now() - began) / 1000, "s", null);
  }
  const account = await accountOf(gateway.port);
  if (account === null) return;
  soak.figure("spans produced", account.produced, "", null);
  soak.figure("of these exported", account.exported, "", null);
  soak.figure(
    "produced and neither exported, dropped nor queued",
    account.produced - account.exported - account.dropped - account.queued,
    "",
    exactly(0),
  );
}

interface Account {
  readonly produced: number;
  readonly exported: number;
  readonly dropped: number;
  readonly queued: number;
}

/** A key that the gateway's store has. */
async function virtualKey(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/admin/v1/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${MASTER_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "soak" }),
  });
  const { key } = await response.json();
  if (typeof key !== "string") throw new Error(`Cannot make a key: status ${response.status}`);
  return key;
}

/** Records of all signals that wait for where they go. */
async function queued(port: number): Promise<number> {
  return total(await scrape(port), "gateway_telemetry_queue_length");
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`);
  await response.body?.cancel();
  return response.status === 200;
}

/** What became of traces; null where none are exported. */
async function accountOf(port: number): Promise<Account | null> {
  let account: Account | null = null;
  await eventually(async () => {
    const response = await fetch(`http://127.0.0.1:${port}/admin/telemetry`, {
      headers: { authorization: `Bearer ${MASTER_KEY}` },
    });
    account = (await response.json()).signals?.traces ?? null;
    return account === null || account.queued === 0;
  }, 20_000);
  return account;
}
