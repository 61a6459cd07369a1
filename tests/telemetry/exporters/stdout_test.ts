import { assertEquals } from "@std/assert";
import { StdoutSpans } from "../../../lib/telemetry/exporters/stdout.ts";
import { SpanKind, SpanStatus } from "../../../lib/telemetry/projections/span.ts";
import { SignalStats } from "../../../lib/telemetry/self.ts";
import { attributesWith, type SpanChange, spanWith } from "../spans.ts";
import { madeUpSpans } from "./spans.ts";

function printed(change: SpanChange): Record<string, unknown> {
  const lines: string[] = [];
  const processor = new StdoutSpans(
    (line) => lines.push(line) > 0,
    { "service.name": "g" },
    new SignalStats(),
  );
  processor.add(spanWith({
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    start: 1772519804000,
    end: 1772519804045,
    attributes: { "category.name": "math", "classification.time_ms": 45 },
    ...change,
  }));
  assertEquals(lines[0]?.includes("\n"), false);
  return JSON.parse(lines[0] ?? "");
}

Deno.test("StdoutSpans prints the shape of OpenTelemetry's stdout exporter", () => {
  assertEquals(printed({ name: "semantic_router.classification" }), {
    Name: "semantic_router.classification",
    SpanContext: { TraceID: "a".repeat(32), SpanID: "b".repeat(16), TraceFlags: "01" },
    Parent: { TraceID: "0".repeat(32), SpanID: "0".repeat(16), TraceFlags: "00", Remote: false },
    SpanKind: "INTERNAL",
    StartTime: "2026-03-03T06:36:44.000000Z",
    EndTime: "2026-03-03T06:36:44.045000Z",
    Attributes: [{ Key: "category.name", Value: "math" }, { Key: "classification.time_ms", Value: 45 }],
    Events: [],
    Status: { Code: "Unset", Description: "" },
    Duration: 45_000_000,
    Resource: [{ Key: "service.name", Value: "g" }],
  });
});

Deno.test("StdoutSpans prints parent, events and errors", () => {
  const line = printed({
    parentSpanId: "c".repeat(16),
    remoteParent: true,
    traceState: "foo=1",
    kind: SpanKind.Server,
    status: SpanStatus.Error,
    message: "It failed.",
    events: [{
      name: "request.cancelled",
      at: 1772519804001.5,
      attributes: attributesWith({ stage: "x" }),
    }],
  });
  assertEquals(line["Parent"], {
    TraceID: "a".repeat(32),
    SpanID: "c".repeat(16),
    TraceFlags: "01",
    Remote: true,
  });
  assertEquals((line["SpanContext"] as Record<string, unknown>)["TraceState"], "foo=1");
  assertEquals([line["SpanKind"], line["Status"]], ["SERVER", { Code: "Error", Description: "It failed." }]);
  assertEquals(line["Events"], [{
    Name: "request.cancelled",
    Time: "2026-03-03T06:36:44.001500Z",
    Attributes: [{ Key: "stage", Value: "x" }],
  }]);
});

Deno.test("StdoutSpans rounds a time up into the next millisecond", () => {
  assertEquals(printed({ start: 1772519804000.9998 })["StartTime"], "2026-03-03T06:36:44.001000Z");
});

Deno.test("StdoutSpans counts what its writer does not take", () => {
  const stats = new SignalStats();
  let room = 2;
  const processor = new StdoutSpans(() => room-- > 0, {}, stats);
  for (const span of madeUpSpans(5)) processor.add(span);
  assertEquals({ ...stats }, { produced: 5, exported: 2, dropped: 3, failed: 0, queued: 0 });
});
