import { assert, assertEquals } from "@std/assert";
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
    for (let i = 0; i < 5; i++) limit.sample(500, 1000);
    for (let i = 0; i < 6; i++) limit.sample(10, 1000);
  }
  assertEquals(limit.limit, Infinity);
  limit.sample(0, 1000);
  for (let i = 0; i < 50; i++) limit.sample(500, 64);
  assertEquals(limit.limit, Infinity);
  for (let i = 0; i < 10; i++) limit.sample(500, 1000);
  assertEquals(limit.limit, 500);
});

for (const capacity of [200, 2000]) {
  for (const times of [1.2, 3, 10]) {
    Deno.test(`LagLimit serves nine tenths of ${capacity} where ${times} times as much is asked for`, () => {
      const limit = limitOf(10);
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
  for (let i = 0; i < 10; i++) limit.sample(500, 1000);
  assertEquals(limit.limit, 500);
  for (let i = 0; i < 50; i++) limit.sample(500, 900);
  assertEquals(limit.limit, 500);
  for (let i = 0; i < 5; i++) limit.sample(20, 500);
  assertEquals(limit.limit, 250);
});
