/** What becomes of commands when a real server is frozen, slow, stopped, or not there yet. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PostgresClient } from "../../../lib/stores/postgres/postgres_client.ts";
import { DelayingProxy } from "../../delaying_proxy.ts";
import { freePort } from "../../free_port.ts";
import { requires } from "../../requires.ts";
import { PostgresServer } from "../postgres_server.ts";

const { ignore } = requires("postgres");
/** Of a command, and what a loaded machine may add to it, milliseconds. */
const [TIMEOUT, SLACK] = [250, 750];

const one = { name: "one", migrations: ["CREATE TABLE one (a int); INSERT INTO one VALUES (1)"] };

interface Subject {
  readonly server: PostgresServer;
  readonly client: PostgresClient;
  readonly health: (string | null)[];
}

function test(name: string, run: (subject: Subject) => Promise<void>): void {
  Deno.test({
    name: `postgres faults: ${name}`,
    ignore,
    async fn() {
      await using server = await PostgresServer.start();
      const health: (string | null)[] = [];
      const onHealth = (failure: string | null) => void health.push(failure);
      const client = new PostgresClient(server.options({ timeout: TIMEOUT, onHealth }));
      await client.use(one);
      try {
        await run({ server, client, health });
      } finally {
        await client.close();
      }
    },
  });
}

/** How each of some commands ended, and the longest that one took. */
async function ask(client: PostgresClient, count: number): Promise<{ failed: string[]; longest: number }> {
  let longest = 0;
  const outcomes = await Promise.allSettled(Array.from({ length: count }, async () => {
    const began = performance.now();
    try {
      await client.run("SELECT a FROM one");
    } finally {
      longest = Math.max(longest, performance.now() - began);
    }
  }));
  const failed = outcomes.flatMap((it) => it.status === "rejected" ? [String(it.reason.message)] : []);
  return { failed, longest };
}

async function recovered(client: PostgresClient): Promise<void> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    if ((await ask(client, 1)).failed.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("It did not recover within 10 s");
}

/** Whatever holds up all answers. */
async function assertNobodyHangs({ client, health }: Subject): Promise<void> {
  const first = await ask(client, 50);
  assertEquals(first.failed.length, 50);
  assert(first.longest < TIMEOUT + SLACK, `${first.longest} ms`);
  assertEquals(health.length, 1, "told once");
  assert(client.failure !== null);
  // Known not to answer: but for one that tries, none waits.
  const began = performance.now();
  assertEquals((await ask(client, 200)).failed.length, 200);
  assert(performance.now() - began < TIMEOUT + SLACK);
  const open = performance.now();
  let tried = 0;
  for (let i = 0; i < 200; i++) {
    if ((await ask(client, 1)).longest > 100) tried++;
  }
  assert(performance.now() - open < 3 * (TIMEOUT + SLACK), `${performance.now() - open} ms`);
  assert(tried <= 3, `${tried} waited for it`);
}

test("frozen: no command hangs, three in a row open the breaker, and it recovers by itself", async (subject) => {
  const { server, client, health } = subject;
  await server.signal("SIGSTOP");
  try {
    await assertNobodyHangs(subject);
  } finally {
    await server.signal("SIGCONT");
  }
  await recovered(client);
  assertEquals([health.length, health.at(-1), client.failure], [2, null, null]);
});

test("5 s slow: no command hangs, and none gets the answer of another", async (subject) => {
  const { server, client: direct } = subject;
  await using proxy = new DelayingProxy({ hostname: "127.0.0.1", port: server.port });
  const health: (string | null)[] = [];
  const client = new PostgresClient({
    ...server.options({ timeout: TIMEOUT, onHealth: (failure) => void health.push(failure) }),
    url: server.url.replace(`${server.port}`, `${proxy.port}`),
  });
  try {
    await client.use(one);
    proxy.delay = 5_000;
    await assertNobodyHangs({ server, client, health });
    proxy.delay = 0;
    await recovered(client);
    for (let i = 0; i < 50; i++) {
      assertEquals(await client.run("SELECT $1::int8 AS i", [i]), [{ i }]);
    }
  } finally {
    await client.close();
  }
  assertEquals((await ask(direct, 1)).failed, []);
});

test("stopped: each fails at once, and all is well when it is back", async ({ server, client, health }) => {
  await server.stop();
  const { failed, longest } = await ask(client, 100);
  assertEquals(failed.length, 100);
  assert(longest < TIMEOUT + SLACK, `${longest} ms`);
  assertEquals(health.length, 1);
  await server.restart();
  await recovered(client);
  assertEquals([health.length, health.at(-1)], [2, null]);
});

Deno.test({
  name: "postgres faults: not there when the gateway starts: it starts, and makes its tables once it can",
  ignore,
  async fn() {
    await using server = await PostgresServer.start();
    await server.stop();
    const health: (string | null)[] = [];
    const onHealth = (failure: string | null) => void health.push(failure);
    const client = new PostgresClient(server.options({ timeout: TIMEOUT, onHealth }));
    await client.use(one);
    assert(client.failure?.includes("ECONNREFUSED"), client.failure ?? "no failure");
    await assertRejects(() => client.run("SELECT a FROM one"));
    await server.restart();
    await recovered(client);
    assertEquals(health.at(-1), null);
    await client.close();
  },
});

Deno.test({
  name: "postgres faults: nothing listens there: said at once, and nobody waits",
  ignore,
  async fn() {
    await using server = await PostgresServer.start();
    const client = new PostgresClient(
      server.options({ timeout: TIMEOUT, url: `postgres://gateway@127.0.0.1:${freePort()}/postgres` }),
    );
    const began = performance.now();
    await assertRejects(() => client.run("SELECT 1"), Error, "ECONNREFUSED");
    assert(performance.now() - began < TIMEOUT + SLACK);
    await client.close();
  },
});
