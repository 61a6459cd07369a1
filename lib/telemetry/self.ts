import type { Registry } from "./metrics/registry.ts";

export type Signal = "traces" | "metrics" | "logs" | "rows";

/**
 * Telemetry about telemetry, of one signal. At any moment `produced = exported + dropped + queued`; `failed`
 * counts attempts to export and is no part of the sum.
 */
export class SignalStats {
  produced = 0;
  exported = 0;
  dropped = 0;
  failed = 0;
  queued = 0;

  /** @returns whether the sum holds, for tests and for the console. */
  get balanced(): boolean {
    return this.produced === this.exported + this.dropped + this.queued;
  }
}

/** Shows the counts of a signal at each scrape. */
export function exposeSignal(registry: Registry, signal: Signal, stats: SignalStats): void {
  registry.read("gateway_telemetry_produced_total", [signal], () => stats.produced);
  registry.read("gateway_telemetry_exported_total", [signal], () => stats.exported);
  registry.read("gateway_telemetry_dropped_total", [signal], () => stats.dropped);
  registry.read("gateway_telemetry_failed_total", [signal], () => stats.failed);
  registry.read("gateway_telemetry_queue_length", [signal], () => stats.queued);
}
