import { assert, assertEquals, assertRejects } from "@std/assert";
import { Refusal } from "../../lib/stores/refusal.ts";
import type { RunStore, StoredEvent } from "../../lib/stores/run_store.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { ManualClock } from "../manual_clock.ts";
import { type StoreLimits, turn } from "./conversation_store_contract.ts";
import { conversation, item } from "./item_store_contract.ts";

const LEASE = { process: "one", until: 1_000 };

export function queued(id: string, owner = "alice") {
  return turn(id, { owner, response: { id, status: "queued", output: [] } });
}

export function event(sequence: number, text = `data: ${sequence}\n\n`): StoredEvent {
  return { sequence, text };
}

function done(id: string, status = "completed"): JsonObject {
  return { id, status, output: ["text"] };
}

/** Registers the tests that every store of runs has to pass. */
export function testRunStore(
  backend: string,
  create: (limits: StoreLimits) => Promise<Stores> | Stores,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  function test(
    name: string,
    run: (runs: RunStore, stores: Stores, clock: ManualClock) => Promise<void>,
    limits: Partial<StoreLimits> = {},
  ): void {
    Deno.test({ name: `${backend} run store: ${name}`, ignore }, async () => {
      const clock = new ManualClock();
      const stores = await create({ maxEntries: 1_000, ttl: 3_600_000, clock, ...limits });
      try {
        await run(stores.runs, stores, clock);
      } finally {
        await stores.turns.close();
      }
    });
  }

  test("a run is a turn from its beginning to its end", async (runs, { turns }) => {
    const given = queued("resp_1");
    await runs.begin(given, LEASE, []);
    assertEquals(await turns.get("alice", "resp_1"), given);
    assertEquals(turns.activeCount(), 1);
    assertEquals(await runs.update("alice", "resp_1", { id: "resp_1", status: "in_progress" }), true);
    assertEquals((await turns.get("alice", "resp_1"))?.response.status, "in_progress");
    assertEquals(await runs.finish("alice", "resp_1", done("resp_1"), []), true);
    assertEquals(await turns.get("alice", "resp_1"), { ...given, response: done("resp_1") });
    assertEquals((await turns.chain("alice", "resp_1"))?.length, 1);
    assertEquals(turns.activeCount(), 1);
  });

  test("a run ends once", async (runs, { turns }) => {
    await runs.begin(queued("resp_1"), LEASE, []);
    assertEquals(await runs.finish("alice", "resp_1", done("resp_1", "cancelled"), [event(0)]), true);
    assertEquals(await runs.finish("alice", "resp_1", done("resp_1"), [event(1)]), false);
    assertEquals(await runs.update("alice", "resp_1", done("resp_1")), false);
    assertEquals(await runs.append("alice", "resp_1", [event(2)]), false);
    assertEquals((await turns.get("alice", "resp_1"))?.response.status, "cancelled");
    assertEquals(await runs.events("alice", "resp_1", -1, 10), { events: [event(0)], finished: true });
  });

  test("events come back in order, a page at a time", async (runs) => {
    await runs.begin(queued("resp_1"), LEASE, [event(0), event(1)]);
    assertEquals(
      await runs.append("alice", "resp_1", [event(2), event(5, "data: téxt 😀 \u0000\n\n")]),
      true,
    );
    const all = [event(0), event(1), event(2), event(5, "data: téxt 😀 \u0000\n\n")];
    assertEquals(await runs.events("alice", "resp_1", -1, 10), { events: all, finished: false });
    assertEquals(await runs.events("alice", "resp_1", -1, 2), { events: all.slice(0, 2), finished: false });
    assertEquals(await runs.events("alice", "resp_1", 1, 10), { events: all.slice(2), finished: false });
    assertEquals(await runs.events("alice", "resp_1", 3, 10), { events: all.slice(3), finished: false });
    assertEquals(await runs.events("alice", "resp_1", 99, 10), { events: [], finished: false });
    await runs.finish("alice", "resp_1", done("resp_1"), [event(6)]);
    assertEquals(await runs.events("alice", "resp_1", 5, 10), { events: [event(6)], finished: true });
  });

  test("append() may be done again where nobody knows whether it was", async (runs) => {
    await runs.begin(queued("resp_1"), LEASE, [event(0)]);
    assertEquals(await runs.append("alice", "resp_1", [event(1), event(2)]), true);
    assertEquals(await runs.append("alice", "resp_1", [event(1), event(2), event(3)]), true);
    const events = [event(0), event(1), event(2), event(3)];
    assertEquals(await runs.events("alice", "resp_1", -1, 10), { events, finished: false });
  });

  test("a run that is not streamed has no events", async (runs) => {
    await runs.begin(queued("resp_1"), LEASE, []);
    assertEquals(await runs.events("alice", "resp_1", -1, 10), { events: [], finished: false });
  });

  test("what is no run is none", async (runs, { turns }) => {
    await turns.create(turn("resp_1"));
    for (const id of ["resp_1", "resp_2"]) {
      assertEquals(await runs.events("alice", id, -1, 10), null);
      assertEquals(await runs.update("alice", id, done(id)), false);
      assertEquals(await runs.append("alice", id, [event(0)]), false);
      assertEquals(await runs.finish("alice", id, done(id), []), false);
    }
    assertEquals(await turns.get("alice", "resp_1"), turn("resp_1"));
  });

  test("a run of another owner looks like none", async (runs, { turns }) => {
    await runs.begin(queued("resp_1"), LEASE, [event(0)]);
    assertEquals(await runs.events("bob", "resp_1", -1, 10), null);
    assertEquals(await runs.update("bob", "resp_1", done("resp_1")), false);
    assertEquals(await runs.append("bob", "resp_1", [event(1)]), false);
    assertEquals(await runs.finish("bob", "resp_1", done("resp_1"), []), false);
    await runs.begin(queued("resp_1", "bob"), LEASE, [event(7)]);
    await runs.finish("bob", "resp_1", done("resp_1"), []);
    assertEquals((await turns.get("alice", "resp_1"))?.response.status, "queued");
    assertEquals(await runs.events("alice", "resp_1", -1, 10), { events: [event(0)], finished: false });
  });

  test("a deleted run is gone with its events", async (runs, { turns }) => {
    await runs.begin(queued("resp_1"), LEASE, [event(0)]);
    assertEquals(await turns.delete("alice", "resp_1"), true);
    assertEquals(await runs.events("alice", "resp_1", -1, 10), null);
    assertEquals(await runs.finish("alice", "resp_1", done("resp_1"), []), false);
    assertEquals(await turns.get("alice", "resp_1"), null);
    assertEquals(await runs.abandoned(2_000, 10), []);
  });

  test("abandoned() gives the runs whose lease is over, of all owners, and no others", async (runs) => {
    await runs.begin(queued("late"), { process: "one", until: 1_000 }, []);
    await runs.begin(queued("late", "bob"), { process: "one", until: 1_000 }, []);
    await runs.begin(queued("alive"), { process: "two", until: 5_000 }, []);
    await runs.begin(queued("over"), { process: "one", until: 1_000 }, []);
    await runs.finish("alice", "over", done("over"), []);
    assertEquals(await runs.abandoned(999, 10), []);
    const found = await runs.abandoned(1_001, 10);
    assertEquals(found.map(({ owner, id }) => `${owner} ${id}`).sort(), ["alice late", "bob late"]);
    assertEquals(found.find(({ owner }) => owner === "alice"), queued("late"));
    assertEquals((await runs.abandoned(1_001, 1)).length, 1);
    assertEquals((await runs.abandoned(5_001, 10)).length, 3);
  });

  test("renew() prolongs the leases of one process", async (runs) => {
    await runs.begin(queued("a"), { process: "one", until: 1_000 }, []);
    await runs.begin(queued("b"), { process: "one", until: 1_000 }, []);
    await runs.begin(queued("c"), { process: "two", until: 1_000 }, []);
    await runs.renew({ process: "one", until: 3_000 });
    assertEquals((await runs.abandoned(2_000, 10)).map(({ id }) => id), ["c"]);
    assertEquals((await runs.abandoned(3_001, 10)).length, 3);
  });

  test("a run is gone after its time, its events too", async (runs, { turns }, clock) => {
    await runs.begin(queued("resp_1"), LEASE, [event(0)]);
    await runs.finish("alice", "resp_1", done("resp_1"), []);
    clock.advance(1_001);
    assertEquals(await turns.get("alice", "resp_1"), null);
    assertEquals(await runs.events("alice", "resp_1", -1, 10), null);
  }, { ttl: 1_000 });

  test("what was given and what is got may be changed without harm", async (runs, { turns }) => {
    const events = [event(0)];
    const response: JsonObject = { id: "resp_1", status: "in_progress" };
    await runs.begin(queued("resp_1"), LEASE, events);
    await runs.update("alice", "resp_1", response);
    events.push(event(1));
    response["changed"] = true;
    assertEquals((await runs.events("alice", "resp_1", -1, 10))?.events.length, 1);
    assertEquals((await turns.get("alice", "resp_1"))?.response, { id: "resp_1", status: "in_progress" });
  });

  test(
    "what is larger than all may be is refused, what was there stays, and the store is well",
    async (runs, { turns, items }) => {
      const large = "x".repeat(10_000);
      await turns.create(turn("small"));
      await items.create(conversation("talk"), [item("a")]);
      await runs.begin(queued("run"), LEASE, []);
      await assertRejects(() => turns.create(turn("big", { input: [large] })), Refusal, '"big"');
      await assertRejects(() => items.append("alice", "talk", [item("b", large)]), Refusal, '"talk"');
      await assertRejects(() => runs.append("alice", "run", [event(0, large)]), Refusal, '"run"');
      assert(await turns.get("alice", "small") !== null);
      assertEquals(await turns.get("alice", "big"), null);
      assertEquals(await items.all("alice", "talk"), [item("a")]);
      assertEquals((await runs.events("alice", "run", -1, 9))?.events, []);
      assertEquals(await runs.append("alice", "run", [event(0)]), true);
    },
    { maxBytes: 10_000 },
  );
}
