import { assertEquals } from "@std/assert";
import type { Clock } from "../../../lib/clock.ts";
import { EventLoopLag } from "../../../lib/telemetry/metrics/event_loop_lag.ts";

/** A clock whose ticks come when a test says. */
class LateClock implements Clock {
  #now = 0;
  #tick = () => {};
  stopped = false;
  now = () => this.#now;
  wall = () => this.#now;

  every(_ms: number, callback: () => void): () => void {
    this.#tick = callback;
    return () => this.stopped = true;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  tickAfter(ms: number): void {
    this.pass(ms);
    this.#tick();
  }
}

Deno.test("EventLoopLag tells how long an operation waits that is ready, though ticks are in time", async () => {
  const clock = new LateClock();
  const waiting: (() => void)[] = [];
  const lag = new EventLoopLag(clock, () => new Promise<void>((resolve) => waiting.push(resolve)));
  const heard: number[] = [];
  lag.onSample = (late) => heard.push(late);
  for (let i = 0; i < 4; i++) clock.tickAfter(100);
  // One at a time, however long it takes.
  assertEquals(waiting.length, 1);
  clock.pass(30);
  waiting[0]?.();
  await Promise.resolve();
  clock.tickAfter(70);
  assertEquals(heard, [0, 100, 200, 300, 330]);
  clock.pass(2);
  waiting[1]?.();
  await Promise.resolve();
  clock.tickAfter(98);
  assertEquals(heard.at(-1), 2);
});

Deno.test("EventLoopLag tells how late each tick is, and shows the longest of fifteen seconds", async () => {
  const clock = new LateClock();
  const lag = new EventLoopLag(clock, () => Promise.resolve());
  const tickAfter = async (ms: number) => {
    clock.tickAfter(ms);
    await Promise.resolve();
  };
  await tickAfter(400);
  const heard: number[] = [];
  lag.onSample = (late) => heard.push(late);
  for (const ms of [100, 350, 90]) await tickAfter(ms);
  assertEquals(heard, [0, 250, 0]);
  assertEquals(lag.seconds, 0.3);
  for (let i = 0; i < 147; i++) await tickAfter(100);
  assertEquals(lag.seconds, 0.25);
  lag.close();
  assertEquals(clock.stopped, true);
});
