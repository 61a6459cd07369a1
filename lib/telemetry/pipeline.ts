import type { Clock } from "../clock.ts";
import type { Delivery } from "./exporters/delivery.ts";
import type { Resource, Scope } from "./exporters/exporter.ts";
import { OtlpEnvelope } from "./exporters/otlp_envelope.ts";
import type { Logger } from "./logger.ts";
import type { SignalStats } from "./self.ts";

/** What every signal's way out is made with, whatever the configuration says. */
export interface PipelineSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stats: SignalStats;
  readonly scope: Scope;
  /** Takes a line for standard output; returns whether it will be written. */
  readonly print: (line: string) => boolean;
}

/** Something made ready that takes the place of what was before, or is forgotten. One of both is called, once. */
export interface Prepared<Result = void> {
  /** Never throws. */
  commit(): Result;
  abort(): void;
}

/** A signal's way out. */
export interface SignalPipeline {
  readonly deliveries: readonly Delivery[];
  /** Brings out what waits, for `ms` milliseconds at most. */
  shutdown(ms: number): Promise<void>;
}

/** Hears why an exporter cannot be made, which is left out then; or throws, and nothing has changed. */
export type OnFailure = (reason: string) => void;

export function envelopeOf(resource: Resource, { scope }: PipelineSurroundings): OtlpEnvelope {
  return new OtlpEnvelope(resource, scope);
}
