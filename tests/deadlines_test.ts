import { assertEquals } from "@std/assert";
import { Deadlines } from "../lib/deadlines.ts";
import { ManualClock } from "./manual_clock.ts";

Deno.test("Deadlines fires once, not before its time", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 10);
  let fired = 0;
  deadlines.after(100, () => fired++);
  clock.advance(90);
  assertEquals(fired, 0);
  clock.advance(20);
  assertEquals(fired, 1);
  clock.advance(1000);
  assertEquals(fired, 1);
  assertEquals(deadlines.size, 0);
});

Deno.test("Deadlines does not fire what was cancelled or moved away", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 10);
  const fired: string[] = [];
  const cancelled = deadlines.after(50, () => fired.push("cancelled"));
  const moved = deadlines.after(50, () => fired.push("moved"));
  deadlines.cancel(cancelled);
  clock.advance(40);
  deadlines.move(moved, 100);
  clock.advance(90);
  assertEquals(fired, []);
  clock.advance(20);
  assertEquals(fired, ["moved"]);
});

Deno.test("Deadlines takes a deadline that is set while another fires", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 10);
  const fired: number[] = [];
  deadlines.after(10, () => deadlines.after(10, () => fired.push(clock.now())));
  clock.advance(100);
  assertEquals(fired, [20]);
});

Deno.test("Deadlines that are due at once are spread, the oldest first, whoever moves or cancels others", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 100, 8);
  const fired: number[] = [];
  const set = Array.from({ length: 30 }, (_, index) => {
    return deadlines.after(95 - index, () => {
      fired.push(95 - index);
      // Of those that are due as well, one is cancelled and one moved away.
      if (fired.length === 1) deadlines.cancel(set[0] ?? null);
      if (fired.length === 1 && set[1] !== undefined) deadlines.move(set[1], 100);
    });
  });
  clock.advance(99);
  assertEquals(fired, []);
  clock.advance(1);
  assertEquals(fired.length, 8);
  clock.advance(2);
  assertEquals(fired.length, 16);
  clock.advance(4);
  assertEquals(fired, Array.from({ length: 28 }, (_, index) => 66 + index));
  clock.advance(100);
  assertEquals([fired.length, fired.at(-1), deadlines.size], [29, 94, 0]);
});

Deno.test("Deadlines by the thousand are not spread without end, and a turn stays short", () => {
  const clock = new ManualClock();
  const deadlines = Deadlines.spread(clock);
  let fired = 0;
  for (let i = 0; i < 5000; i++) deadlines.after(10, () => fired++);
  clock.advance(50);
  assertEquals(fired, 24);
  clock.advance(600);
  assertEquals(fired, 5000);
});

Deno.test("Deadlines are not spread unless that is asked for: what paces streams has thousands a second", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock, 10);
  let fired = 0;
  for (let i = 0; i < 5000; i++) deadlines.after(10, () => fired++);
  clock.advance(10);
  assertEquals(fired, 5000);
});
