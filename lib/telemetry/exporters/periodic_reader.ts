import type { Clock } from "../../clock.ts";
import type { Logger } from "../logger.ts";
import type { Registry } from "../metrics/registry.ts";
import type { SignalStats } from "../self.ts";
import { Delivery } from "./delivery.ts";
import type { Exporter } from "./exporter.ts";
import type { MetricsEncoder } from "./metrics_encoder.ts";

export interface PeriodicReaderOptions {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly encoder: MetricsEncoder;
  readonly exporter: Exporter;
  readonly logger: Logger;
  readonly stats: SignalStats;
  /** Milliseconds between two pushes; default 60,000. */
  readonly interval?: number | undefined;
  /** Called before the metrics are read, so that they count all that has ended. */
  readonly before: () => void;
  /** Nothing is pushed until then; default at once. Never rejects. */
  readonly after?: Promise<void> | undefined;
}

/** Pushes all metrics at an interval, and once more at the end. */
export class PeriodicReader {
  readonly delivery: Delivery;
  readonly encoder: MetricsEncoder;
  readonly #options: PeriodicReaderOptions;
  readonly #stopTimer: () => void;
  #pushing: Promise<void> | null = null;
  #closed = false;

  constructor(options: PeriodicReaderOptions) {
    this.#options = options;
    this.encoder = options.encoder;
    this.delivery = new Delivery({ ...options, signal: "metrics" });
    this.#stopTimer = options.clock.every(options.interval ?? 60_000, () => void this.push());
  }

  /** One push at a time: where one is under way, that one is waited for. */
  push(): Promise<void> {
    this.#pushing ??= this.#push().finally(() => this.#pushing = null);
    return this.#pushing;
  }

  /** Pushes a last time, for `ms` milliseconds at most. */
  async shutdown(ms: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopTimer();
    const timer = setTimeout(() => this.delivery.abort(), ms);
    await this.#pushing;
    await this.push();
    clearTimeout(timer);
    this.delivery.close();
  }

  async #push(): Promise<void> {
    const { registry, encoder, stats, clock, before, after } = this.#options;
    if (after !== undefined) await after;
    before();
    const batch = encoder.collect(registry.families.values(), clock.wall());
    if (batch.count === 0) return;
    stats.produced += batch.count;
    this.delivery.enqueue(batch.count);
    if (await this.delivery.deliver(batch.body, batch.count)) batch.arrived();
  }
}
