import { assertEquals } from "@std/assert";
import type { Backend } from "../../../lib/stages/backends/backend.ts";
import { SharedUsage } from "../../../lib/stages/backends/shared_usage.ts";
import { ManualClock } from "../../manual_clock.ts";

/** A backend that used so much, and what it is told. */
function backendOf(used: number) {
  const told: number[] = [];
  const backend = { takeUsage: () => used, shareUsage: (tokens: number) => told.push(tokens) };
  return { told, backend: backend as unknown as Backend };
}

Deno.test("SharedUsage adds what was used and tells each backend what all have, each second", async () => {
  const clock = new ManualClock();
  const [a, b] = [backendOf(7), backendOf(0)];
  const added: [string, number][][] = [];
  const store = {
    add: (used: ReadonlyMap<string, number>) => {
      added.push([...used]);
      return Promise.resolve(new Map([["a", 100]]));
    },
    close: () => {},
  };
  const shared = new SharedUsage(store, clock, () => new Map([["a", a.backend], ["b", b.backend]]));
  shared.start();
  clock.advance(1000);
  await new Promise((resolve) => setTimeout(resolve));
  assertEquals([added, a.told, b.told], [[[["a", 7]]], [100], [0]]);
  shared.stop();
  clock.advance(5000);
  assertEquals(added.length, 1);
});

Deno.test("SharedUsage asks one at a time, and a failure tells nobody anything", async () => {
  const clock = new ManualClock();
  const a = backendOf(7);
  const asked: PromiseWithResolvers<ReadonlyMap<string, number>>[] = [];
  const store = {
    add: () => {
      const answer = Promise.withResolvers<ReadonlyMap<string, number>>();
      asked.push(answer);
      return answer.promise;
    },
    close: () => {},
  };
  const shared = new SharedUsage(store, clock, () => new Map([["a", a.backend]]));
  shared.start();
  clock.advance(3000);
  assertEquals(asked.length, 1);
  asked[0]?.reject(new Error("away"));
  await new Promise((resolve) => setTimeout(resolve));
  clock.advance(1000);
  assertEquals([asked.length, a.told], [2, []]);
});
