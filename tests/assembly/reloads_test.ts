import { assertEquals } from "@std/assert";
import { Reloads } from "../../lib/assembly/reloads.ts";
import { createTelemetry } from "../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../manual_clock.ts";

Deno.test("Reloads.run() begins a change when the one before is over, whether it was good or not", async () => {
  const telemetry = createTelemetry({
    clock: new ManualClock(),
    version: "0.1.0",
    writer: { write: (bytes) => Promise.resolve(bytes.length) },
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 0, requests: false },
    metrics: true,
    resource: { "service.name": "llm-gateway" },
    tracing: null,
  });
  const reloads = new Reloads(telemetry);
  const events: string[] = [];
  const slow = Promise.withResolvers<string[]>();
  const results = [
    reloads.run(() => {
      events.push("first begins");
      return slow.promise.finally(() => events.push("first is over"));
    }),
    reloads.run(() => {
      events.push("second");
      throw new Error("not good");
    }),
    reloads.run(() => {
      events.push("third");
      return [];
    }),
  ];
  slow.resolve([]);
  assertEquals((await Promise.all(results)).map(({ ok }) => ok), [true, false, true]);
  assertEquals(events, ["first begins", "first is over", "second", "third"]);
  await telemetry.shutdown();
});
