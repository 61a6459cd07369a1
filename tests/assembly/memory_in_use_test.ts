import { assertEquals } from "@std/assert";
import { memoryInUse } from "../../lib/assembly/memory_in_use.ts";

const STEPS: readonly (readonly [what: string, rss: number, v8: number, inUse: number])[] = [
  ["at the start", 100, 20, 100],
  ["more of everything", 190, 100, 190],
  ["freed, and kept by the allocator", 170, 30, 120],
  ["used again", 175, 80, 170],
  ["freed, and given back", 115, 30, 115],
];

Deno.test("memoryInUse() is resident memory without what the allocator keeps", () => {
  const usage = { rss: 100, heapTotal: 10, heapUsed: 5, external: 10 };
  const inUse = memoryInUse(() => usage);
  for (const [what, rss, v8, expected] of STEPS) {
    Object.assign(usage, { rss, external: v8 - 10 });
    assertEquals(inUse(), expected, what);
  }
});
