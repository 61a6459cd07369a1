import { assert, assertEquals } from "@std/assert";
import { Arrivals } from "../../../lib/tools/loadtest/arrivals.ts";
import { ClosedLoop, type ClosedLoopOptions } from "../../../lib/tools/loadtest/closed_loop.ts";
import { OpenLoop } from "../../../lib/tools/loadtest/open_loop.ts";
import type { Stage } from "../../../lib/tools/loadtest/scenario.ts";
import { FakeServer } from "./fake_sender.ts";
import { ManualTimers } from "./manual_timers.ts";

function constant(seconds: number): Stage[] {
  return [{ seconds: 0, level: 1 }, { seconds, level: 1 }];
}

function openLoop(server: FakeServer, rate: number, connections: number, seconds = 10) {
  const unsent: number[] = [];
  const loop = new OpenLoop({
    arrivals: new Arrivals(constant(seconds), rate),
    connections,
    sender: () => server.sender(),
    now: server.timers.now,
    after: server.timers.after,
    onUnsent: (count) => unsent.push(count),
  });
  return { loop, unsent };
}

function closedLoop(server: FakeServer, more: Partial<ClosedLoopOptions> = {}) {
  return new ClosedLoop({
    stages: constant(10),
    users: 5,
    spawnRate: Infinity,
    wait: [0, 0],
    sender: () => server.sender(),
    random: () => () => 0.5,
    now: server.timers.now,
    after: server.timers.after,
    ...more,
  });
}

Deno.test("OpenLoop sends at its rate however slow the answers are", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 2000);
  const { loop } = openLoop(server, 100, 1000);
  loop.tick();
  await timers.advance(1000);
  assertEquals(server.sent.length, 100);
  assertEquals(loop.inFlight, 100);
});

Deno.test("OpenLoop counts the wait for a stalled server: no coordinated omission", async () => {
  const timers = new ManualTimers();
  // It answers within 1 ms, but between the 2nd and the 3rd second not at all.
  const server = new FakeServer(timers, (now) => now >= 2000 && now < 3000 ? 3000 - now : 1);
  const { loop } = openLoop(server, 100, 1);
  loop.tick();
  await timers.advance(10_000);
  assertEquals(server.latencies.length, 1000);
  const slow = server.latencies.filter((ms) => ms > 10).length;
  // Of a connection that waits for its answer only one would have been seen to be slow.
  assert(slow >= 100, `${slow} slow`);
  const median =
    server.latencies.toSorted((a, b) => a - b)[Math.floor(slow / 2) + server.latencies.length - slow] ?? 0;
  assert(median > 400 && median < 600, `the stall's median is ${median} ms`);
});

Deno.test("OpenLoop says how many were due and not sent, and waits for what is under way", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 700);
  const { loop, unsent } = openLoop(server, 10, 2);
  loop.tick();
  await timers.advance(1000);
  loop.stop();
  let settled = false;
  loop.settled().then(() => settled = true);
  const sent = server.sent.length;
  assertEquals(sent + (unsent[0] ?? NaN), 10);
  await timers.advance(100);
  assertEquals(settled, false);
  await timers.advance(1000);
  assertEquals([settled, server.sent.length], [true, sent]);
});

Deno.test("ClosedLoop has as many users as its stages say, each with one request at a time", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 100);
  const loop = closedLoop(server, {
    stages: [{ seconds: 10, level: 1 }, { seconds: 10, level: 0 }],
    users: 10,
  });
  for (const [second, users] of [[0, 0], [5, 5], [10, 10], [15, 5], [20, 0]] as const) {
    await timers.advance(second * 1000 - timers.now());
    loop.tick(second);
    await timers.advance(200);
    assertEquals([loop.users, server.open], [users, users], `after ${second} s`);
  }
});

Deno.test("ClosedLoop adds users no faster than the spawn rate, the first at once", () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 100);
  const loop = closedLoop(server, { users: 20, spawnRate: 4 });
  const users = [0, 0.5, 1, 2].map((second) => {
    loop.tick(second);
    return loop.users;
  });
  assertEquals(users, [1, 3, 5, 9]);
});

Deno.test("ClosedLoop's users pause between an answer and their next request", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 100);
  const loop = closedLoop(server, { users: 1, wait: [200, 600] });
  loop.tick(0);
  await timers.advance(1999);
  assertEquals(server.sent, [0, 500, 1000, 1500]);
});

Deno.test("ClosedLoop's users do not hammer a server to which they cannot connect", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 1);
  const loop = closedLoop(server, { users: 1, sender: () => server.sender(false) });
  loop.tick(0);
  await timers.advance(1000);
  assert(server.sent.length <= 11, `${server.sent.length} tries in a second`);
});

Deno.test("ClosedLoop ends when its last answer came, or was given up", async () => {
  const timers = new ManualTimers();
  const server = new FakeServer(timers, () => 300);
  const loop = closedLoop(server, { users: 3, wait: [5000, 5000] });
  loop.tick(0);
  await timers.advance(100);
  loop.stop();
  let settled = false;
  loop.settled().then(() => settled = true);
  await timers.advance(50);
  assertEquals([settled, loop.inFlight], [false, 3]);
  loop.abandon();
  await timers.advance(1);
  assertEquals([settled, server.abandoned], [true, 3]);
});
