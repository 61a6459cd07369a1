import { assertEquals, assertThrows } from "@std/assert";
import { KindRecord } from "../../../lib/tools/loadtest/recorder.ts";
import { judge, type Measured, parseThresholds } from "../../../lib/tools/loadtest/thresholds.ts";

function measured(more: Partial<Measured> = {}): Measured {
  const record = new KindRecord("all");
  for (let ms = 1; ms <= 1000; ms++) record.latencies.record(ms);
  for (let ms = 1; ms <= 100; ms++) record.ttft.record(ms);
  record.requests = 1000;
  return { record, errorRate: 0.02, rps: 50, growth: { memory: null, latency: null }, ...more };
}

const GROWN = { per_hour: 10, low: 5, high: 15, share: 0.2, least_share: 0.1 };

const KEPT: readonly (readonly [threshold: string, kept: boolean, more?: Partial<Measured>])[] = [
  ["p95<951.5", true],
  ["p95 < 900ms", false],
  ["p(99)<1s", true],
  ["p99.9<=0.5s", false],
  ["latency.p50>=500", true],
  ["avg<501", true],
  ["max<1000", false],
  ["ttft.p95<=96ms", true],
  ["ttft.p95<90", false],
  // Nothing was streamed token by token, so nobody knows.
  ["inter_token.p99<50", false],
  ["errors<1%", false],
  ["errors<=0.02", true],
  ["rps>49", true],
  ["requests>=1001", false],
  ["growth<5%", true],
  ["growth<5%", false, { growth: { memory: GROWN, latency: null } }],
  ["memory_growth<15%", true, { growth: { memory: GROWN, latency: null } }],
  ["latency_growth<5%", false, { growth: { memory: null, latency: GROWN } }],
];

for (const [text, kept, more] of KEPT) {
  Deno.test(`threshold ${text} is ${kept ? "kept" : "missed"}${more === undefined ? "" : " with growth"}`, () => {
    const judgements = parseThresholds(text).map((threshold) => judge(threshold, measured(more)));
    assertEquals(judgements.map((it) => it.kept), [kept]);
  });
}

Deno.test("parseThresholds() takes several and none", () => {
  assertEquals(parseThresholds(" p95<500 , errors<1%,").map(({ text }) => text), ["p95<500", "errors<1%"]);
  assertEquals(parseThresholds(""), []);
});

for (
  const text of [
    "p95",
    "p95=5",
    "p95<5%",
    "errors<5ms",
    "errors<5",
    "p100<1",
    "speed>3",
    "p95<-1",
    "constructor<1",
  ]
) {
  Deno.test(`parseThresholds() refuses ${text}`, () => {
    assertThrows(() => parseThresholds(text), SyntaxError, `"${text}" is no threshold`);
  });
}

Deno.test("judge() shows what was measured in the threshold's unit", () => {
  const shown = parseThresholds("p95<5,errors<1%,rps>1,inter_token.p50<1")
    .map((threshold) => judge(threshold, measured()).shown);
  assertEquals(shown, ["950 ms", "2.00 %", "50.0", "not measured"]);
});
