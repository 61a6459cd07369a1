/** Whose is what a provider keeps for an account that callers share. */
import { assertEquals, assertRejects } from "@std/assert";
import { ownCall } from "../../lib/endpoints/own_call.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { RelayedAnswer } from "../../lib/stages/relay.ts";
import type { OwnedIdStore } from "../../lib/stores/owned_id_store.ts";
import { MemoryOwnedIdStore } from "../../lib/stores/owned_ids/memory_owned_id_store.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";
import { arrived } from "../telemetry/exchanges.ts";

const CLOCK = new ManualClock();

interface Asked {
  readonly family?: string;
  readonly method?: string;
  readonly query?: string;
  readonly id?: string;
  /** Behind the id. */
  readonly below?: string;
  readonly opaque?: boolean;
  readonly owner?: string | null;
}

const PARAMETERS: Readonly<Record<string, string>> = {
  files: "file_id",
  batches: "batch_id",
  vector_stores: "vector_store_id",
};

function call(owners: OwnedIdStore | null, asked: Asked = {}) {
  const { family = "files", method = "GET", query = "", id, below = "", opaque = false, owner = "alice" } =
    asked;
  const exchange = arrived();
  exchange.method = method;
  exchange.query = query;
  exchange.principal = owner === null ? null : principal({ owner });
  const parameter = PARAMETERS[family] ?? "id";
  const params: Record<string, string> = id === undefined ? {} : { file_id: "file-below", [parameter]: id };
  const path = id === undefined ? "" : `/{${parameter}}${below}`;
  return ownCall({ family, path, opaque }, exchange, params, { owners, clock: CLOCK });
}

function own(owners: OwnedIdStore, asked: Asked = {}) {
  const it = call(owners, asked);
  if (it === null) throw new Error("It is nobody's");
  return it;
}

function answer(json: JsonObject, status = 200): RelayedAnswer {
  return { status, headers: null, body: new TextEncoder().encode(JSON.stringify(json)) };
}

function read({ body }: RelayedAnswer): JsonObject {
  if (!(body instanceof Uint8Array)) throw new Error("It is no whole answer");
  return JSON.parse(new TextDecoder().decode(body));
}

Deno.test("without keys, without a store and of other APIs nothing is anybody's", () => {
  const owners = new MemoryOwnedIdStore(10);
  assertEquals(call(null), null);
  assertEquals(call(owners, { owner: null }), null);
  assertEquals(call(owners, { family: "moderations" }), null);
});

Deno.test("what was made is whoever's made it, and so is what the provider makes of it", async () => {
  const owners = new MemoryOwnedIdStore(10);
  const made = own(owners, { family: "batches", method: "POST" });
  await made.before();
  await made.answered(() => Promise.resolve(answer({ id: "batch_1", output_file_id: null })));
  const later = own(owners, { family: "batches", id: "batch_1" });
  await later.before();
  const done = { id: "batch_1", output_file_id: "file-out", error_file_id: "file-err" };
  assertEquals(read(await later.answered(() => Promise.resolve(answer(done)))), done);
  assertEquals(
    [...await owners.of("alice", ["batch_1", "file-out", "file-err"])],
    ["batch_1", "file-out", "file-err"],
  );
  for (const id of ["file-out", "file-err"]) await own(owners, { id }).before();
});

Deno.test("what is another's and what is not there are the same 404, and nothing is asked", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("bob", ["file-1"]);
  const messages: string[] = [];
  for (const id of ["file-1", "file-2"]) {
    for (
      const [family, asked] of [
        ["files", { id }],
        ["batches", { id }],
        ["vector_stores", { id, below: "/files/{file_id}" }],
        ["files", { query: `?after=${id}` }],
        ["vector_stores", { query: `?before=${id}` }],
      ] as const
    ) {
      const error = await assertRejects(() => own(owners, { family, ...asked }).before(), GatewayError);
      messages.push(`${error.status} ${error.code} ${error.param} ${error.message}`.replaceAll(id, "ID"));
    }
  }
  assertEquals(messages.slice(0, 5), messages.slice(5));
  assertEquals(messages.slice(0, 3), [
    "404 not_found id No such File object: ID",
    "404 not_found batch_id No batch found with id 'ID'.",
    "404 not_found vector_store_id No vector store found with id 'ID'.",
  ]);
});

Deno.test("what failed makes nothing anybody's, and what was deleted is nobody's", async () => {
  const owners = new MemoryOwnedIdStore(10);
  const failed = answer({ id: "file-1" }, 400);
  assertEquals(await own(owners, { method: "POST" }).answered(() => Promise.resolve(failed)), failed);
  assertEquals((await owners.of("alice", ["file-1"])).size, 0);
  await owners.add("alice", ["file-2"]);
  const gone = own(owners, { method: "DELETE", id: "file-2" });
  await gone.before();
  await gone.answered(() => Promise.resolve(answer({ id: "file-2", deleted: true })));
  await assertRejects(() => own(owners, { id: "file-2" }).before(), GatewayError);
});

