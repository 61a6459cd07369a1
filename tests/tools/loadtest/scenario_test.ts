import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Choice, describePlan, LIMITS, PlanError, planOf } from "../../../lib/tools/loadtest/plan.ts";
import { levelAt, peakOf, secondsOf, type Stage, stretched } from "../../../lib/tools/loadtest/scenario.ts";
import { SCENARIOS } from "../../../lib/tools/loadtest/scenarios.ts";

const STAGES: readonly Stage[] = [
  { seconds: 0, level: 0.2 },
  { seconds: 10, level: 0.2 },
  { seconds: 10, level: 1 },
  { seconds: 0, level: 0.5 },
  { seconds: 10, level: 0.5 },
];

const NOTHING: Choice = {
  scenario: null,
  users: null,
  spawnRate: null,
  seconds: null,
  rps: null,
  wait: null,
  thresholds: null,
};

Deno.test("levelAt() follows ramps and jumps, and stays at the last level", () => {
  const levels = [0, 9.9, 15, 20, 25, 40].map((at) => levelAt(STAGES, at));
  assertEquals(levels.map((level) => Math.round(level * 1000)), [200, 200, 600, 500, 500, 500]);
});

Deno.test("stretched() keeps the shape", () => {
  const half = stretched(STAGES, 15);
  assertEquals(secondsOf(half), 15);
  assertEquals(Math.round(levelAt(half, 7.5) * 1000), 600);
});

Deno.test("the scenarios have the users and times that guides for LLM back ends recommend", () => {
  const range = (name: string): [number, number, number] => {
    const { users, stages } = planOf({ ...NOTHING, scenario: name });
    const seconds = secondsOf(stages);
    const levels = stages.filter((stage) => stage.level > 0).map((stage) => stage.level * users);
    return [Math.min(...levels), Math.max(...levels), seconds];
  };
  assertEquals(range("smoke"), [5, 5, 30]);
  assertEquals(range("load"), [10, 50, 600]);
  assertEquals(range("stress"), [100, 500, 1200]);
  assertEquals(range("spike"), [10, 100, 250]);
  assertEquals(range("soak"), [30, 30, 4 * 3600]);
  for (const [name, { stages }] of Object.entries(SCENARIOS)) {
    assertEquals(peakOf(stages), 1, name);
    assert(planOf({ ...NOTHING, scenario: name }).stages.length > 0);
  }
});

Deno.test("planOf() without a choice is the smoke test; numbers alone are a load of their own", () => {
  assertEquals(planOf(NOTHING).scenario, "smoke");
  const custom = planOf({ ...NOTHING, users: 50, spawnRate: 5, seconds: 300 });
  assertEquals([custom.scenario, custom.users, custom.spawnRate], ["custom", 50, 5]);
  assertEquals(describePlan(custom), "50 users for 5 min");
  const open = planOf({ ...NOTHING, rps: 200, seconds: 10 });
  assertEquals([open.rate, open.users, describePlan(open)], [200, 1000, "200 requests a second for 10 s"]);
});

Deno.test("planOf() says what is wrong with a choice", () => {
  assertThrows(
    () => planOf({ ...NOTHING, scenario: "smok" }),
    PlanError,
    'no scenario "smok"; there are smoke,',
  );
  assertThrows(() => planOf({ ...NOTHING, users: LIMITS.users + 1 }), PlanError, "number of users may be");
  assertThrows(() => planOf({ ...NOTHING, seconds: -1 }), PlanError, "run time");
  assertThrows(
    () => planOf({ ...NOTHING, thresholds: "p95 below 5" }),
    PlanError,
    '"p95 below 5" is no threshold',
  );
});
