import { DelayingProxy } from "../../delaying_proxy.ts";
import { PostgresServer } from "../../stores/postgres_server.ts";
import { RedisServer } from "../../stores/redis_server.ts";
import { atMost, exactly } from "../figure.ts";
import { eventually, pause, startProvider, startQuietGateway } from "../gateway.ts";
import { LoadSeen, openLoad } from "../load/open_loop.ts";
import { chatBody, MASTER_KEY, requestBytes } from "../load/request.ts";
import type { Scenario, Soak } from "../scenario.ts";

/** Requests a second; in the short form so few that a machine of CI that is busy with more bears them. */
const RATE = { long: 500, short: 100 };
/** What the first requests may wait for what does not answer any more: the time-out of a command. */
const FIRST_MS = 250;
const MORE_MS = 50;

interface Backend {
  /** Sections of the configuration. */
  readonly sections: string;
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
}

/** A server that can be stopped, and behind a proxy frozen (it takes what is sent and says nothing) or slow. */
function behindProxy(server: Server, proxy: DelayingProxy): readonly Fault[] {
  const quick = () => void (proxy.delay = 0);
  return [
    { name: "stopped", begin: () => server.stop(), end: () => server.restart() },
    { name: "frozen", begin: () => void (proxy.delay = 3_600_000), end: quick },
    { name: "5 s slow", begin: () => void (proxy.delay = 5_000), end: quick },
  ];
}

function cacheIn(kind: "redis" | "postgres", start: () => Promise<Server>): (soak: Soak) => Promise<Backend> {
  return async (soak) => {
    const server = soak.use(await start());
    const proxy = soak.use(new DelayingProxy({ hostname: "127.0.0.1", port: server.port }));
    const url = server.url.replace(`:${server.port}`, `:${proxy.port}`);
    return {
      sections: `${kind}: { url: "${url}" }\ncache: { enabled: true, store: ${kind}, secret: soak }`,
      faults: behindProxy(server, proxy),
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
    "Redis, which every request asks for a cached answer, stopped, frozen and 5 s slow",
    ["redis"],
    cacheIn("redis", () => RedisServer.start()),
  ),
  without(
    "postgres-away",
    "Postgres, which every request asks for a cached answer, stopped, frozen and 5 s slow",
    ["postgres"],
    cacheIn("postgres", () => PostgresServer.start()),
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
  let asked = 0;
  // Each another question, since none is to be answered from what is kept or is being made for another.
  const request = () => {
    const messages = [{ role: "user", content: `Why is the sky blue, for the ${asked++}th time?` }];
    return requestBytes(chatBody("whole", { messages }));
  };
  const load = (seconds: number) =>
    openLoad({
      port: gateway.port,
      rate,
      seconds,
      kinds: [{ weight: 1, request }],
      random: soak.random,
    });
  await load(2);
  const sum = new LoadSeen();
  for (const { name, begin, end } of backend.faults) {
    const baseline = (await load(healthy)).p99();
    await begin();
    const seen = await load(seconds);
    await end();
    if (seen.failed > 0) soak.note(`${name}: ${seen.reasons()}`);
    sum.sent += seen.sent;
    sum.hung += seen.hung;
    const p99 = seen.p99(200, FIRST_MS);
    soak.figure(`${name}: requests that failed or hung`, seen.failed + seen.hung, "", exactly(0));
    soak.figure(`${name}: p99 before`, baseline, "ms", null);
    soak.figure(
      `${name}: p99 after the first ${FIRST_MS} ms`,
      p99,
      "ms",
      soak.pick({ long: atMost(baseline + MORE_MS, "ms"), short: null }),
    );
    // Until it is used again: breakers close by themselves.
    await pause(soak.pick({ long: 15_000, short: 1_000 }));
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
