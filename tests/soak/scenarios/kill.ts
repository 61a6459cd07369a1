import { PostgresServer } from "../../stores/postgres_server.ts";
import { RedisServer } from "../../stores/redis_server.ts";
import { atMost, exactly } from "../figure.ts";
import { type SoakConfig, startGateway, startProvider } from "../gateway.ts";
import { CLIENT_KEY } from "../load/request.ts";
import type { Scenario, Soak } from "../scenario.ts";

const WRITERS = 8;
/** It is killed within this time of its first request. */
const LONGEST_MS = 500;
const READY_SECONDS = 2;
const HEADERS = { authorization: `Bearer ${CLIENT_KEY}` };

type Store = "sqlite" | "postgres" | "redis";

function killed(store: Store, requires: Scenario["requires"] = []): Scenario {
  return {
    name: `kill-${store}`,
    what: `kill -9 of a gateway at 200 random points while ${WRITERS} clients have their responses kept in ${
      TITLES[store]
    }.`,
    seconds: { long: 900, short: 60 },
    alone: false,
    requires,
    run: (soak) => run(soak, store),
  };
}

const TITLES: Readonly<Record<Store, string>> = { sqlite: "SQLite", postgres: "Postgres", redis: "Redis" };

export const KILLS: readonly Scenario[] = [
  killed("sqlite"),
  killed("postgres", ["postgres"]),
  killed("redis", ["redis"]),
];

async function run(soak: Soak, store: Store): Promise<void> {
  const rounds = soak.pick({ long: 200, short: 2 });
  const provider = soak.use(await startProvider());
  const config: SoakConfig = {
    provider: provider.port,
    models: { whole: "whole" },
    more: await keptIn(soak, store),
  };
  const all: string[] = [];
  let lost = 0;
  let latest = 0;
  let slowest = 0;
  let acknowledged: string[] = [];
  for (let round = 0; round <= rounds; round++) {
    const began = performance.now();
    await using gateway = await startGateway(soak, config);
    while ((await fetch(`${gateway.url}/readyz`)).status !== 200);
    slowest = Math.max(slowest, (performance.now() - began) / 1000);
    // Those of the last moments before the end; all others at the very end.
    lost += await missing(gateway.url, round === rounds ? all : acknowledged);
    if (round === rounds) break;
    acknowledged = [];
    const writers = Array.from({ length: WRITERS }, () => write(gateway.url, acknowledged));
    await new Promise((resolve) => setTimeout(resolve, soak.random() * LONGEST_MS));
    gateway.signal("SIGKILL");
    await Promise.all([gateway.ended, ...writers]);
    all.push(...acknowledged);
    latest = round + 1;
    if (latest % 20 === 0) soak.note(`${latest} times, ${all.length} responses`);
  }
  soak.figure("times it was killed", latest, "", null);
  soak.figure("responses that were acknowledged", all.length, "", null);
  soak.figure("of these lost", lost, "", exactly(0));
  soak.figure(
    "ready again, from the start of the process, after at most",
    slowest,
    "s",
    soak.pick({ long: atMost(READY_SECONDS, "s"), short: null }),
  );
}

async function keptIn(soak: Soak, store: Store): Promise<string> {
  switch (store) {
    case "sqlite":
      return `conversations: { path: "${soak.folder}/conversations.db" }`;
    case "postgres": {
      const { url } = soak.use(await PostgresServer.start());
      return `postgres: { url: "${url}" }\nconversations: { store: postgres }`;
    }
    case "redis": {
      const { url } = soak.use(await RedisServer.start());
      return `redis: { url: "${url}" }\nconversations: { store: redis }`;
    }
  }
}

/** Has one response after the other made, until the gateway is gone. */
async function write(url: string, acknowledged: string[]): Promise<void> {
  const body = JSON.stringify({ model: "whole", input: "x".repeat(1000) });
  try {
    for (;;) {
      const response = await fetch(`${url}/v1/responses`, { method: "POST", headers: HEADERS, body });
      const { id } = await response.json();
      if (response.status === 200) acknowledged.push(id);
    }
  } catch {
    // It was killed.
  }
}

/** How many of the responses it does not have. */
async function missing(url: string, ids: readonly string[]): Promise<number> {
  let absent = 0;
  let next = 0;
  const reader = async () => {
    for (let id; (id = ids[next++]) !== undefined;) {
      const response = await fetch(`${url}/v1/responses/${id}`, { headers: HEADERS });
      await response.body?.cancel();
      if (response.status !== 200) absent++;
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, reader));
  return absent;
}
