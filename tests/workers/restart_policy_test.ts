import { assertEquals } from "@std/assert";
import { RestartPolicy } from "../../lib/workers/restart_policy.ts";

Deno.test("RestartPolicy waits longer for each early death, up to ten seconds, and calls three a loop", () => {
  const policy = new RestartPolicy();
  const waits = Array.from({ length: 9 }, () => [policy.died(50), policy.looping]);
  assertEquals(waits, [
    [100, false],
    [200, false],
    [400, true],
    [800, true],
    [1_600, true],
    [3_200, true],
    [6_400, true],
    [10_000, true],
    [10_000, true],
  ]);
});

Deno.test("RestartPolicy fills the place of one that was well at once, and forgets what was before", () => {
  const policy = new RestartPolicy();
  for (let i = 0; i < 3; i++) policy.died(0);
  policy.lives(9_999);
  assertEquals(policy.looping, true);
  policy.lives(10_000);
  assertEquals([policy.looping, policy.died(60_000), policy.died(1)], [false, 0, 100]);
});
