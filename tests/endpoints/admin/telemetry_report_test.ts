import { assertEquals } from "@std/assert";
import { telemetryView } from "../../../lib/endpoints/admin/views.ts";
import { createTelemetry } from "../../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../../manual_clock.ts";
import { describeArrival, end } from "../../telemetry/exchanges.ts";

Deno.test("the account of telemetry holds all that has ended when it is asked for", async () => {
  const telemetry = createTelemetry({
    clock: new ManualClock(),
    version: "0.1.0",
    writer: { write: (bytes) => Promise.resolve(bytes.length) },
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 0, requests: false },
    metrics: false,
    resource: {},
    tracing: null,
  });
  for (let i = 0; i < 3; i++) end(describeArrival(telemetry.recorder.open()), "success", 200);
  describeArrival(telemetry.recorder.open());
  const { signals, records } = telemetryView(telemetry);
  assertEquals(records, { opened: 4, open: 1, projected: 3, failures: 0 });
  assertEquals(telemetry.signals.logs?.produced, 3);
  assertEquals(Object.keys(signals ?? {}), ["logs"]);
  await telemetry.shutdown();
});
