import { assertEquals, assertThrows } from "@std/assert";
import {
  type AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import { freshTrace, traceIdIn } from "../../lib/telemetry/fresh_traces.ts";
import { ObservabilityManager } from "../../lib/telemetry/observability_manager.ts";
import type { RemoteParent } from "../../lib/telemetry/propagation/propagator.ts";
import { createSampler, type Sampler } from "../../lib/telemetry/sampling/sampler.ts";
import type { TelemetryOptions } from "../../lib/telemetry/telemetry.ts";
import { ManualClock } from "../manual_clock.ts";

function options(tracing = true): TelemetryOptions {
  return {
    clock: new ManualClock(),
    version: "1",
    writer: { write: (bytes) => Promise.resolve(bytes.length) },
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 0, requests: false },
    metrics: true,
    resource: { "service.name": "file", a: "b" },
    tracing: tracing ? { sampler: { type: "never" }, exporters: [] } : null,
  };
}

function applied(manager: ObservabilityManager): Sampler {
  const sampler = manager.initialize().apply(options()).tracing?.sampler;
  if (sampler === undefined || !("shouldSample" in sampler)) throw new Error("Cannot go on: no sampler");
  return sampler;
}

Deno.test("ObservabilityManager decides as the SDK's sampler does, with and without a parent", () => {
  const root = new TraceIdRatioBasedSampler(0.05);
  const sampler = applied(new ObservabilityManager({ sampler: new ParentBasedSampler({ root }) }));
  const ours = createSampler({ type: "parentbased_traceidratio", rate: 0.05 });
  for (let i = 0; i < 2000; i++) {
    const id = traceIdIn(freshTrace());
    const parents = [true, false, null].map((sampled): RemoteParent => ({
      traceId: id,
      spanId: "1".repeat(16),
      sampled,
      random: false,
      traceState: "",
    }));
    for (const parent of [null, ...parents]) {
      assertEquals(sampler.shouldSample(parent, id), ours.shouldSample(parent, id));
    }
  }
});

Deno.test("ObservabilityManager takes the gateway's own samplers as they are", () => {
  const own = createSampler({ type: "traceidratio", rate: 0.5 });
  assertEquals(applied(new ObservabilityManager({ sampler: own })) === own, true);
});

Deno.test("ObservabilityManager beats the configured resource and leaves the rest of it", () => {
  const manager = new ObservabilityManager({ serviceName: "mine", deploymentEnvironment: "prod" })
    .initialize();
  assertEquals(manager.apply(options()).resource, {
    "service.name": "mine",
    "a": "b",
    "deployment.environment": "prod",
    "deployment.environment.name": "prod",
  });
  assertEquals(manager.apply(options()).tracing?.sampler, { type: "never" });
  assertEquals(manager.apply(options(false)).tracing, null);
});

Deno.test("ObservabilityManager refuses what it cannot use, by name", () => {
  assertThrows(
    () => new ObservabilityManager({ serviceName: "" }).initialize(),
    TypeError,
    "serviceName is empty",
  );
  const sampler = {} as AlwaysOnSampler;
  assertThrows(() => new ObservabilityManager({ sampler }).initialize(), TypeError, "no shouldSample()");
  assertThrows(() => new ObservabilityManager().apply(options()), Error, "not initialised");
});
