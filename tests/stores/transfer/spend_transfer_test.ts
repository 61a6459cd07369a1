import { assertEquals, assertRejects } from "@std/assert";
import { MemorySpendStore } from "../../../lib/stores/spend/memory_spend_store.ts";
import { SPEND_DIMENSIONS, type SpendRow } from "../../../lib/stores/spend_store.ts";
import { SpendTransfer } from "../../../lib/stores/transfer/spend_transfer.ts";
import type { Taken, TransferFilter, TransferRecord } from "../../../lib/stores/transfer/transfer.ts";
import { ManualClock } from "../../manual_clock.ts";
import { TransferError } from "../../../lib/stores/transfer/transfer_error.ts";

const CLOCK = new ManualClock(Date.UTC(2026, 10, 25, 12));
const EVERYTHING: TransferFilter = { owner: null, since: 0 };
const ALL = { since: "2026-01-01", until: "2026-12-31", where: {} };

function row(day: string, key: string, nanoUsd: number): SpendRow {
  const place = { day, key, team: "t", user: "", model: "m", requested_model: "fast", provider: "up" };
  return { place, requests: 1, inputTokens: 7, outputTokens: 3, nanoUsd };
}

async function exported(store: MemorySpendStore, filter = EVERYTHING): Promise<TransferRecord[]> {
  return await Array.fromAsync(new SpendTransfer(store, CLOCK).records(filter));
}

async function taken(records: readonly TransferRecord[], store: MemorySpendStore): Promise<Taken[]> {
  const told: Taken[] = [];
  for (const record of records) await new SpendTransfer(store, CLOCK).take(record, (it) => told.push(it));
  return told;
}

async function filled(): Promise<MemorySpendStore> {
  const store = new MemorySpendStore();
  await store.add({
    id: "1",
    rows: [row("2026-11-24", "a", 1), row("2026-11-25", "a", 2), row("2026-11-25", "b", 3)],
  });
  return store;
}

Deno.test("transfer of spend: out and in is the same, once though it is taken in twice", async () => {
  const from = await filled();
  const records = await exported(from);
  const to = new MemorySpendStore();
  assertEquals(await taken(records, to), ["added", "added", "added"]);
  assertEquals(await taken(records, to), ["there", "there", "there"]);
  assertEquals(await to.sum(ALL, SPEND_DIMENSIONS), await from.sum(ALL, SPEND_DIMENSIONS));
  assertEquals(await taken(records, from), ["there", "there", "there"]);
});

Deno.test("transfer of spend: since a moment the days that were not over, and of one owner none", async () => {
  const from = await filled();
  const since = Date.UTC(2026, 10, 25, 12);
  assertEquals((await exported(from, { owner: null, since })).map(({ value }) => value["day"]), [
    "2026-11-25",
    "2026-11-25",
  ]);
  assertEquals(await exported(from, { owner: "key:a", since: 0 }), []);
});

Deno.test("transfer of spend: what is none is refused", async () => {
  const [record] = await exported(await filled());
  for (const wrong of [{ day: "yesterday" }, { nanoUsd: -1 }, { requests: 0.5 }, { key: 3 }]) {
    const value = { ...record?.value, ...wrong };
    await assertRejects(
      () => taken([{ kind: "spend", owner: null, at: 0, value }], new MemorySpendStore()),
      TransferError,
    );
  }
});
