import { assertEquals, assertMatch } from "@std/assert";
import { newSpanId, SpanIdSource } from "../../lib/telemetry/ids.ts";

Deno.test("newSpanId() gives sixteen hexadecimal digits", () => {
  for (let i = 0; i < 2000; i++) assertMatch(newSpanId(), /^[0-9a-f]{16}$/);
});

Deno.test("newSpanId() does not repeat across blocks", () => {
  const ids = new Set<string>();
  for (let i = 0; i < 20_000; i++) ids.add(newSpanId());
  assertEquals(ids.size, 20_000);
});

Deno.test("SpanIdSource writes the bytes in order", () => {
  const source = new SpanIdSource((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = i;
  });
  assertEquals([source.next(), source.next()], ["0001020304050607", "08090a0b0c0d0e0f"]);
});

Deno.test("SpanIdSource never gives the id that is all zero", () => {
  const source = new SpanIdSource((bytes) => {
    bytes.fill(0);
    bytes.fill(0xab, 48);
  });
  assertEquals(source.next(), "ab".repeat(8));
});
