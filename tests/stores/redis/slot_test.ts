import { assertEquals } from "@std/assert";
import { slotOf } from "../../../lib/stores/redis/slot.ts";

Deno.test("slotOf() counts as Redis does", () => {
  // By CLUSTER KEYSLOT of Redis 7.0.15.
  const cases: [key: string, slot: number][] = [
    ["", 0],
    ["foo", 12182],
    ["123456789", 12739],
    ["{user1000}.following", 3443],
    ["{user1000}.followers", 3443],
    ["foo{}{bar}", 8363],
    ["foo{{bar}}zap", 4015],
    ["foo{bar}{zap}", 5061],
    ["Grüße", 8844],
  ];
  for (const [key, slot] of cases) assertEquals(slotOf(key), slot, key);
});
