import { assertEquals } from "@std/assert";
import { Tidying } from "../../../lib/stores/sqlite/tidying.ts";

Deno.test("a worker collects its garbage after work, once a minute, and none while it has nothing to do", () => {
  let now = 5_000;
  const collected: number[] = [];
  const tidying = new Tidying(() => collected.push(now), () => now);
  for (const at of [5_000, 64_999, 65_000, 65_001, 124_999, 600_000, 600_001, 660_000]) {
    now = at;
    tidying.worked();
  }
  assertEquals(collected, [65_000, 600_000, 660_000]);
});
