import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { RemoteParent } from "../../../lib/telemetry/propagation/propagator.ts";
import { ConsistentSampler, consistentWeight } from "../../../lib/telemetry/sampling/consistent_sampler.ts";

const HEAD = "0123456789abcdef01";

function parent(sampled: boolean | null, traceState = ""): RemoteParent {
  return { traceId: `${HEAD}${"8".repeat(14)}`, spanId: "1".repeat(16), sampled, random: true, traceState };
}

// Of the specification: thresholds of some rates.
const THRESHOLDS: readonly (readonly [rate: number, field: string])[] = [
  [1, "ot=th:0"],
  [0.5, "ot=th:8"],
  [0.25, "ot=th:c"],
  [0.125, "ot=th:e"],
  [0.01, "ot=th:fd70a"],
];

for (const [rate, state] of THRESHOLDS) {
  Deno.test(`ConsistentSampler at rate ${rate} writes ${state}`, () => {
    const sampler = new ConsistentSampler(rate);
    assertEquals(sampler.traceState(null, true), state);
    assertAlmostEquals(consistentWeight(state), 1 / rate, 0.001 / rate);
  });
}

Deno.test("ConsistentSampler keeps traces whose last 56 bits are not below the threshold", () => {
  const half = new ConsistentSampler(0.5);
  assertEquals(half.shouldSample(null, `${HEAD}80000000000000`), true);
  assertEquals(half.shouldSample(null, `${HEAD}7fffffffffffff`), false);
  assertEquals(new ConsistentSampler(1).shouldSample(null, `${HEAD}00000000000000`), true);
  assertEquals(new ConsistentSampler(0).shouldSample(null, `${HEAD}ffffffffffffff`), false);
});

Deno.test("ConsistentSampler goes by an explicit random value", () => {
  const half = new ConsistentSampler(0.5);
  const id = `${HEAD}00000000000000`;
  assertEquals(half.shouldSample(parent(null, "ot=rv:80000000000000"), id), true);
  assertEquals(half.shouldSample(parent(null, "ot=rv:8"), id), false, "too short to count");
});

Deno.test("ConsistentSampler takes a caller's decision over and leaves its threshold alone", () => {
  const half = new ConsistentSampler(0.5);
  for (const sampled of [true, false]) {
    const caller = parent(sampled, "ot=th:c,vendor=1");
    assertEquals(half.shouldSample(caller, caller.traceId), sampled);
    assertEquals(half.traceState(caller, sampled), "ot=th:c,vendor=1");
  }
});

Deno.test("ConsistentSampler keeps other members, and other fields of its own", () => {
  const half = new ConsistentSampler(0.5);
  assertEquals(
    half.traceState(parent(null, "vendor=1,ot=rv:80000000000000;x:y"), true),
    "ot=th:8;rv:80000000000000;x:y,vendor=1",
  );
  assertEquals(half.traceState(parent(null, "vendor=1,ot=th:4"), false), "vendor=1");
  const many = Array.from({ length: 32 }, (_, i) => `k${i}=1`);
  assertEquals(
    half.traceState(parent(null, many.join(",")), true),
    ["ot=th:8", ...many.slice(0, 31)].join(","),
  );
});

Deno.test("consistentWeight() is unknown without a threshold or with one that is none", () => {
  for (const state of ["", "vendor=1", "ot=rv:1", "ot=th:xyz", "ot=th:123456789012345"]) {
    assertEquals(consistentWeight(state), NaN, state);
  }
});
