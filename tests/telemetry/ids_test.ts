import { assertEquals, assertMatch } from "@std/assert";
import { newSpanId, newTraceId, TraceIdSource } from "../../lib/telemetry/ids.ts";

Deno.test("newTraceId() and newSpanId() give hexadecimal digits of the right length", () => {
  for (let i = 0; i < 2000; i++) {
    assertMatch(newTraceId(), /^[0-9a-f]{32}$/);
    assertMatch(newSpanId(), /^[0-9a-f]{16}$/);
  }
});

Deno.test("newTraceId() does not repeat across blocks", () => {
  const ids = new Set<string>();
  for (let i = 0; i < 20_000; i++) ids.add(newTraceId());
  assertEquals(ids.size, 20_000);
});

Deno.test("TraceIdSource writes the bytes in order", () => {
  const source = new TraceIdSource((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = i;
  });
  assertEquals(source.traceId(), "000102030405060708090a0b0c0d0e0f");
  assertEquals(source.spanId(), "1011121314151617");
});

Deno.test("TraceIdSource never gives the id that is all zero", () => {
  const source = new TraceIdSource((bytes) => {
    bytes.fill(0);
    bytes.fill(0xab, 48);
  });
  assertEquals(source.traceId(), "ab".repeat(16));
  assertEquals(source.spanId(), "ab".repeat(8));
});