Deno.test("a file taken out of a vector store leaves both whose they were", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("alice", ["vs_1", "file-below"]);
  const out = { family: "vector_stores", method: "DELETE", id: "vs_1" };
  const taken = own(owners, { ...out, below: "/files/{file_id}" });
  await taken.before();
  await taken.answered(() => Promise.resolve(answer({ id: "file-below", deleted: true })));
  assertEquals((await owners.of("alice", ["vs_1", "file-below"])).size, 2);
  await own(owners, out).answered(() => Promise.resolve(answer({ id: "vs_1", deleted: true })));
  assertEquals([...await owners.of("alice", ["vs_1", "file-below"])], ["file-below"]);
});

Deno.test("a list that goes backwards is the page that was asked for", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("alice", ["vs_2", "vs_9"]);
  const there = provider(["vs_1", "vs_2", "vs_3"], 2);
  const query = "?before=vs_9&limit=2";
  const page = read(await own(owners, { family: "vector_stores", query }).answered(there.ask));
  assertEquals([page["data"], page["has_more"]], [
    [{ id: "vs_2", object: "batch", extra: { kept: true } }],
    true,
  ]);
  assertEquals(there.queries, [query]);
});

/** A provider with a list, newest first, in pages of `size`. */
function provider(ids: readonly string[], size: number) {
  const queries: string[] = [];
  return {
    queries,
    ask(query: string): Promise<RelayedAnswer> {
      queries.push(query);
      const after = new URLSearchParams(query).get("after");
      const from = after === null ? 0 : ids.indexOf(after) + 1;
      const data = ids.slice(from, from + size).map((id) => ({ id, object: "batch", extra: { kept: true } }));
      const has_more = from + size < ids.length;
      return Promise.resolve(answer({
        object: "list",
        data,
        first_id: data[0]?.id ?? null,
        last_id: data.at(-1)?.id ?? null,
        has_more,
      }));
    },
  };
}

Deno.test("a list is of a caller's own, page after page of the provider's", async () => {
  const owners = new MemoryOwnedIdStore(1_000);
  const ids = Array.from({ length: 60 }, (_, i) => `batch_${i}`);
  const hers = ids.filter((_, i) => i % 10 === 5);
  await owners.add("alice", hers);
  await owners.add("bob", ids.filter((id) => !hers.includes(id)));
  const list = async (query: string) => {
    const there = provider(ids, 7);
    const found = read(await own(owners, { family: "batches", query }).answered(there.ask));
    return {
      ...found,
      asked: there.queries.length,
      data: (found["data"] as JsonObject[]).map(({ id }) => id),
    };
  };
  const ends = { object: "list", first_id: hers[0], last_id: hers[5] };
  assertEquals(await list(""), { ...ends, data: hers, has_more: false, asked: 9 });
  assertEquals(await list("?limit=2"), {
    ...ends,
    data: hers.slice(0, 2),
    last_id: hers[1],
    has_more: true,
    asked: 3,
  });
  assertEquals(await list(`?limit=2&after=${hers[1]}`), {
    ...ends,
    data: hers.slice(2, 4),
    first_id: hers[2],
    last_id: hers[3],
    has_more: true,
    asked: 3,
  });
  const nothing = read(
    await own(owners, { family: "batches", owner: "carol" }).answered(provider(ids, 7).ask),
  );
  assertEquals(nothing, { object: "list", data: [], first_id: null, last_id: null, has_more: false });
});

Deno.test("a list is looked through for ten pages, and what cannot be looked into is nobody's", async () => {
  const owners = new MemoryOwnedIdStore(10);
  const there = provider(Array.from({ length: 500 }, (_, i) => `batch_${i}`), 1);
  await own(owners, { family: "batches" }).answered(there.ask);
  assertEquals(there.queries.length, 10);
  assertEquals(there.queries[1], "?after=batch_0&limit=100");
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({ cancel: () => void (cancelled = true) });
  const error = await assertRejects(
    () => own(owners).answered(() => Promise.resolve({ status: 200, headers: null, body: stream })),
    GatewayError,
  );
  assertEquals([error.code, cancelled], ["upstream_invalid_response", true]);
});

Deno.test("where the store does not answer nothing is asked, and nothing made", async () => {
  const owners = new MemoryOwnedIdStore(10);
  const down = Object.assign(owners, {
    failure: () => "planted",
    of: () => Promise.reject(new Error("planted: redis://user:secret@host")),
  });
  for (const asked of [{ method: "POST" }, { id: "file-1" }]) {
    const error = await assertRejects(() => own(down, asked).before(), GatewayError);
    assertEquals([error.code, error.status, error.retryAfter], ["owned_id_store_unavailable", 503, 1]);
    assertEquals(error.message.includes("planted"), false);
  }
});
