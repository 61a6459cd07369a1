import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { SamplingDecision, TraceIdRatioBasedSampler } from "@opentelemetry/sdk-trace-base";
import { freshTrace, FreshTraces, traceIdIn } from "../../../lib/telemetry/fresh_traces.ts";
import type { RemoteParent } from "../../../lib/telemetry/propagation/propagator.ts";
import { createSampler, type SamplerType } from "../../../lib/telemetry/sampling/sampler.ts";

const ID = "ffffffff000000000000000000000000";
const LOW = "00000001000000000000000000000000";

function parent(sampled: boolean | null): RemoteParent {
  return { traceId: ID, spanId: "1".repeat(16), sampled, random: false, traceState: "" };
}

for (const rate of [0, 0.0001, 0.1, 1 / 3, 0.5, 0.999999, 1]) {
  Deno.test(`createSampler() decides as the SDK does for 10,000 ids at rate ${rate}`, () => {
    const ours = createSampler({ type: "traceidratio", rate });
    const sdk = new TraceIdRatioBasedSampler(rate);
    for (let i = 0; i < 10_000; i++) {
      const id = traceIdIn(freshTrace());
      const expected = sdk.shouldSample(ROOT_CONTEXT, id).decision === SamplingDecision.RECORD_AND_SAMPLED;
      assertEquals(ours.shouldSample(null, id), expected, id);
    }
  });
}

type Row = readonly [boolean, boolean, boolean, boolean, boolean, boolean];

// Decisions at rate 0.5, each for the high and the low id: no parent (as where an invalid one was given) or one that
// leaves it open; then a sampled parent, and an unsampled one.
const TABLE: Readonly<Record<SamplerType, Row>> = {
  always: [true, true, true, true, true, true],
  never: [false, false, false, false, false, false],
  always_on: [true, true, true, true, true, true],
  always_off: [false, false, false, false, false, false],
  probability: [false, true, true, true, false, false],
  probabilistic: [false, true, true, true, false, false],
  traceidratio: [false, true, false, true, false, true],
  parentbased_always_on: [true, true, true, true, false, false],
  parentbased_always_off: [false, false, true, true, false, false],
  parentbased_traceidratio: [false, true, true, true, false, false],
  // It keeps what lies above its threshold, and of an id the last 56 bits alone count.
  consistent_probability: [false, false, true, true, false, false],
};

for (const [type, expected] of Object.entries(TABLE)) {
  Deno.test(`createSampler() ${type} regards parent and id as its row says`, () => {
    const sampler = createSampler({ type: type as SamplerType, rate: 0.5 });
    const decide = (of: RemoteParent | null) => [sampler.shouldSample(of, ID), sampler.shouldSample(of, LOW)];
    assertEquals([...decide(null), ...decide(parent(true)), ...decide(parent(false))], [...expected]);
    assertEquals(decide(parent(null)), decide(null), "a parent that leaves it open");
  });
}

for (const type of ["traceidratio", "parentbased_traceidratio", "consistent_probability"] as const) {
  for (const rate of [0.001, 0.01, 0.1, 0.5, 0.9]) {
    Deno.test(`createSampler() ${type} keeps ${rate} of 100,000 traces, within 3 sigma`, () => {
      const sampler = createSampler({ type, rate });
      const ids = seededIds(100_000);
      const kept = ids.filter((id) => sampler.shouldSample(null, id)).length;
      const sigma = Math.sqrt(100_000 * rate * (1 - rate));
      assertAlmostEquals(kept, 100_000 * rate, 3 * sigma);
      // Another gateway decides alike, and one that keeps more keeps these too.
      const other = createSampler({ type, rate });
      const more = createSampler({ type, rate: Math.min(1, rate * 2) });
      for (const id of ids.slice(0, 10_000)) {
        assertEquals(other.shouldSample(null, id), sampler.shouldSample(null, id));
        if (sampler.shouldSample(null, id)) assertEquals(more.shouldSample(null, id), true);
      }
    });
  }
}

/** The same ids in each run, so that 3 sigma hold always or never. */
function seededIds(count: number): string[] {
  let state = 0x9e3779b9;
  const source = new FreshTraces((bytes) => {
    for (let i = 0; i < bytes.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      bytes[i] = state >>> 8;
    }
  });
  return Array.from({ length: count }, () => traceIdIn(source.next()));
}

Deno.test("createSampler() keeps everything when the rate is not given", () => {
  assertEquals(createSampler({ type: "probability" }).shouldSample(null, ID), true);
});
