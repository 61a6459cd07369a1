/** The gateway's own time is what is left of a request's when all waiting for providers is taken out. */
import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { overheadMs } from "../../lib/telemetry/projections/durations.ts";
import { REQUESTS, WHOLE } from "./scripts.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { StageBench } from "./stage_bench.ts";

/** A provider that takes its time for each of its answers. */
class SlowProvider {
  readonly #waits: (() => void)[] = [];
  readonly provider: ScriptedProvider;

  constructor(name: string, statuses: readonly number[]) {
    const scripts = statuses.map((status): Step[] => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waits.push(resolve);
      const body = status === 200 ? JSON.stringify(WHOLE.openai_chat) : "{}";
      return [{ wait: promise }, { response: status }, { data: body }, { end: true }];
    });
    this.provider = new ScriptedProvider(name, ["openai_chat"], scripts);
  }

  answer(): void {
    this.#waits.shift()?.();
  }
}

Deno.test("overheadMs() is the whole time without answers, back-off and failed attempts", async () => {
  const slow = new SlowProvider("slow", [503, 200]);
  const bench = new StageBench({ providers: [slow.provider], body: REQUESTS.openai_chat });
  await bench.pass(3);
  const answer = bench.whole();
  await bench.pass(30);
  slow.answer();
  await bench.pass(0);
  // The back-off is 100 ms.
  await bench.pass(99);
  assertEquals(slow.provider.requests.length, 1);
  await bench.pass(2);
  assertEquals(slow.provider.requests.length, 2);
  await bench.pass(70);
  slow.answer();
  await answer;
  await bench.pass(4);
  bench.exchange.finish("success", 200, bench.clock.now());
  assertEquals(bench.exchange.endedAt, 3 + 30 + 101 + 70 + 4);
  assertEquals(bench.exchange.call?.pausedMs, 101);
  assertEquals(overheadMs(bench.exchange), 3 + 4);
});

Deno.test("overheadMs() of a request whose client leaves during a back-off leaves the back-off out", async () => {
  const slow = new SlowProvider("slow", [503]);
  const bench = new StageBench({ providers: [slow.provider], body: REQUESTS.openai_chat });
  const answer = assertRejects(() => bench.whole(), GatewayError);
  await bench.pass(20);
  slow.answer();
  await bench.pass(0);
  await bench.pass(50);
  bench.client.leave();
  await answer;
  await bench.pass(2);
  bench.exchange.finish("cancelled", 499, bench.clock.now());
  assertEquals(bench.exchange.call?.pausedMs, 50);
  assertEquals(overheadMs(bench.exchange), 2);
});
