/** What is exported from one kind of store and imported into another, through all of them, is what it was. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Clock, systemClock } from "../../../lib/clock.ts";
import { Deadlines } from "../../../lib/deadlines.ts";
import { memoryStores } from "../../../lib/stores/memory_stores.ts";
import { redisStores } from "../../../lib/stores/redis_stores.ts";
import type { Stores } from "../../../lib/stores/stores.ts";
import { ConversationTransfer } from "../../../lib/stores/transfer/conversation_transfer.ts";
import { exportLines } from "../../../lib/stores/transfer/export_lines.ts";
import { type ImportCounts, importLines } from "../../../lib/stores/transfer/import_lines.ts";
import { linesOf } from "../../../lib/stores/transfer/lines.ts";
import type { TransferFilter } from "../../../lib/stores/transfer/transfer.ts";
import { TransferClock } from "../../../lib/stores/transfer/transfer_clock.ts";
import { TransferError } from "../../../lib/stores/transfer/transfer_error.ts";
import { requires } from "../../requires.ts";
import { turn } from "../conversation_store_contract.ts";
import { conversation, item } from "../item_store_contract.ts";
import { openPostgresStores } from "../postgres_schema.ts";
import { PostgresServer } from "../postgres_server.ts";
import { connected, redisOptions, RedisServer } from "../redis_server.ts";
import { event, queued } from "../run_store_contract.ts";
import { StoreFile } from "../store_file.ts";

const TTL = 3_600_000;
const ABOUT = { version: "0.0.0", now: 0 };
const EVERYTHING: TransferFilter = { owner: null, since: 0 };
/** Of most of what is stored: some time ago, and not at one moment. */
const BEGAN = Date.now() - 1_000_000;

