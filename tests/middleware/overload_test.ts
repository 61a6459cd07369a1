import { assertEquals } from "@std/assert";
import { Overload, type OverloadCause, type OverloadLimits } from "../../lib/middleware/overload.ts";

const NONE: OverloadLimits = { memory: null, lag: 0 };

function setUp(limits: Partial<OverloadLimits>) {
  const state = { memory: 0, looks: 0, collections: 0 };
  const changes: string[] = [];
  const overload = new Overload({
    memory() {
      state.looks++;
      return state.memory;
    },
    collect: () => state.collections++,
    onChange: ({ cause, began, value, limit }) =>
      changes.push(`${cause} ${began ? "began" : "ended"} at ${value} of ${limit}`),
  });
  overload.setLimits({ ...NONE, ...limits });
  /** A second of samples without lag. */
  const second = () => {
    for (let i = 0; i < 10; i++) overload.sample(0);
  };
  return { overload, state, changes, second };
}

const LAG: readonly (readonly [name: string, samples: readonly number[], cause: OverloadCause | null])[] = [
  ["a single pause is over when it is seen", [900, 0, 900, 0], null],
  ["late twice in a row", [150, 150], "event_loop_lag"],
  ["as late as allowed", [100, 100, 100], null],
  ["less late, and not yet calm", [150, 150, ...Array(20).fill(60)], "event_loop_lag"],
  ["calm for less than a second", [150, 150, ...Array(9).fill(0)], "event_loop_lag"],
  ["calm, but not for a second on end", [150, 150, ...Array(9).fill(0), 60, 0], "event_loop_lag"],
  ["calm for a second", [150, 150, ...Array(10).fill(49)], null],
];

for (const [name, samples, cause] of LAG) {
  Deno.test(`Overload with a late event loop: ${name}`, () => {
    const { overload } = setUp({ lag: 100 });
    for (const lag of samples) overload.sample(lag);
    assertEquals(overload.cause, cause);
  });
}

Deno.test("Overload counts memory above its limit at once, and is well again below nine tenths of it", () => {
  const { overload, state, changes, second } = setUp({ memory: 1000 });
  const seen = [1000, 1001, 900, 899].map((memory) => {
    state.memory = memory;
    second();
    return overload.cause;
  });
  assertEquals(seen, [null, "memory", "memory", null]);
  assertEquals(changes, ["memory began at 1001 of 1000", "memory ended at 899 of 1000"]);
  assertEquals(state.looks, 4, "once a second");
});

Deno.test("Overload collects garbage when memory is too much, and every three seconds while it is", () => {
  const { state, second } = setUp({ memory: 1000 });
  const collections = [500, 1001, 1001, 1001, 1001, 1001, 1001, 500, 1001].map((memory) => {
    state.memory = memory;
    second();
    return state.collections;
  });
  assertEquals(collections, [0, 1, 1, 1, 2, 2, 2, 2, 3]);
});

Deno.test("Overload looks at once at a limit that was changed, and ends with one that was taken away", () => {
  const { overload, state, changes, second } = setUp({ memory: 1000 });
  state.memory = 2000;
  overload.sample(0);
  assertEquals(overload.cause, "memory");
  overload.setLimits({ ...NONE, memory: 4000 });
  overload.sample(0);
  assertEquals(overload.cause, null);
  overload.setLimits({ memory: 1000, lag: 100 });
  overload.sample(150);
  overload.sample(150);
  overload.setLimits(NONE);
  second();
  assertEquals(overload.cause, null);
  second();
  assertEquals(changes.slice(2), [
    "memory began at 2000 of 1000",
    "event_loop_lag began at 150 of 100",
    "memory ended at 2000 of Infinity",
    "event_loop_lag ended at 0 of Infinity",
  ]);
});

Deno.test("Overload names what is left of two causes", () => {
  const { overload, state, second } = setUp({ memory: 1000, lag: 100 });
  state.memory = 2000;
  overload.sample(150);
  overload.sample(150);
  assertEquals(overload.cause, "memory");
  state.memory = 0;
  for (let i = 0; i < 10; i++) overload.sample(80);
  assertEquals(overload.cause, "event_loop_lag");
  second();
  assertEquals(overload.cause, null);
});

Deno.test("Overload without limits reads no memory and refuses nothing", () => {
  const { overload, state } = setUp({});
  for (let i = 0; i < 30; i++) overload.sample(60_000);
  assertEquals([overload.cause, state.looks], [null, 0]);
});
