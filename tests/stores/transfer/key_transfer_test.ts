import { assertEquals, assertRejects } from "@std/assert";
import { MemoryKeyStore } from "../../../lib/stores/memory_key_store.ts";
import { PostgresClient } from "../../../lib/stores/postgres/postgres_client.ts";
import { PostgresKeyStore } from "../../../lib/stores/postgres_key_store.ts";
import { exportLines } from "../../../lib/stores/transfer/export_lines.ts";
import { importLines } from "../../../lib/stores/transfer/import_lines.ts";
import { KeyTransfer } from "../../../lib/stores/transfer/key_transfer.ts";
import type { TransferFilter } from "../../../lib/stores/transfer/transfer.ts";
import { TransferError } from "../../../lib/stores/transfer/transfer_error.ts";
import { requires } from "../../requires.ts";
import { keyRecord, teamRecord, userRecord } from "../key_records.ts";
import { PostgresServer } from "../postgres_server.ts";

const EVERYTHING: TransferFilter = { owner: null, since: 0 };

async function exported(transfer: KeyTransfer, filter = EVERYTHING): Promise<string[]> {
  const lines = await Array.fromAsync(exportLines([transfer], filter, { version: "0", now: 0 }));
  return lines.slice(1, -1);
}

function imported(records: readonly string[], transfer: KeyTransfer) {
  const lines = ['{"llm_gateway_export":1}', ...records, '{"end":true}'];
  return importLines(ReadableStream.from(lines), [transfer], EVERYTHING);
}

async function filled(): Promise<KeyTransfer> {
  const store = new MemoryKeyStore();
  await store.create("team", teamRecord("t", { rpm: 5, updated_at: 10 }));
  await store.create("user", userRecord("u", { team: "t", updated_at: 20 }));
  for (let i = 0; i < 450; i++) {
    const owner = i % 2 === 0 ? "even" : "odd";
    const sha256 = String(i).padStart(64, "0");
    const key = keyRecord(`key_${i}`, { sha256, owner, team: "t", user: "u", updated_at: 1_000 + i });
    assertEquals(await store.create("key", key), "done");
  }
  return new KeyTransfer(store);
}

Deno.test({
  name: "transfer of keys: into Postgres and back, those above a key before it, once",
  ...requires("postgres"),
  async fn() {
    await using server = await PostgresServer.start();
    const client = new PostgresClient(server.options());
    const from = await filled();
    const records = await exported(from);
    assertEquals(records.slice(0, 3).map((line) => JSON.parse(line).kind), ["team", "user", "key"]);
    const there = new KeyTransfer(await PostgresKeyStore.open(client));
    assertEquals((await imported(records, there)).taken.added, 452);
    assertEquals((await imported(records, there)).taken, { added: 0, there: 452, expired: 0, refused: 0 });
    const back = new KeyTransfer(new MemoryKeyStore());
    await imported(await exported(there), back);
    assertEquals(await exported(back), records);
    await client.close();
  },
});

Deno.test("transfer of keys: of one owner, and since a moment", async () => {
  const from = await filled();
  const some = (await exported(from, { owner: "odd", since: 1_400 })).map((line) => JSON.parse(line));
  assertEquals(some.length, 25);
  assertEquals(some.every(({ kind, owner, at }) => kind === "key" && owner === "odd" && at >= 1_400), true);
  await assertRejects(
    () => imported(['{"kind":"key","owner":"o","at":1,"value":{}}'], from),
    TransferError,
    "line 2: it is no key",
  );
});