/** The time of the stores in memory, which know no wall clock. */
class SteppedClock implements Clock {
  #time = BEGAN;
  set = (time: number) => void (this.#time = time);
  now = () => this.#time;
  wall = () => this.#time;
  every = systemClock.every;
}

interface Station {
  readonly stores: Stores;
  readonly transfer: ConversationTransfer;
}

/** Stores whose clock the transfer sets. */
async function station(open: (clock: Clock) => Promise<Stores> | Stores): Promise<Station> {
  const clock = new TransferClock();
  const stores = await open(clock);
  return { stores, transfer: new ConversationTransfer({ stores, clock, ttl: TTL }) };
}

function inMemory(): Station & { readonly clock: SteppedClock } {
  const clock = new SteppedClock();
  const stores = memoryStores({ maxEntries: 10_000, maxBytes: 1e9, ttl: TTL, clock });
  return {
    stores,
    clock,
    transfer: new ConversationTransfer({ stores, clock: new TransferClock(), ttl: TTL }),
  };
}

const onDisk = () => station((clock) => new StoreFile().openOnce({ clock, ttl: TTL }));

/** Something of every kind, of two owners. */
async function fill(stores: Stores, clock: SteppedClock): Promise<void> {
  const { turns, runs, items } = stores;
  for (let i = 0; i < 40; i++) {
    clock.set(BEGAN + i * 1_000);
    const owner = i % 4 === 0 ? "bob" : "alice";
    const previousId = i < 4 ? null : `resp_${i - 4}`;
    await turns.create(
      turn(`resp_${i}`, { owner, previousId, input: [`téxt 😀 ${i}`, { a: "\u0000\ud800" }] }),
    );
  }
  clock.set(BEGAN + 50_000);
  const lease = { process: "one", until: BEGAN };
  await runs.begin(queued("finished"), lease, [event(0)]);
  await runs.append(
    "alice",
    "finished",
    Array.from({ length: 250 }, (_, i) => event(i + 1, `data: ${i} \u0000\n\n`)),
  );
  await runs.finish("alice", "finished", { id: "finished", status: "completed", output: [] }, [event(999)]);
  await runs.begin(queued("unfinished", "bob"), lease, [event(0)]);
  await items.create(conversation("conv", { metadata: { topic: "x" } }), []);
  await items.append("alice", "conv", Array.from({ length: 250 }, (_, i) => item(`item_${i}`)));
  await items.create(conversation("empty", { owner: "bob" }), []);
}

async function exported(transfer: ConversationTransfer, filter = EVERYTHING): Promise<string[]> {
  return await Array.fromAsync(exportLines([transfer], filter, ABOUT));
}

async function imported(
  lines: readonly string[],
  transfer: ConversationTransfer,
  filter = EVERYTHING,
): Promise<ImportCounts> {
  return await importLines(ReadableStream.from(lines), [transfer], filter);
}

/** Lines of records by what they are about: stores have orders of their own. */
function sorted(lines: readonly string[]): string[] {
  return lines.slice(1, -1).toSorted();
}

Deno.test({
  name: "transfer: through memory, SQLite, Postgres and Redis everything stays as it was, its age too",
  ...requires("postgres", "redis"),
  async fn() {
    await using postgres = await PostgresServer.start();
    await using redis = await RedisServer.start();
    const limits = { maxEntries: 10_000, maxBytes: 1e9, ttl: TTL };
    const first = inMemory();
    await fill(first.stores, first.clock);
    const before = await exported(first.transfer);
    assertEquals(before.length, 2 + 40 + 1 + 252 + 1 + 1 + 1 + 250 + 1);
    const stations = [
      await onDisk(),
      await station((clock) => openPostgresStores(postgres, { clock, ttl: TTL })),
      await station(async (clock) => {
        const address = { kind: "server", url: redis.url } as const;
        const options = redisOptions({ address, timeout: 5_000 });
        const stores = await redisStores({
          ...options,
          ...limits,
          clock,
          deadlines: new Deadlines(systemClock),
        });
        await connected(() => stores.turns.get("nobody", "nothing"));
        return stores;
      }),
      await onDisk(),
    ];
    let lines = before;
    for (const { stores, transfer } of stations) {
      assertEquals((await imported(lines, transfer)).taken, { added: 44, there: 0, expired: 0, refused: 0 });
      lines = await exported(transfer);
      assertEquals(sorted(lines), sorted(before), stores.turns.backend);
      // Again, and nothing is other than it was.
      assertEquals((await imported(before, transfer)).taken, { added: 0, there: 44, expired: 0, refused: 0 });
      assertEquals(sorted(await exported(transfer)), sorted(before));
      assertEquals((await stores.turns.chain("alice", "resp_39"))?.length, 10);
      assertEquals((await stores.runs.abandoned(BEGAN + 1, 10)).map(({ id }) => id), ["unfinished"]);
      assertEquals((await stores.items.all("alice", "conv"))?.length, 250);
    }
    for (const { transfer } of [first, ...stations]) await transfer.close();
  },
});

Deno.test("transfer: of one owner, and since a moment, on either side", async () => {
  const from = inMemory();
  await fill(from.stores, from.clock);
  const all = await exported(from.transfer);
  const filter = { owner: "bob", since: BEGAN + 20_000 };
  const some = await exported(from.transfer, filter);
  const expected = all.slice(1, -1).filter((line) => {
    const { owner, at } = JSON.parse(line);
    return owner === "bob" && at >= BEGAN + 20_000;
  });
  assert(expected.length > 5 && expected.length < 20);
  assertEquals(sorted(some), expected.toSorted());
  assertEquals(JSON.parse(some[0] ?? "").owner, "bob");
  const to = await onDisk();
  await imported(all, to.transfer, filter);
  assertEquals(sorted(await exported(to.transfer)), expected.toSorted());
  for (const { transfer } of [from, to]) await transfer.close();
});

Deno.test("transfer: an import that broke off in the middle is done again, and is whole", async () => {
  const from = inMemory();
  await fill(from.stores, from.clock);
  const all = await exported(from.transfer);
  const to = await onDisk();
  for (const where of [3, 60, 200, 400]) {
    await assertRejects(() => imported(all.slice(0, where), to.transfer), TransferError, "it was cut short");
  }
  // A process that ended in the middle of a run or a conversation has not written the rest of it.
  await to.stores.items.deleteItem("alice", "conv", "item_249");
  await imported(all, to.transfer);
  const [is, was] = [shapes(await exported(to.transfer)), shapes(all)];
  assertEquals(is.filter((line) => !was.includes(line)), []);
  assertEquals(was.filter((line) => !is.includes(line)), []);
  for (const { transfer } of [from, to]) await transfer.close();
});

/** Lines without their moments. */
function shapes(lines: readonly string[]): string[] {
  return sorted(lines).map((line) => line.replace(/"at":\d+,/, "")).toSorted();
}

Deno.test("transfer: what is too old stays out, and what is too large is passed over", async () => {
  const from = inMemory();
  from.clock.set(Date.now() - TTL + 60_000);
  await from.stores.turns.create(turn("old"));
  from.clock.set(Date.now());
  await from.stores.turns.create(turn("large", { input: ["x".repeat(20_000)] }));
  await from.stores.turns.create(turn("new"));
  const clock = new TransferClock();
  const stores = await new StoreFile().openOnce({ clock, maxBytes: 10_000, ttl: TTL / 2 });
  const to = new ConversationTransfer({ stores, clock, ttl: TTL / 2 });
  const { taken } = await imported(await exported(from.transfer), to);
  assertEquals(taken, { added: 1, there: 0, expired: 1, refused: 1 });
  for (const transfer of [from.transfer, to]) await transfer.close();
});

Deno.test("transfer: what is no export is refused, with the line that is wrong", async () => {
  const { transfer } = inMemory();
  const header = '{"llm_gateway_export":1}';
  const cases: [lines: string[], message: string][] = [
    [[], "there is nothing in it"],
    [["hello"], "it is no export of a gateway"],
    [['{"a":1}'], "it is no export of a gateway"],
    [['{"llm_gateway_export":2}'], "written by a newer gateway: its version is 2, and this one knows 1"],
    [[header, "nonsense"], "line 2: it is no JSON object"],
    [[header, '{"kind":"turn"}'], "line 2: it is no record"],
    [
      [header, `{"kind":"turn","owner":"a","at":${Date.now()},"value":{"id":1}}`],
      "line 2: it is no response",
    ],
    [[header], "it was cut short"],
  ];
  for (const [lines, message] of cases) {
    await assertRejects(() => imported(lines, transfer), TransferError, message);
  }
  const unknown = await imported(
    [header, '{"kind":"later","owner":null,"at":1,"value":{}}', '{"end":true}'],
    transfer,
  );
  assertEquals([...unknown.unknown], [["later", 1]]);
  await transfer.close();
});

Deno.test("linesOf() puts lines together wherever the bytes are cut", async () => {
  const text = 'a\n\n{"é":"😀"}\nlast';
  const bytes = new TextEncoder().encode(text);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
    const lines = await Array.fromAsync(linesOf(ReadableStream.from(chunks)));
    assertEquals(lines, ["a", '{"é":"😀"}', "last"], `${size} bytes a chunk`);
  }
  const broken = ReadableStream.from([Uint8Array.of(0xff, 0x0a)]);
  await assertRejects(() => Array.fromAsync(linesOf(broken)), TransferError, "UTF-8");
});
