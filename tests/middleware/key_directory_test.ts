import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { KeyDirectory, type KeyDirectoryOptions } from "../../lib/middleware/key_directory.ts";
import { MemoryKeyStore } from "../../lib/stores/memory_key_store.ts";
import { ManualClock } from "../manual_clock.ts";
import { digest, keyRecord, teamRecord, userRecord } from "../stores/key_records.ts";

/** Counts what it is asked, and is not there when it shall not be. */
class CountingStore extends MemoryKeyStore {
  asked = 0;
  down = false;

  override find(sha256: string) {
    this.asked++;
    return this.down ? Promise.reject(new Error("down")) : super.find(sha256);
  }

  override version() {
    return this.down ? Promise.reject(new Error("down")) : super.version();
  }
}

async function setUp(options: Partial<KeyDirectoryOptions> = {}) {
  const clock = new ManualClock();
  const store = new CountingStore();
  await store.create("team", teamRecord("t"));
  await store.create("key", keyRecord("key_a1", { team: "t" }));
  const directory = new KeyDirectory({
    store,
    clock,
    refresh: 1_000,
    maxKnown: 100,
    owner: "key",
    ...options,
  });
  await settled();
  return { clock, store, directory };
}

/** Until what was asked is answered: the store answers at once. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

const A = digest("a1");

Deno.test("a key is asked for once, however many want it, and then again once anything has changed", async () => {
  const { clock, store, directory } = await setUp();
  assertEquals([directory.current(A), directory.peek(A)], [undefined, null]);
  const all = await Promise.all([directory.find(A), directory.find(A), directory.find(A)]);
  assertEquals([new Set(all).size, all[0]?.digest, store.asked], [1, A, 1]);
  assertEquals(directory.current(A), all[0]);
  clock.advance(60_000);
  await settled();
  assertEquals(await directory.find(A), all[0] ?? null);
  assertEquals(store.asked, 1);

  await store.replace("team", teamRecord("t", { disabled: true, revision: 2 }));
  assertEquals(directory.current(A)?.off, null);
  clock.advance(1_000);
  await settled();
  assertEquals(directory.current(A), undefined);
  assertEquals((await directory.find(A))?.off, "The team of this API key is disabled.");
  assertEquals([directory.current(A)?.off, store.asked], ["The team of this API key is disabled.", 2]);
  directory.close();
});

Deno.test("what this process has changed is asked for at once, also where a look was under way", async () => {
  const { clock, store, directory } = await setUp();
  const before = await directory.find(A);
  clock.advance(1_000);
  await store.replace("key", keyRecord("key_a1", { team: "t", disabled: true, revision: 2 }));
  directory.changed();
  assertEquals(directory.current(A), undefined);
  assertEquals(directory.peek(A), before);
  assertEquals((await directory.find(A))?.off, "This API key is disabled.");
  await settled();
  assertEquals((await directory.find(A))?.off, "This API key is disabled.");
  directory.close();
});

Deno.test("who asks after a change does not get what was asked for before it", async () => {
  const { store, directory } = await setUp();
  const { promise: late, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof store.find>>>();
  const before = await MemoryKeyStore.prototype.find.call(store, A);
  const find = store.find.bind(store);
  store.find = () => late;
  const first = directory.find(A);
  store.find = find;
  await store.replace("key", keyRecord("key_a1", { team: "t", disabled: true, revision: 2 }));
  directory.changed();
  const second = directory.find(A);
  resolve(before);
  assertEquals([(await first)?.off, (await second)?.off], [null, "This API key is disabled."]);
  assertEquals((await directory.find(A))?.off, "This API key is disabled.");
  directory.close();
});

Deno.test("what changes while it is asked for is asked for again", async () => {
  const { clock, store, directory } = await setUp();
  const asked = directory.find(A);
  await store.remove("key", "key_a1");
  clock.advance(1_000);
  await asked;
  await settled();
  assertEquals(await directory.find(A), null);
  directory.close();
});

Deno.test("a key that is not there is remembered as such until it is made", async () => {
  const { clock, store, directory } = await setUp();
  const b = digest("b2");
  assertEquals([await directory.find(b), await directory.find(b), directory.current(b)], [null, null, null]);
  assertEquals(store.asked, 1);
  await store.create("key", keyRecord("key_b2"));
  clock.advance(1_000);
  await settled();
  assertEquals((await directory.find(b))?.digest, b);
  directory.close();
});

Deno.test("while the store is down known keys go on, and whether others are valid nobody can tell", async () => {
  const { clock, store, directory } = await setUp();
  const known = await directory.find(A);
  await directory.find(digest("c3"));
  store.down = true;
  clock.advance(600_000);
  await settled();
  assertEquals(directory.current(A), known);
  directory.changed();
  assertEquals(await directory.find(A), known);
  for (const other of [digest("b2"), digest("c3")]) {
    const error = await assertRejects(() => directory.find(other), GatewayError);
    assertEquals([error.code, error.status, error.retryAfter], ["key_store_unavailable", 503, 1]);
  }
  store.down = false;
  clock.advance(1_000);
  await settled();
  await store.remove("key", "key_a1");
  clock.advance(1_000);
  await settled();
  assertEquals(await directory.find(A), null);
  directory.close();
});

Deno.test("guesses drive no key out, and keys are bounded", async () => {
  const { store, directory } = await setUp({ maxKnown: 2 });
  const known = await directory.find(A);
  for (let i = 0; i < 2_000; i++) await directory.find(digest(i.toString(16).padStart(8, "f")));
  assertEquals(directory.current(A), known);
  for (const id of ["key_b2", "key_c3"]) {
    await store.create("key", keyRecord(id));
    directory.changed();
    await directory.find(digest(id.slice(4)));
  }
  assertEquals([directory.peek(A), directory.peek(digest("c3"))?.digest], [null, digest("c3")]);
  directory.close();
});

Deno.test("a key has what those above it have, too", async () => {
  const { store, directory, clock } = await setUp({ owner: "team" });
  await store.create("user", userRecord("u", { expires_at: 5_000, models: ["gpt-4*"], rpm: 7 }));
  await store.replace("team", teamRecord("t", { models: ["gpt-*"], tpm: 9, revision: 2, name: "Team T" }));
  const previous = { sha256: digest("ee"), tail: "eeee", until: 3_000 };
  await store.create(
    "key",
    keyRecord("key_b2", { team: "t", user: "u", name: "B", previous, tags: { a: "b" } }),
  );
  clock.advance(1_000);
  await settled();
  const key = await directory.find(digest("b2"));
  const principal = key?.principal("sk-gw-…b222");
  assertEquals(principal?.limited.map(({ kind, id, name }) => [kind, id, name]), [
    ["user", "u", "u"],
    ["team", "t", "Team T"],
  ]);
  const { owner, keyId, name, team, userId, keyTail, tags } = principal ?? {};
  assertEquals([owner, keyId, name, team, userId, keyTail], ["team:t", "key_b2", "B", "t", "u", "b222"]);
  assertEquals(tags, { a: "b" });
  assertEquals(["gpt-4o", "gpt-3"].map((it) => key?.access?.models.has(it)), [true, false]);
  assertEquals([key?.expiresAt, (await directory.find(digest("ee")))?.expiresAt], [5_000, 3_000]);
  directory.close();
});

Deno.test("a key without its team, of a disabled user, or for managing is refused", async () => {
  const { store, directory } = await setUp();
  await store.create("user", userRecord("u", { disabled: true }));
  await store.create("key", keyRecord("key_b2", { team: "gone" }));
  await store.create("key", keyRecord("key_c3", { user: "u" }));
  await store.create("key", keyRecord("key_d4", { role: "management" }));
  const off = await Promise.all(
    ["b2", "c3", "d4"].map(async (it) => (await directory.find(digest(it)))?.off),
  );
  assertEquals(off, [
    "The team of this API key does not exist any more.",
    "The user of this API key is disabled.",
    "This API key is for managing keys; it may not be used for requests.",
  ]);
  directory.close();
});

for (
  const [owner, user, team, expected] of [
    ["key", "u", "t", "key:key_a1"],
    ["user", "u", "t", "user:u"],
    ["user", "", "t", "key:key_a1"],
    ["team", "u", "t", "team:t"],
    ["team", "u", "", "key:key_a1"],
  ] as const
) {
  Deno.test(`with keys.owner: ${owner} a key of user "${user}" and team "${team}" stores for ${expected}`, async () => {
    const { store, directory } = await setUp({ owner });
    await store.replace("key", keyRecord("key_a1", { user, team, revision: 2 }));
    assertEquals((await directory.find(A))?.principal("x").owner, expected);
    await store.replace("key", keyRecord("key_a1", { user, team, owner: "own", revision: 3 }));
    directory.changed();
    assertEquals((await directory.find(A))?.principal("x").owner, "own");
    directory.close();
  });
}
