import { assertEquals } from "@std/assert";
import type { UpstreamHandler } from "../../../lib/providers/provider.ts";
import { HealthCheck } from "../../../lib/stages/backends/health_check.ts";
import { ManualClock } from "../../manual_clock.ts";

const NO_HEADERS = { get: () => null, entries: () => [] };

/** A check of something whose answers a test writes down: a status, or an error. */
class CheckBench {
  readonly clock = new ManualClock();
  readonly told: (string | null)[] = [];
  readonly handlers: UpstreamHandler[] = [];
  held: number[] = [];
  released = 0;
  aborted = 0;
  answer: number | "error" | "queue" | "never" = 200;
  readonly check: HealthCheck;

  constructor(random = 0.5) {
    this.check = new HealthCheck({
      clock: this.clock,
      random: () => random,
      interval: 1000,
      failures: 2,
      successes: 2,
      backends: [{ hold: (ms) => this.held.push(ms), release: () => this.released++ }],
      onChange: (failure) => this.told.push(failure),
      ask: (handler) => {
        this.handlers.push(handler);
        if (this.answer === "queue") handler.onQueue?.();
        if (this.answer === "error" || this.answer === "queue") {
          handler.onError({ kind: "timeout_total", sent: true, message: "none" });
        } else if (this.answer !== "never") {
          handler.onResponse(this.answer, NO_HEADERS);
          handler.onEnd();
        }
        return { abort: () => this.aborted++, pause() {}, resume() {} };
      },
    });
    this.check.start();
    this.clock.advance(1000 * random);
  }

  next(answer: CheckBench["answer"]): void {
    this.answer = answer;
    this.clock.advance(1000);
  }
}

Deno.test("HealthCheck leaves alone after failures in a row, and asks again after successes in a row", () => {
  const bench = new CheckBench();
  for (const answer of [500, 200, "error", 503] as const) bench.next(answer);
  assertEquals([bench.told, bench.held], [["status 503"], [3000]], "a success between starts the count anew");
  for (const answer of [404, 200, 500, 200] as const) bench.next(answer);
  assertEquals([bench.held.length, bench.released], [5, 0], "held anew by each check until it is well");
  bench.next(200);
  assertEquals([bench.told, bench.released], [["status 503", null], 1]);
});

Deno.test("HealthCheck makes nothing of a provider that is busy, or of a queue before it", () => {
  const bench = new CheckBench();
  for (const answer of [429, "queue", 429, "queue", 429] as const) bench.next(answer);
  assertEquals([bench.told, bench.held], [[], []]);
});

Deno.test("HealthCheck asks one at a time, spreads what it asks, and ends at once", () => {
  for (const [random, asked] of [[0, 10], [1, 6]] as const) {
    const bench = new CheckBench(random);
    const before = bench.handlers.length;
    bench.clock.advance(8000);
    assertEquals(bench.handlers.length - before, asked, `random ${random}`);
  }
  const bench = new CheckBench();
  bench.next("never");
  bench.clock.advance(10_000);
  const asked = bench.handlers.length;
  assertEquals(asked, 2);
  bench.check.stop();
  bench.clock.advance(10_000);
  bench.handlers.at(-1)?.onError({ kind: "timeout_total", sent: true, message: "late" });
  bench.clock.advance(10_000);
  assertEquals([bench.handlers.length, bench.aborted], [asked, 1]);
});
