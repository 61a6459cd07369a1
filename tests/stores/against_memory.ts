/** Whatever is asked of them, stores elsewhere answer as those in memory do. */
import fc from "fast-check";
import { assertEquals } from "@std/assert";
import { memoryStores } from "../../lib/stores/memory_stores.ts";
import type { Stores } from "../../lib/stores/stores.ts";
import { ManualClock } from "../manual_clock.ts";
import { turn } from "./conversation_store_contract.ts";
import { conversation, item } from "./item_store_contract.ts";
import { event, queued } from "./run_store_contract.ts";

const MINUTES = 60_000;
const LIMITS = { maxEntries: 1_000, maxBytes: 64 * 1024 * 1024, ttl: 60 * MINUTES };

type Ask = (stores: Stores, clock: ManualClock) => Promise<unknown>;
interface Step {
  readonly name: string;
  readonly ask: Ask;
}

const id = fc.constantFrom("a", "a", "a", "b");
const owner = fc.constantFrom("alice", "alice", "alice", "bob");
const process = fc.constantFrom("one", "two");
const number = fc.nat({ max: 9 });
const itemId = fc.constantFrom("i1", "i2", "i3", "i4");
const text = fc.string({ unit: "binary", maxLength: 20 });
const order = fc.constantFrom("asc" as const, "desc" as const);
const events = fc.uniqueArray(number, { maxLength: 4 }).map((all) => all.sort((a, b) => a - b));
const items = fc.array(fc.tuple(itemId, text), { maxLength: 4 });

/** Each has whose and which it is about, and three arguments of its own. */
function step<A, B, C>(
  name: string,
  [a, b, c]: [fc.Arbitrary<A>, fc.Arbitrary<B>, fc.Arbitrary<C>],
  ask: (
    stores: Stores,
    it: { owner: string; id: string; clock: ManualClock },
    a: A,
    b: B,
    c: C,
  ) => Promise<unknown>,
): fc.Arbitrary<Step> {
  return fc.tuple(owner, id, a, b, c).map(([owner, id, a, b, c]) => ({
    name: `${name}(${JSON.stringify([owner, id, a, b, c])})`,
    ask: (stores, clock) => ask(stores, { owner, id, clock }, a, b, c),
  }));
}

const none = fc.constant(null);
const one = <A>(a: fc.Arbitrary<A>) => [a, none, none] as [fc.Arbitrary<A>, typeof none, typeof none];

const steps = fc.array(
  fc.oneof(
    step(
      "create",
      [fc.option(id), text, none],
      ({ turns }, { owner, id }, previousId, text) =>
        turns.create(turn(id, { owner, previousId, input: [text] })),
    ),
    step("get", one(none), ({ turns }, { owner, id }) => turns.get(owner, id)),
    step("chain", one(none), ({ turns }, { owner, id }) => turns.chain(owner, id)),
    step("delete", one(none), ({ turns }, { owner, id }) => turns.delete(owner, id)),
    step(
      "begin",
      [process, number, events],
      ({ runs }, { owner, id, clock }, process, until, events) =>
        runs.begin(
          queued(id, owner),
          { process, until: clock.wall() + until * MINUTES },
          events.map((n) => event(n)),
        ),
    ),
    step("update", one(text), ({ runs }, { owner, id }, text) => runs.update(owner, id, { id, text })),
    step("append", [number, text, none], ({ runs }, { owner, id }, from, text) =>
      // Beyond those that `begin` may bring, or rising only from there.
      runs.append(owner, id, [event(10 + from, text), event(30 + from)])),
    step(
      "finish",
      one(text),
      ({ runs }, { owner, id }, text) => runs.finish(owner, id, { id, text }, [event(99)]),
    ),
    step("events", [fc.integer({ min: -1, max: 50 }), fc.integer({ min: 1, max: 5 }), none], (
      { runs },
      { owner, id },
      after,
      limit,
    ) => runs.events(owner, id, after, limit)),
    step(
      "renew",
      [process, number, none],
      ({ runs }, { clock }, process, until) => runs.renew({ process, until: clock.wall() + until * MINUTES }),
    ),
    step("abandoned", one(none), async ({ runs }, { clock }) => {
      const found = await runs.abandoned(clock.wall(), 100);
      return found.map(({ owner, id }) => `${owner} ${id}`).sort();
    }),
    step(
      "items.create",
      [items, text, none],
      ({ items: store }, { owner, id }, items, text) =>
        store.create(
          conversation(id, { owner, metadata: { text } }),
          items.map(([id, text]) => item(id, text)),
        ),
    ),
    step("items.get", one(none), ({ items }, { owner, id }) => items.get(owner, id)),
    step(
      "items.update",
      one(text),
      ({ items }, { owner, id }, text) => items.update(owner, id, { changed: text }),
    ),
    step("items.delete", one(none), ({ items }, { owner, id }) => items.delete(owner, id)),
    step(
      "items.append",
      one(items),
      ({ items: store }, { owner, id }, items) =>
        store.append(owner, id, items.map(([id, text]) => item(id, text))),
    ),
    step("items.all", one(none), ({ items }, { owner, id }) => items.all(owner, id)),
    step("items.list", [fc.option(itemId), fc.integer({ min: 1, max: 5 }), order], (
      { items },
      { owner, id },
      after,
      limit,
      order,
    ) => items.list(owner, id, { after, limit, order })),
    step("items.item", one(itemId), ({ items }, { owner, id }, itemId) => items.item(owner, id, itemId)),
    step(
      "items.deleteItem",
      one(itemId),
      ({ items }, { owner, id }, itemId) => items.deleteItem(owner, id, itemId),
    ),
  ),
  { maxLength: 100, size: "max" },
);

/** Registers the test that stores elsewhere answer as those in memory do. */
export function testAgainstMemory(
  where: string,
  open: (limits: typeof LIMITS & { readonly clock: ManualClock }) => Promise<Stores>,
  { numRuns = 60, ignore = false }: { readonly numRuns?: number; readonly ignore?: boolean } = {},
): void {
  Deno.test({ name: `the stores ${where} answer as those in memory do`, ignore }, async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat({ max: 10 })), async (steps, waits) => {
        const clock = new ManualClock();
        const memory = memoryStores({ ...LIMITS, clock });
        const stores = await open({ ...LIMITS, clock });
        try {
          for (const { name, ask } of steps) {
            clock.advance((waits.next().value ?? 0) * MINUTES);
            assertEquals(await ask(stores, clock), await ask(memory, clock), name);
          }
        } finally {
          await Promise.all([stores.turns.close(), memory.turns.close()]);
        }
      }),
      { numRuns, endOnFailure: true },
    );
  });
}
