import { assertEquals } from "@std/assert";
import { criticalPath, timeOf, treeOf } from "../../lib/console/web/parts/waterfall.js";

const span = (
  span_id: string,
  parent_span_id: string,
  started_ms: number,
  ended_ms: number,
  kind = "gateway",
) => ({
  span_id,
  parent_span_id,
  started_ms,
  ended_ms,
  kind,
});

Deno.test("spans stand below their parents, in the order in which they began", () => {
  const rows = treeOf([
    span("c", "a", 5, 9),
    span("a", "elsewhere", 0, 10),
    span("b", "a", 1, 4),
    span("d", "b", 2, 3),
  ]);
  assertEquals(rows.map((row) => [row.span.span_id, row.depth]), [["a", 0], ["b", 1], ["d", 2], ["c", 1]]);
});

Deno.test("a ring of parents ends nothing", () => {
  assertEquals(treeOf([span("a", "b", 0, 1), span("b", "a", 0, 1)]), []);
});

Deno.test("the critical path leaves out what others were waited for beside", () => {
  const spans = [
    span("root", "", 0, 100),
    span("hedged", "root", 10, 60),
    span("answer", "root", 20, 95),
    span("before", "root", 2, 9),
    span("inside", "answer", 30, 90),
  ];
  assertEquals([...criticalPath(spans)].sort(), ["answer", "before", "inside", "root"]);
});

Deno.test("time of providers that overlap counts once", () => {
  const spans = [
    span("a", "", 0, 10, "provider"),
    span("b", "", 5, 12, "provider"),
    span("c", "", 20, 21, "provider"),
  ];
  assertEquals(timeOf(spans, "provider"), 13);
});
