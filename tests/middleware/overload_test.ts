import { assertEquals } from "@std/assert";
import { Overload, type OverloadLimits } from "../../lib/middleware/overload.ts";

/** As many requests under way as make a late event loop their fault. */
const MANY = 1000;
const NONE: OverloadLimits = { memory: null, lag: 0, grownAfter: 0 };

function setUp(limits: Partial<OverloadLimits>) {
  const state = { inFlight: MANY, memory: 0, looks: 0, collections: 0, grown: [] as number[] };
  const changes: string[] = [];
  const overload = new Overload({
    inFlight: () => state.inFlight,
    memory() {
      state.looks++;
      return state.memory;
    },
    collect: () => state.collections++,
    onGrown: (bytes) => state.grown.push(bytes),
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

Deno.test("Overload limits requests at a time when the event loop stands late, and says so once", () => {
  const { overload, state, changes, second } = setUp({ lag: 100 });
  for (let i = 0; i < 20; i++) overload.sample(2100);
  assertEquals([overload.memory, overload.requests], [false, MANY / 2]);
  state.inFlight = MANY / 2;
  for (let i = 0; i < 5; i++) overload.sample(200);
  assertEquals(overload.requests, MANY / 4);
  state.inFlight = 0;
  second();
  assertEquals(overload.requests, Infinity);
  assertEquals(changes, ["event_loop_lag began at 2100 of 100", "event_loop_lag ended at 0 of 100"]);
});

Deno.test("Overload counts memory above its limit at once, and is well again below nine tenths of it", () => {
  const { overload, state, changes, second } = setUp({ memory: 1000 });
  const seen = [1000, 1001, 900, 899].map((memory) => {
    state.memory = memory;
    second();
    return overload.memory;
  });
  assertEquals(seen, [false, true, true, false]);
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

Deno.test("Overload says that memory has grown when it is too much for long without a break", () => {
  const { state, second } = setUp({ memory: 1000, grownAfter: 3000 });
  for (const memory of [1001, 1001, 500, 1001, 1001, 1002, 1001, 1001, 1003, 500]) {
    state.memory = memory;
    second();
  }
  assertEquals(state.grown, [1002, 1003]);
});

Deno.test("Overload looks at once at a limit that was changed, and ends with one that was taken away", () => {
  const { overload, state, changes, second } = setUp({ memory: 1000 });
  state.memory = 2000;
  overload.sample(0);
  assertEquals(overload.memory, true);
  overload.setLimits({ ...NONE, memory: 4000 });
  overload.sample(0);
  assertEquals(overload.memory, false);
  overload.setLimits({ ...NONE, memory: 1000, lag: 100 });
  for (let i = 0; i < 10; i++) overload.sample(2100);
  assertEquals([overload.memory, overload.requests < MANY], [true, true]);
  overload.setLimits(NONE);
  second();
  assertEquals([overload.memory, overload.requests], [false, Infinity]);
  assertEquals(changes.slice(2), [
    "memory began at 2000 of 1000",
    "event_loop_lag began at 2100 of 100",
    "event_loop_lag ended at 0 of Infinity",
    "memory ended at 2000 of Infinity",
  ]);
});

Deno.test("Overload without limits reads no memory and refuses nothing", () => {
  const { overload, state } = setUp({});
  for (let i = 0; i < 30; i++) overload.sample(60_000);
  assertEquals([overload.memory, overload.requests, state.looks], [false, Infinity, 0]);
});
