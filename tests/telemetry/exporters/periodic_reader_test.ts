import { assertEquals } from "@std/assert";
import { type Exporter, ExportError } from "../../../lib/telemetry/exporters/exporter.ts";
import { MetricsEncoder } from "../../../lib/telemetry/exporters/metrics_encoder.ts";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { PeriodicReader } from "../../../lib/telemetry/exporters/periodic_reader.ts";
import { Logger } from "../../../lib/telemetry/logger.ts";
import { LogSink } from "../../../lib/telemetry/log_sink.ts";
import { Registry } from "../../../lib/telemetry/metrics/registry.ts";
import { SignalStats } from "../../../lib/telemetry/self.ts";
import { ManualClock } from "../../manual_clock.ts";
import { RESOURCE, SCOPE } from "./spans.ts";

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

function setUp() {
  const clock = new ManualClock();
  const registry = new Registry();
  const stats = new SignalStats();
  const sink = new LogSink({ pace: 0, writer: { write: (bytes) => Promise.resolve(bytes.length) } });
  let down = false;
  let pushes = 0;
  let drains = 0;
  const exporter: Exporter = {
    destination: "a test",
    export() {
      pushes++;
      return down
        ? Promise.reject(new ExportError("connection refused", 1))
        : Promise.resolve({ rejected: 0, message: "", failedAttempts: 0 });
    },
    close() {},
  };
  const reader = new PeriodicReader({
    clock,
    registry,
    stats,
    exporter,
    encoder: new MetricsEncoder({
      envelope: new OtlpEnvelope(RESOURCE, SCOPE),
      temporality: "cumulative",
      own: true,
      startedAt: 0,
    }),
    logger: new Logger({ sink, clock, level: "INFO", format: { type: "json", colour: false } }),
    interval: 1000,
    before: () => void drains++,
  });
  registry.counter("gateway_cancelled_total", ["streaming"]).add(1);
  return {
    clock,
    reader,
    stats,
    pushes: () => pushes,
    drains: () => drains,
    down: (is: boolean) => down = is,
  };
}

Deno.test("PeriodicReader pushes at its interval and at the end, and keeps account of the data points", async () => {
  const { clock, reader, stats, pushes, drains } = setUp();
  clock.advance(1000);
  await settled();
  assertEquals([pushes(), stats.exported, stats.balanced], [1, 1, true]);
  await reader.shutdown(1000);
  clock.advance(5000);
  await settled();
  assertEquals([pushes(), drains()], [2, 2]);
  assertEquals({ ...stats }, { produced: 2, exported: 2, dropped: 0, failed: 0, queued: 0 });
});

Deno.test("PeriodicReader counts what did not arrive as dropped, and is well again afterwards", async () => {
  const { clock, reader, stats, down } = setUp();
  down(true);
  clock.advance(1000);
  await settled();
  assertEquals([reader.delivery.health.healthy, reader.delivery.health.error], [false, "connection refused"]);
  down(false);
  clock.advance(1000);
  await settled();
  assertEquals(reader.delivery.health.healthy, true);
  assertEquals({ ...stats }, { produced: 2, exported: 1, dropped: 1, failed: 1, queued: 0 });
  await reader.shutdown(1000);
});
