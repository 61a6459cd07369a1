import { assertEquals, assertRejects } from "@std/assert";
import { KeyAdmin, type KeyChange, type Maker } from "../../../../lib/endpoints/admin/keys/key_admin.ts";
import { GatewayError } from "../../../../lib/errors.ts";
import { MemoryKeyStore } from "../../../../lib/stores/memory_key_store.ts";
import { keyDigest } from "../../../../lib/stores/virtual_key.ts";
import { ManualClock } from "../../../manual_clock.ts";
import { keyRecord, teamRecord } from "../../../stores/key_records.ts";

const MASTER: Maker = { id: "master", key: null, address: "192.0.2.1" };

function setUp() {
  const store = new MemoryKeyStore();
  const clock = new ManualClock();
  const changes: KeyChange[] = [];
  const onChange = (change: KeyChange) => void changes.push(change);
  const admin = new KeyAdmin({ store, clock, maxKeys: 8, maxTeamKeys: 3, onChange });
  return { store, clock, admin, changes };
}

Deno.test("a key is kept by its digest alone, and its id says when it was made", async () => {
  const { store, clock, admin } = setUp();
  const first = await admin.createKey(MASTER, { name: "a" });
  clock.advance(1);
  const second = await admin.createKey(MASTER, { name: "b" });
  assertEquals((await store.find(keyDigest(first.key)))?.key, first.record);
  assertEquals(
    JSON.stringify(await store.list("key", { after: "", limit: 9 })).includes(first.key.slice(6)),
    false,
  );
  assertEquals(first.record.id < second.record.id, true);
  assertEquals(first.record.id.length, "key_".length + 12 + 32);
});

Deno.test("of two changes at a time none is lost", async () => {
  const { store, admin } = setUp();
  const { record: { id } } = await admin.createKey(MASTER, {});
  await Promise.all([
    admin.update("key", MASTER, id, { name: "renamed" }),
    admin.setDisabled("key", MASTER, id, true),
    admin.update("key", MASTER, id, { rpm: 5 }),
    admin.rotate(MASTER, id, 0),
  ]);
  const record = await store.get("key", id);
  assertEquals([record?.name, record?.disabled, record?.rpm, record?.revision], ["renamed", true, 5, 5]);
});

Deno.test("a manager does not fill the store, and the master key may", async () => {
  const { store, admin } = setUp();
  await store.create("team", teamRecord("t"));
  const key = keyRecord("key_a1", { role: "management", team: "t" });
  await store.create("key", key);
  const manager: Maker = { id: key.id, key, address: "" };
  for (let i = 0; i < 2; i++) await admin.createKey(manager, {});
  const error = await assertRejects(() => admin.createKey(manager, {}), GatewayError);
  assertEquals(error.code, "too_many_keys");
  await admin.createKey(MASTER, { team: "t" });
});

Deno.test("the master key fills no store either: of keys, teams and users there is a bound each", async () => {
  const { store, admin, changes } = setUp();
  for (let i = 0; i < 8; i++) {
    await admin.createKey(MASTER, {});
    await admin.create("team", MASTER, { id: `t${i}` });
  }
  await admin.create("user", MASTER, { id: "u" });
  const told = changes.length;
  const error = await assertRejects(() => admin.createKey(MASTER, {}), GatewayError, "raise keys.max_keys");
  assertEquals([error.code, error.status, error.retryable], ["too_many_keys", 409, false]);
  await assertRejects(() => admin.create("team", MASTER, { id: "t9" }), GatewayError, "There are 8 teams");
  assertEquals(changes.length, told);
  const [first] = await store.list("key", { after: "", limit: 1 });
  await admin.remove("key", MASTER, first?.id ?? "");
  await admin.createKey(MASTER, {});
});

Deno.test("a store that does not answer is 503, and nothing is told of", async () => {
  const { store, admin, changes } = setUp();
  const down = () => Promise.reject(new Error("planted: redis://user:secret@host"));
  store.create = down;
  store.get = down;
  store.list = down;
  for (
    const attempt of [
      () => admin.createKey(MASTER, {}),
      () => admin.get("key", MASTER, "x"),
      () => admin.list("team", MASTER, { after: "", limit: 1 }),
      () => admin.remove("user", MASTER, "x"),
    ]
  ) {
    const error = await assertRejects(attempt, GatewayError);
    assertEquals([error.code, error.message], [
      "key_store_unavailable",
      "The store of keys does not answer.",
    ]);
  }
  assertEquals(changes, []);
});
