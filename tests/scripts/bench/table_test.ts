import { assertEquals } from "@std/assert";
import { ratio, table, withInterval } from "../../../scripts/bench/table.ts";

Deno.test("table() lines columns up, figures to the right", () => {
  assertEquals(
    table(["variant", "µs"], [["direct", "8.5"], ["nginx", "23.5"]]),
    "| variant |   µs |\n| ------- | ---: |\n| direct  |  8.5 |\n| nginx   | 23.5 |\n",
  );
});

Deno.test("withInterval() shows a median between its bounds, and a dash for nothing", () => {
  assertEquals(withInterval({ median: 1234.56, low: 1000, high: 2000 }, 1), "1,234.6 [1,000.0–2,000.0]");
  assertEquals(withInterval(null, 1), "–");
});

Deno.test("ratio() marks what is not claimed", () => {
  const interval = { median: 1.02, low: 0.97, high: 1.05 };
  assertEquals(ratio({ ...interval, claimed: false }), "≈ 1.02 [0.97–1.05]");
  assertEquals(ratio({ ...interval, claimed: true }), "1.02 [0.97–1.05]");
});
