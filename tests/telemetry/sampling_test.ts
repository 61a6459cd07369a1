import { assertEquals } from "@std/assert";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { newTraceId } from "../../lib/telemetry/ids.ts";
import type { TraceParent } from "../../lib/telemetry/propagation.ts";
import { createSampler, type SamplerType } from "../../lib/telemetry/sampling.ts";

const ID = "ffffffff000000000000000000000000";
const LOW = "00000001000000000000000000000000";

function parent(sampled: boolean): TraceParent {
  return { traceId: ID, spanId: "1".repeat(16), sampled, random: false, traceState: "" };
}

for (const rate of [0, 0.0001, 0.1, 1 / 3, 0.5, 0.999999, 1]) {
  Deno.test(`createSampler() decides as the SDK does for 10,000 ids at rate ${rate}`, () => {
    const ours = createSampler({ type: "traceidratio", rate });
    const sdk = new TraceIdRatioBasedSampler(rate);
    for (let i = 0; i < 10_000; i++) {
      const id = newTraceId();
      const expected = sdk.shouldSample(ROOT_CONTEXT, id).decision === SamplingDecision.RECORD_AND_SAMPLED;
      assertEquals(ours.shouldSample(null, id), expected, id);
    }
  });
}

// Decisions at rate 0.5: [no parent and a high id, no parent and a low id, sampled parent, unsampled parent].
const TABLE: Readonly<Record<SamplerType, readonly [boolean, boolean, boolean, boolean]>> = {
  always: [true, true, true, true],
  never: [false, false, false, false],
  always_on: [true, true, true, true],
  always_off: [false, false, false, false],
  probability: [false, true, true, false],
  probabilistic: [false, true, true, false],
  traceidratio: [false, true, false, false],
  parentbased_always_on: [true, true, true, false],
  parentbased_always_off: [false, false, true, false],
  parentbased_traceidratio: [false, true, true, false],
};

for (const [type, expected] of Object.entries(TABLE)) {
  Deno.test(`createSampler() ${type} regards parent and id as its row says`, () => {
    const sampler = createSampler({ type: type as SamplerType, rate: 0.5 });
    assertEquals([
      sampler.shouldSample(null, ID),
      sampler.shouldSample(null, LOW),
      sampler.shouldSample(parent(true), ID),
      sampler.shouldSample(parent(false), ID),
    ], expected);
  });
}

Deno.test("createSampler() keeps everything when the rate is not given", () => {
  assertEquals(createSampler({ type: "probability" }).shouldSample(null, ID), true);
});
