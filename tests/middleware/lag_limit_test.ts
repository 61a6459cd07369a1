import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { LagLimit } from "../../lib/middleware/lag_limit.ts";

function limitOf(most: number): LagLimit {
  return Object.assign(new LagLimit(), { most });
}

/** A gateway that can work on `capacity` streams at once; each takes a second of that. */
class Busy {
  inFlight = 0;
  served = 0;

  constructor(private readonly capacity: number, private readonly limit: LagLimit) {}

  /** A tenth of a second. @param asked streams. */
  tick(asked: number): void {
    const done = Math.min(this.inFlight, this.capacity) / 10;
    this.served += done;
    this.inFlight -= done;
    this.inFlight += Math.max(0, Math.min(asked, this.limit.limit - this.inFlight));
    const over = this.inFlight / this.capacity - 1;
    this.limit.sample(over > 0 ? 100 * over : 1, Math.round(this.inFlight));
  }
}

Deno.test("LagLimit leaves alone what is late for less than half a second, and what is few", () => {
  const limit = limitOf(10);
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 5; i++) limit.sample(95, 1000);
    for (let i = 0; i < 6; i++) limit.sample(10, 1000);
  }
  // A pause of the machine, however long.
  limit.sample(5000, 1000);
  for (let i = 0; i < 6; i++) limit.sample(10, 1000);
  assertEquals(limit.limit, Infinity);
  for (let i = 0; i < 50; i++) limit.sample(500, 64);
  assertEquals(limit.limit, Infinity);
});

Deno.test("LagLimit leaves alone what reads wait for half a second while timers are in time", () => {
  const limit = limitOf(3);
  for (let i = 0; i < 20; i++) limit.sample(2, 6000, 101);
  // As measured at 6,000 streams, while V8 collected.
  for (const lag of [11, 14, 22, 72, 109, 210, 322, 325, 41]) limit.sample(lag, 6000, 112);
  for (let i = 0; i < 20; i++) limit.sample(5, 6000, 103);
  assertEquals(limit.limit, Infinity);
});

Deno.test("LagLimit leaves alone what all wait for a second while V8 collects, and begins after two", () => {
  const limit = limitOf(3);
  for (let i = 0; i < 40; i++) limit.sample(2, 6000, 101);
  const late = (seconds: number) => {
    for (let i = 0; i < seconds * 10; i++) limit.sample(1000, 6000, 105);
  };
  late(1.2);
  for (let i = 0; i < 40; i++) limit.sample(5, 6000, 101);
  assertEquals(limit.limit, Infinity);
  late(2.1);
  assert(limit.limit < 6000, `${limit.limit}`);
});

Deno.test("LagLimit begins within four seconds, though the loop turns twice a second", () => {
  const limit = limitOf(10);
  for (const inFlight of [400, 500, 600, 700, 800, 1500]) limit.sample(500, inFlight);
  assertEquals(limit.limit, Infinity);
  limit.sample(500, 2000);
  // What can be borne is not known yet.
  assertEquals(limit.limit, 1000);
});

Deno.test("LagLimit goes back at once to what was borne before", () => {
  const limit = limitOf(10);
  for (let i = 0; i < 20; i++) limit.sample(5, 300);
  // A single quiet moment among others shows nothing.
  for (const lag of [50, 5, 50]) limit.sample(lag, 900);
  for (let i = 0; i < 6; i++) limit.sample(500, 2000);
  assertAlmostEquals(limit.limit, 300, 10);
});

Deno.test("LagLimit does not wait where more than twice what was borne is ever later", () => {
  const limit = limitOf(4);
  for (let i = 0; i < 20; i++) limit.sample(1, 100);
  limit.sample(118, 1150);
  assertEquals(limit.limit, Infinity);
  limit.sample(250, 1600);
  assertAlmostEquals(limit.limit, 100, 5);
});

for (
  const [what, borne, samples] of [
    ["a pause, after which all come at once", 100, [[1000, 100], [90, 1000], [3, 500]]],
    ["no more than twice as many", 600, [[118, 1000], [250, 1190]]],
    ["who has never had many", 20, [[118, 500], [250, 900]]],
    ["what is not late enough", 100, [[40, 500], [59, 900], [40, 900]]],
  ] as const
) {
  Deno.test(`LagLimit waits as long as it does otherwise: ${what}`, () => {
    const limit = limitOf(4);
    for (let i = 0; i < 20; i++) limit.sample(1, borne);
    for (const [lag, inFlight] of samples) limit.sample(lag, inFlight);
    assertEquals(limit.limit, Infinity);
  });
}

Deno.test("LagLimit refuses nobody after pauses of the machine, when as many are borne as before", () => {
  const limit = limitOf(10);
  for (let i = 0; i < 20; i++) limit.sample(5, 8000);
  for (let i = 0; i < 7; i++) limit.sample(500, 8000);
  assert(limit.limit >= 7900, `${limit.limit}`);
  for (let i = 0; i < 3; i++) limit.sample(5, 8000);
  assert(limit.limit >= 8000, `${limit.limit}`);
});

Deno.test("LagLimit says that the loop is strained before there is a limit, and until there is none any more", () => {
  const limit = limitOf(10);
  for (let i = 0; i < 5; i++) limit.sample(40, 1000);
  for (let i = 0; i < 5; i++) limit.sample(5, 1000);
  assertEquals(limit.strained, false);
  for (let i = 0; i < 5; i++) limit.sample(40, 1000);
  // Above what is kept to, and far below what asks for a limit.
  for (let i = 0; i < 20; i++) limit.sample(40, 1000);
  assertEquals([limit.strained, limit.limit], [true, Infinity]);
  for (let i = 0; i < 20; i++) limit.sample(500, 1000);
  for (let i = 0; i < 4; i++) limit.sample(5, 100);
  assertEquals([limit.strained, limit.limit < 1000], [true, true]);
  for (let i = 0; i < 20; i++) limit.sample(5, 100);
  assertEquals([limit.strained, limit.limit], [false, Infinity]);
  assertEquals(limitOf(Infinity).strained, false);
});

for (const capacity of [200, 2000]) {
  for (const times of [1.2, 3, 10]) {
    Deno.test(`LagLimit serves nine tenths of ${capacity} where ${times} times as much is asked for`, () => {
      const limit = limitOf(4);
      const busy = new Busy(capacity, limit);
      for (let i = 0; i < 100; i++) busy.tick(times * capacity / 10);
      busy.served = 0;
      let most = 0;
      for (let i = 0; i < 600; i++) {
        busy.tick(times * capacity / 10);
        most = Math.max(most, busy.inFlight);
      }
      assert(busy.served >= 0.9 * 60 * capacity, `${busy.served} served`);
      assert(most <= 1.25 * capacity, `${most} at a time`);
      // Asked for less, it needs no limit any more.
      for (let i = 0; i < 30; i++) busy.tick(0.5 * capacity / 10);
      assertEquals(limit.limit, Infinity);
    });
  }
}

Deno.test("LagLimit awaits that a step is reached before it takes the next", () => {
  const limit = limitOf(10);
  for (let i = 0; i < 14; i++) limit.sample(205, 1000);
  assertEquals(limit.limit, 500);
  for (let i = 0; i < 50; i++) limit.sample(205, 900);
  assertEquals(limit.limit, 500);
  for (let i = 0; i < 5; i++) limit.sample(20, 500);
  assertEquals(limit.limit, 250);
});
