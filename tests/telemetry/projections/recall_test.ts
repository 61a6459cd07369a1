import { assertEquals } from "@std/assert";
import { Recall } from "../../../lib/telemetry/projections/recall.ts";

Deno.test("Recall knows what was last made for a key, if all parts are the same", () => {
  const recall = new Recall<string>();
  assertEquals(recall.get("a", "1", 2), undefined);
  assertEquals(recall.set("made", "a", "1", 2), "made");
  assertEquals([recall.get("a", "1", 2), recall.get("a", "1", 3), recall.get("b", "1", 2)], [
    "made",
    undefined,
    undefined,
  ]);
  recall.set("anew", "a", "1", 3, true);
  assertEquals(
    [recall.get("a", "1", 2), recall.get("a", "1", 3, true)],
    ["made", "anew"].map((it) => it === "made" ? undefined : it),
  );
});

Deno.test("Recall forgets, and goes on, where clients make up keys", () => {
  const recall = new Recall<number>();
  for (let i = 0; i < 10_000; i++) assertEquals(recall.set(i, `key ${i}`, i, 0), i);
  assertEquals(recall.get("key 9999", 9999, 0), 9999);
  assertEquals(recall.get("key 0", 0, 0), undefined);
});
