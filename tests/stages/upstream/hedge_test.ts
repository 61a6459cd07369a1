import { assertEquals } from "@std/assert";
import { FixedHedge, PercentileHedge } from "../../../lib/stages/upstream/hedge.ts";

Deno.test("FixedHedge knows its time from the beginning", () => {
  assertEquals(new FixedHedge(250, 1).after(), 250);
});

Deno.test("PercentileHedge knows nothing before it saw enough, then the share of the latest", () => {
  const hedge = new PercentileHedge(0.95, 1);
  for (let ms = 1; ms <= 19; ms++) hedge.observe(ms);
  hedge.observe(NaN);
  assertEquals(hedge.after(), null);
  hedge.observe(20);
  assertEquals(hedge.after(), 20);
  for (let ms = 21; ms <= 100; ms++) hedge.observe(ms);
  assertEquals(hedge.after(), 96);
  for (let i = 0; i < 200; i++) hedge.observe(5);
  assertEquals(hedge.after(), 5, "what was long ago is forgotten");
});
