import { assert, assertEquals } from "@std/assert";
import type { Clock } from "../../lib/clock.ts";
import { ReadPace } from "../../lib/providers/read_pace.ts";
import { ManualClock } from "../manual_clock.ts";

const GAP = 100;

function paced(): { readonly clock: ManualClock; readonly pace: ReadPace } {
  const clock = new ManualClock();
  const pace = new ReadPace(clock);
  pace.gap = GAP;
  return { clock, pace };
}

Deno.test("a read waits for the gap, and for no longer where it is alone", () => {
  const { clock, pace } = paced();
  let read = 0;
  pace.later(() => read++);
  clock.advance(GAP - 1);
  assertEquals(read, 0);
  clock.advance(3);
  assertEquals(read, 1);
  clock.advance(10 * GAP);
  assertEquals(read, 1);
});

Deno.test("reads that become due together are spread, and stay so", () => {
  const { clock, pace } = paced();
  let read = 0;
  const again = () => {
    read++;
    pace.later(again);
  };
  for (let i = 0; i < 1000; i++) pace.later(again);
  const turns: number[] = [];
  for (let at = 0; at < 20 * GAP; at += 2) {
    read = 0;
    clock.advance(2);
    turns.push(read);
  }
  // An even share of a turn of two milliseconds is 20.
  assert(Math.max(...turns) <= 25, `${Math.max(...turns)} in a turn`);
  const later = turns.slice(turns.length / 2);
  const each = later.reduce((sum, it) => sum + it, 0) / 1000;
  assert(each >= 8 && each <= 10, `each was read ${each} times in ten gaps`);
});

Deno.test("a turn that comes late makes up for two at most", () => {
  const clock = new ManualClock();
  const pace = new ReadPace({ ...times(clock), every: (_ms, callback) => clock.every(500, callback) });
  pace.gap = GAP;
  let read = 0;
  for (let i = 0; i < 1000; i++) pace.later(() => read++);
  clock.advance(500);
  assertEquals(read, 50);
});

Deno.test("a read that is given up is not done, and takes nobody's turn", () => {
  const { clock, pace } = paced();
  const read: number[] = [];
  const all = Array.from({ length: 100 }, (_, i) => pace.later(() => read.push(i)));
  for (const it of all.slice(0, 99)) it.read = null;
  clock.advance(GAP + 2);
  assertEquals(read, [99]);
});

Deno.test("where the gap ends, who waits is read no later and not all at once", () => {
  const { clock, pace } = paced();
  let read = 0;
  for (let i = 0; i < 1000; i++) pace.later(() => read++);
  pace.gap = 0;
  clock.advance(GAP);
  assert(read <= 25, `${read} at once`);
  // The share is one of what is left, so that the last few take longer.
  clock.advance(3 * GAP);
  assertEquals(read, 1000);
});

Deno.test("nothing turns where nothing waits", () => {
  const clock = new ManualClock();
  let turning = 0;
  const pace = new ReadPace({
    ...times(clock),
    every: (ms, callback) => {
      turning++;
      const stop = clock.every(ms, callback);
      return () => {
        turning--;
        stop();
      };
    },
  });
  pace.gap = GAP;
  assertEquals(turning, 0);
  pace.later(() => {});
  pace.later(() => {});
  assertEquals(turning, 1);
  clock.advance(2 * GAP);
  assertEquals(turning, 0);
});

function times(clock: ManualClock): Pick<Clock, "now" | "wall"> {
  return { now: () => clock.now(), wall: () => clock.wall() };
}
