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

  tickAfter(ms: number): void {
    this.#now += ms;
    this.#tick();
  }
}

Deno.test("EventLoopLag tells how late each tick is, and shows the longest of fifteen seconds", () => {
  const clock = new LateClock();
  const lag = new EventLoopLag(clock);
  clock.tickAfter(400);
  const heard: number[] = [];
  lag.onSample = (late) => heard.push(late);
  for (const ms of [100, 350, 90]) clock.tickAfter(ms);
  assertEquals(heard, [0, 250, 0]);
  assertEquals(lag.seconds, 0.3);
  for (let i = 0; i < 147; i++) clock.tickAfter(100);
  assertEquals(lag.seconds, 0.25);
  lag.close();
  assertEquals(clock.stopped, true);
});
