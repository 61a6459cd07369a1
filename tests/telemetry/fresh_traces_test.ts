import { assertEquals, assertMatch } from "@std/assert";
import {
  calleesTraceparent,
  freshTrace,
  FreshTraces,
  keptTrace,
  ownTraceparent,
  spanIdIn,
  traceIdIn,
} from "../../lib/telemetry/fresh_traces.ts";
import { traceparent } from "../../lib/telemetry/propagation/trace_context.ts";

Deno.test("a fresh trace is two traceparents of it, of one that is not kept and of one that is", () => {
  for (let i = 0; i < 2000; i++) {
    const fresh = freshTrace();
    for (const [told, sampled] of [[fresh, false], [keptTrace(), true]] as const) {
      const own = ownTraceparent(told);
      const callees = calleesTraceparent(told);
      assertMatch(own, /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      assertEquals(own, traceparent(traceIdIn(fresh), spanIdIn(fresh), sampled));
      assertEquals(callees, traceparent(traceIdIn(fresh), spanIdIn(calleesTraceparent(fresh)), sampled));
    }
  }
});

Deno.test("fresh traces do not repeat across blocks", () => {
  const ids = new Set<string>();
  for (let i = 0; i < 20_000; i++) {
    const fresh = freshTrace();
    ids.add(traceIdIn(fresh)).add(spanIdIn(fresh)).add(spanIdIn(calleesTraceparent(fresh)));
  }
  assertEquals(ids.size, 60_000);
});

Deno.test("FreshTraces writes the bytes in order", () => {
  const traces = new FreshTraces((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = i;
  });
  assertEquals(
    traces.next(),
    "00-000102030405060708090a0b0c0d0e0f-1011121314151617-00" +
      "00-000102030405060708090a0b0c0d0e0f-18191a1b1c1d1e1f-00",
  );
});

Deno.test("FreshTraces never gives an id that is all zero", () => {
  const fresh = new FreshTraces((bytes) => void bytes.fill(0)).next();
  assertEquals(traceIdIn(fresh), "0".repeat(31) + "1");
  assertEquals([spanIdIn(fresh), spanIdIn(calleesTraceparent(fresh))], Array(2).fill("0".repeat(15) + "1"));
});
