import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../../lib/clock.ts";
import type { ConversationCommands } from "../../../lib/stores/sqlite/conversations/commands.ts";
import { SqliteClient, type SqliteClientOptions } from "../../../lib/stores/sqlite/sqlite_client.ts";
import { SqliteOpenError } from "../../../lib/stores/sqlite/sqlite_open_error.ts";
import { ManualClock } from "../../manual_clock.ts";
import { StoreFile } from "../store_file.ts";

const LIMITS = { maxEntries: 1_000, maxBytes: 1e9, ttl: 1e9 };

class Scene implements AsyncDisposable {
  readonly health: (string | null)[] = [];

  private constructor(readonly file: StoreFile) {}

  static open(): Scene {
    return new Scene(new StoreFile());
  }

  client(options: Partial<SqliteClientOptions> = {}): Promise<SqliteClient<ConversationCommands>> {
    return SqliteClient.open({
      database: "conversations",
      path: this.file.path,
      synchronous: "normal",
      timeout: 10_000,
      clock: systemClock,
      options: LIMITS,
      onHealth: (failure) => this.health.push(failure),
      ...options,
    });
  }

  /** Holds the lock that writers need, as another process would. */
  lock(): { readonly count: number } & Disposable {
    const database = new DatabaseSync(this.file.path);
    database.exec("BEGIN IMMEDIATE");
    return {
      get count() {
        return Number(database.prepare("SELECT count(*) AS n FROM entries").get()?.["n"]);
      },
      [Symbol.dispose]: () => database.close(),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.file[Symbol.asyncDispose]();
  }
}

function text(id: string) {
  return { owner: "alice", id, previousId: null, json: `{"id":"${id}"}`, response: "{}" };
}

Deno.test("what is acknowledged is there for other processes", async () => {
  await using scene = Scene.open();
  const client = await scene.client();
  for (let i = 1; i <= 10; i++) {
    await client.run("create", text(`resp_${i}`), 0);
    using other = scene.lock();
    assertEquals(other.count, i);
  }
  await client.close();
});

Deno.test("a lock of another process is waited for, but not for long; reading needs none", async () => {
  await using scene = Scene.open();
  const client = await scene.client({ timeout: 200 });
  await client.run("create", text("resp_1"), 0);
  const lock = scene.lock();
  const started = performance.now();
  const results = await Promise.allSettled([
    client.run("create", text("resp_2"), 0),
    client.run("create", text("resp_3"), 0),
    client.run("get", "alice", "resp_1", 0),
  ]);
  const took = performance.now() - started;
  assertEquals(results.map(({ status }) => status), ["rejected", "rejected", "fulfilled"]);
  assert(took >= 150, `${took} ms`);
  assertEquals([scene.health, client.failure], [["database is locked"], "database is locked"]);
  lock[Symbol.dispose]();
  await client.run("create", text("resp_2"), 0);
  assertEquals([scene.health, client.failure], [["database is locked", null], null]);
  await client.close();
});

Deno.test("no more commands wait than the limit, and those of a queue that is too long fail at once", async () => {
  await using scene = Scene.open();
  const client = await scene.client({ maxQueue: 3 });
  const lock = scene.lock();
  const sent = client.run("create", text("sent"), 0);
  await Promise.resolve();
  const waiting = ["a", "b", "c"].map((id) => client.run("create", text(id), 0));
  await assertRejects(() => client.run("create", text("d"), 0), Error, "3 commands wait");
  lock[Symbol.dispose]();
  assertEquals((await sent).turns, 1);
  assertEquals((await Promise.all(waiting)).map(({ turns }) => turns), [2, 3, 4]);
  assertEquals((await client.run("create", text("d"), 0)).turns, 5);
  await client.close();
});

Deno.test("what waits is bounded by its size too", async () => {
  await using scene = Scene.open();
  const client = await scene.client({ maxQueueCharacters: 1_000 });
  const large = { ...text("large"), json: `"${"x".repeat(600)}"` };
  const first = client.run("create", large, 0);
  await assertRejects(() => client.run("create", large, 0), Error, "1 commands wait");
  await first;
  await client.run("create", large, 0);
  await client.close();
});

Deno.test("a command that waited longer than its time is not sent", async () => {
  await using scene = Scene.open();
  const clock = new ManualClock();
  const client = await scene.client({ clock, timeout: 1_000 });
  const first = client.run("create", text("first"), 0);
  await Promise.resolve();
  const late = client.run("create", text("late"), 0);
  clock.advance(1_001);
  await first;
  await assertRejects(() => late, Error, "waited for over 1000 ms");
  assertEquals((await client.run("create", text("next"), 0)).turns, 2);
  await client.close();
});

Deno.test("close() lets finish what was asked for, and takes no more", async () => {
  await using scene = Scene.open();
  const client = await scene.client();
  const asked = Array.from({ length: 120 }, (_, i) => client.run("create", text(`resp_${i}`), 0));
  const closed = client.close();
  await assertRejects(() => client.run("create", text("late"), 0), Error, "closed");
  await Promise.all([...asked, closed, client.close()]);
  using other = scene.lock();
  assertEquals(other.count, 120);
});

Deno.test("a worker that dies fails what it had, ends no process, and is replaced", async () => {
  await using scene = Scene.open();
  const clock = new ManualClock();
  let started = 0;
  const startWorker = () => {
    started++;
    return new Worker(new URL("./crashing_worker.ts", import.meta.url), { type: "module" });
  };
  interface Few {
    add(): number;
    die(): void;
  }
  const client = await SqliteClient.open<Few>({
    database: "conversations",
    path: scene.file.path,
    synchronous: "normal",
    timeout: 10_000,
    clock,
    options: LIMITS,
    startWorker,
    onHealth: (failure) => scene.health.push(failure === null ? null : "failed"),
  });
  assertEquals(await client.run("add"), 1);
  const dying = client.run("die");
  await Promise.resolve();
  const waiting = client.run("add");
  await assertRejects(() => dying, Error, "never is not defined");
  await assertRejects(() => waiting, Error, "never is not defined");
  await assertRejects(() => client.run("add"), Error, "never is not defined");
  assertEquals(
    [started, client.failure === null],
    [1, false],
    "not replaced at once, or it would be in a loop",
  );
  clock.advance(1_000);
  assertEquals(await client.run("add"), 1);
  assertEquals([started, scene.health], [2, ["failed", null]]);
  await client.close();
});

Deno.test("several open one new file at once", async () => {
  await using scene = Scene.open();
  const clients = await Promise.all([1, 2, 3, 4].map(() => scene.client()));
  await Promise.all(clients.map((client, i) => client.run("create", text(`resp_${i}`), 0)));
  const [first] = clients;
  assertEquals((await first?.run("delete", "alice", "resp_0", 0))?.turns, 3);
  await Promise.all(clients.map((client) => client.close()));
});

Deno.test("the file and those beside it are for their owner alone", async () => {
  await using scene = Scene.open();
  const client = await scene.client();
  await client.run("create", text("resp_1"), 0);
  for (const suffix of ["", "-wal", "-shm"]) {
    const { mode } = await Deno.stat(scene.file.path + suffix);
    assertEquals((mode ?? 0) & 0o777, 0o600, suffix);
  }
  await client.close();
});

Deno.test("a file that cannot be used is refused with the reason", async () => {
  const cases: [name: string, prepare: (path: string) => void, reason: string][] = [
    ["text", (path) => Deno.writeTextFileSync(path, "no database ".repeat(1_000)), "not an SQLite database"],
    ["directory", (path) => Deno.mkdirSync(path), "it is a directory"],
    [
      "newer",
      sql("PRAGMA application_id = 0x6c677743; PRAGMA user_version = 99"),
      "written by a newer gateway: its schema is version 99, and this gateway knows 1",
    ],
    ["another's", sql("CREATE TABLE t (a)"), "a database of something else"],
    ["another kind", sql("PRAGMA application_id = 7; CREATE TABLE t (a)"), "a database of something else"],
    ["locked", (path) => void openLocked(path), "another process has held its lock"],
  ];
  const locks: DatabaseSync[] = [];
  function sql(text: string) {
    return (path: string) => {
      using database = new DatabaseSync(path);
      database.exec(text);
    };
  }
  function openLocked(path: string) {
    const database = new DatabaseSync(path);
    database.exec("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE");
    locks.push(database);
  }
  for (const [name, prepare, reason] of cases) {
    await using scene = Scene.open();
    prepare(scene.file.path);
    const error = await assertRejects(() => scene.client(), SqliteOpenError, reason, name);
    assertEquals(error.path, scene.file.path);
    for (const lock of locks.splice(0)) lock.close();
  }
  await using scene = Scene.open();
  await assertRejects(
    () => scene.client({ path: "/no/such/directory/c.db" }),
    SqliteOpenError,
    'there is no directory "/no/such/directory"',
  );
});

Deno.test("a damaged file is refused, or fails what meets the damage", async () => {
  await using scene = Scene.open();
  const before = await scene.client();
  for (let i = 0; i < 200; i++) {
    await before.run("create", { ...text(`resp_${i}`), response: `"${"x".repeat(500)}"` }, 0);
  }
  await before.close();
  const bytes = await Deno.readFile(scene.file.path);
  // All but the header: page 1 holds the schema.
  bytes.fill(0xab, 100, 4096);
  await Deno.writeFile(scene.file.path, bytes);
  await assertRejects(() => scene.client(), SqliteOpenError, "it is damaged");
});
