import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Latencies } from "../../../lib/tools/loadtest/latencies.ts";

Deno.test("Latencies are within a thousandth of what was recorded", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(1, 50, 90, 99, 100),
      (values, percent) => {
        const latencies = new Latencies();
        for (const value of values) latencies.record(value);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(percent / 100 * sorted.length) - 1)] ?? NaN;
        const found = latencies.percentile(percent) ?? NaN;
        assert(Math.abs(found - exact) <= exact * 0.001 + 0.001, `${found} is not ${exact}`);
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("Latencies of none are null; those out of range count at its ends", () => {
  const latencies = new Latencies();
  assertEquals([latencies.percentile(50), latencies.mean, latencies.min, latencies.max], [
    null,
    null,
    null,
    null,
  ]);
  latencies.record(-1);
  latencies.record(1e12);
  assertEquals(latencies.count, 2);
  assertEquals(latencies.percentile(10), 0.001);
});

Deno.test("Latencies add up and start again", () => {
  const [first, second] = [new Latencies(), new Latencies()];
  for (let ms = 1; ms <= 100; ms++) (ms <= 50 ? first : second).record(ms);
  first.add(second);
  assertEquals([first.count, first.mean], [100, 50.5]);
  assertEquals(Math.round(first.percentile(95) ?? 0), 95);
  first.reset();
  assertEquals([first.count, first.mean], [0, null]);
});
