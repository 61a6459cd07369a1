import { assertEquals, assertRejects } from "@std/assert";
import { MemoryOwnedIdStore } from "../../../lib/stores/owned_ids/memory_owned_id_store.ts";
import { OwnedIdTransfer } from "../../../lib/stores/transfer/owned_id_transfer.ts";
import type { Taken, TransferRecord } from "../../../lib/stores/transfer/transfer.ts";
import { TransferError } from "../../../lib/stores/transfer/transfer_error.ts";
import { ManualClock } from "../../manual_clock.ts";

const CLOCK = new ManualClock();
const transferOf = (store: MemoryOwnedIdStore) => new OwnedIdTransfer(store, CLOCK);

function exported(store: MemoryOwnedIdStore, owner: string | null = null): Promise<TransferRecord[]> {
  return Array.fromAsync(transferOf(store).records({ owner, since: 0 }));
}

async function taken(records: readonly TransferRecord[], store: MemoryOwnedIdStore): Promise<Taken[]> {
  const told: Taken[] = [];
  const transfer = transferOf(store);
  for (const record of records) await transfer.take(record, (it) => told.push(it));
  await transfer.flush();
  return told;
}

Deno.test("transfer of owned ids: out and in is the same, once, and another's stays theirs", async () => {
  const from = new MemoryOwnedIdStore(1_000);
  const ids = Array.from({ length: 450 }, (_, i) => `file-${i}`);
  await from.add("alice", ids);
  await from.add("bob", ["batch_1", "batch_2"]);
  const records = await exported(from);
  const to = new MemoryOwnedIdStore(1_000);
  await to.add("carol", ["batch_2"]);
  const told = await taken(records, to);
  assertEquals([told.length, told.filter((it) => it === "added").length, told.at(-1)], [452, 451, "there"]);
  assertEquals(new Set(await taken(records, to)), new Set(["there"]));
  assertEquals((await to.of("alice", ids)).size, 450);
  assertEquals([...await to.of("carol", ["batch_1", "batch_2"])], ["batch_2"]);
  assertEquals((await exported(from, "bob")).map(({ value }) => value["id"]), ["batch_1", "batch_2"]);
});

Deno.test("transfer of owned ids: what is none is refused", async () => {
  for (const record of [{ owner: null, value: { id: "a" } }, { owner: "a", value: { id: 1 } }]) {
    await assertRejects(
      () => taken([{ kind: "owned_id", at: 0, ...record }], new MemoryOwnedIdStore(9)),
      TransferError,
      "it is no id of an owner's",
    );
  }
});
