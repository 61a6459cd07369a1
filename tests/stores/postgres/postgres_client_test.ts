/** The client of Postgres against a real server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { PostgresDatabase } from "../../../lib/stores/postgres/database.ts";
import { PostgresClient, type PostgresClientOptions } from "../../../lib/stores/postgres/postgres_client.ts";
import { PostgresOpenError } from "../../../lib/stores/postgres/postgres_open_error.ts";
import { requires } from "../../requires.ts";
import { postgresOfFile } from "../postgres_server.ts";

const { ignore } = requires("postgres");
const server = postgresOfFile(ignore);

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `postgres client: ${name}`, ignore, fn });
}

async function withClient(
  otherwise: Partial<PostgresClientOptions>,
  run: (client: PostgresClient) => Promise<void>,
): Promise<void> {
  const client = new PostgresClient(server().options(otherwise));
  try {
    await run(client);
  } finally {
    await client.close();
  }
}

const one: PostgresDatabase = {
  name: "one",
  migrations: ["CREATE TABLE one (a int); INSERT INTO one VALUES (1)"],
};

test("gives rows, numbers as numbers", () =>
  withClient({}, async (client) => {
    const rows = await client.run(
      "SELECT $1::text AS text, $2::int8 AS int8, 1.5::float8 AS float8, NULL AS nothing, $3::bool AS bool, " +
        "cardinality($4::text[]) AS many",
      ["téxt 😀", 2 ** 40, true, ["a", 'b"{},\\']],
    );
    assertEquals(rows, [
      { text: "téxt 😀", int8: 2 ** 40, float8: 1.5, nothing: null, bool: true, many: 2 },
    ]);
  }));

test("has no more connections than it may, and none waits for nothing", () =>
  withClient({ poolSize: 3 }, async (client) => {
    const pids = await Promise.all(
      Array.from({ length: 200 }, () => client.run("SELECT pg_backend_pid() AS pid")),
    );
    const different = new Set(pids.map(([row]) => row?.["pid"]));
    assert(different.size <= 3, `${different.size} connections`);
    assertEquals(client.failure, null);
  }));

test("more than a thousand that wait are refused at once", () =>
  withClient({ poolSize: 1 }, async (client) => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_100 }, () => client.run("SELECT 1")),
    );
    const refused = outcomes.filter(({ status }) => status === "rejected");
    assert(refused.length >= 99 && refused.length <= 100, `${refused.length} were refused`);
  }));

test("the connection of a command that was given up is never used again", () =>
  withClient({ poolSize: 1, timeout: 250 }, async (client) => {
    const pid = async () => (await client.run("SELECT pg_backend_pid() AS pid"))[0]?.["pid"];
    const before = await pid();
    const began = performance.now();
    const asleep = client.transaction(async (ask) => {
      // Or the server would have given up itself.
      await ask("SET LOCAL statement_timeout = 0");
      await ask("SELECT pg_sleep(5)");
    });
    await assertRejects(() => asleep, Error, "no answer within 250 ms");
    const waited = performance.now() - began;
    assert(waited < 1_000, `${waited} ms`);
    // Its late answer would be the next one's.
    assertEquals(await client.run("SELECT 7 AS seven"), [{ seven: 7 }]);
    assert(await pid() !== before);
  }));

test("the server gives up what nobody waits for any more", () =>
  withClient({ poolSize: 1, timeout: 250 }, async (client) => {
    // Whoever of the two notices first.
    await assertRejects(() => client.run("SELECT pg_sleep(30) AS given_up"), Error);
    const running = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%given_up' AND state = 'active'";
    for (const end = performance.now() + 5_000; (await server().query(running)).length > 0;) {
      assert(performance.now() < end, "it goes on there");
    }
  }));

test("what the server says no to says nothing of the server", () =>
  withClient({ poolSize: 1 }, async (client) => {
    const before = await client.run("SELECT pg_backend_pid() AS pid");
    for (let i = 0; i < 5; i++) {
      await assertRejects(() => client.run("SELECT 1 / 0"), Error, "division by zero");
    }
    assertEquals(client.failure, null);
    assertEquals(await client.run("SELECT pg_backend_pid() AS pid"), before);
  }));

test("a transaction is whole or not at all", () =>
  withClient({ poolSize: 1 }, async (client) => {
    await client.use(one);
    await assertRejects(
      () =>
        client.transaction(async (ask) => {
          await ask("INSERT INTO one VALUES (2)");
          throw new Error("changed my mind");
        }),
      Error,
      "changed my mind",
    );
    await client.transaction(async (ask) => {
      await ask("INSERT INTO one VALUES (3)");
      await ask("INSERT INTO one VALUES (4)");
    });
    assertEquals(await client.run("SELECT a FROM one ORDER BY a"), [{ a: 1 }, { a: 3 }, { a: 4 }]);
  }));

test("ends the commands that wait when it is closed", async () => {
  const client = new PostgresClient(server().options({ poolSize: 1 }));
  const waiting = [client.run("SELECT pg_sleep(30)"), client.run("SELECT 1")];
  const outcomes = Promise.allSettled(waiting);
  await client.close();
  assertEquals((await outcomes).map(({ status }) => status), ["rejected", "rejected"]);
  await assertRejects(() => client.run("SELECT 1"), Error, "closed");
});

test("several that start at once migrate once", async () => {
  const slow: PostgresDatabase = {
    name: "slow",
    migrations: [
      "CREATE TABLE done (version int); SELECT pg_sleep(0.3); INSERT INTO done VALUES (1)",
      "INSERT INTO done VALUES (2)",
    ],
  };
  // Less than the migration takes: it has a time of its own.
  const options = server().options({ timeout: 200 });
  const clients = Array.from({ length: 8 }, () => new PostgresClient(options));
  await Promise.all(clients.map((client) => client.use(slow)));
  assertEquals(await clients[0]?.run("SELECT version FROM done ORDER BY 1"), [{ version: 1 }, {
    version: 2,
  }]);
  const next = new PostgresClient(options);
  await next.use({ ...slow, migrations: [...slow.migrations, "INSERT INTO done VALUES (3)"] });
  assertEquals((await next.run("SELECT max(version) AS version FROM done"))[0], { version: 3 });
  await Promise.all([next, ...clients].map((client) => client.close()));
});

test("a migration that fails leaves nothing of itself", async () => {
  const options = server().options();
  const bad = { ...one, migrations: [...one.migrations, "CREATE TABLE two (a int)", "SELECT nonsense"] };
  const first = new PostgresClient(options);
  const error = await assertRejects(() => first.use(bad), PostgresOpenError);
  assert(error.message.includes('column "nonsense" does not exist'), error.message);
  await first.close();
  const second = new PostgresClient(options);
  await second.use(one);
  assertEquals(await second.run("SELECT to_regclass('two') AS two, a FROM one"), [{ two: null, a: 1 }]);
  await second.close();
});

test("a schema that is newer than known is refused, with why", async () => {
  const options = server().options();
  const newer = new PostgresClient(options);
  await newer.use({ ...one, migrations: [...one.migrations, "CREATE TABLE two (a int)"] });
  await newer.close();
  const older = new PostgresClient(options);
  const error = await assertRejects(() => older.use(one), PostgresOpenError);
  assertEquals(
    error.reason,
    "it was written by a newer gateway: its schema of one is version 2, and this gateway knows 1",
  );
  await assertRejects(() => older.run("SELECT 1"), Error, "written by a newer gateway");
  await older.close();
});

test("who may create nothing can use what is up to date, and is told where it is not", async () => {
  const options = server().options();
  await server().query("CREATE ROLE reader LOGIN");
  const maker = new PostgresClient(options);
  await maker.use(one);
  await maker.run(`GRANT USAGE ON SCHEMA ${options.schema} TO reader`);
  await maker.run(`GRANT SELECT ON ALL TABLES IN SCHEMA ${options.schema} TO reader`);
  await maker.close();
  const reader = new PostgresClient({ ...options, url: options.url.replace("gateway@", "reader@") });
  await reader.use(one);
  assertEquals(await reader.run("SELECT a FROM one"), [{ a: 1 }]);
  const error = await assertRejects(() => reader.use({ ...one, name: "other" }), PostgresOpenError);
  assert(error.message.includes("permission denied"), error.message);
  await reader.close();
});

test("what somebody has to change first is said when it starts", async () => {
  const options = server().options();
  const absent = new PostgresClient({ ...options, url: options.url.replace("/postgres", "/absent") });
  const error = await assertRejects(() => absent.use(one), PostgresOpenError);
  assertEquals(
    error.message,
    `Cannot use the Postgres database at 127.0.0.1:${server().port}/absent: database "absent" does not exist`,
  );
  await absent.close();
});
