import type { Clock } from "../clock.ts";
import { createExporter, type ExporterOptions } from "./exporters/create_exporter.ts";
import type { Delivery } from "./exporters/delivery.ts";
import type { Exporter, Resource, Scope } from "./exporters/exporter.ts";
import { OtlpEnvelope } from "./exporters/otlp_envelope.ts";
import type { OtlpSignal } from "./exporters/signals.ts";
import type { Logger } from "./logger.ts";
import type { SignalStats } from "./self.ts";

/** What every signal's way out is made with. */
export interface PipelineSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stats: SignalStats;
  readonly resource: Resource;
  readonly scope: Scope;
  /** Takes a line for standard output; returns whether it will be written. */
  readonly print: (line: string) => boolean;
}

/** A signal's way out. */
export interface SignalPipeline {
  readonly deliveries: readonly Delivery[];
  /** Brings out what waits, for `ms` milliseconds at most. */
  shutdown(ms: number): Promise<void>;
}

const TITLES: Readonly<Record<OtlpSignal, string>> = { traces: "tracing", metrics: "metrics", logs: "logs" };

/** One that cannot be made is told of and left out: the gateway serves without it. */
export function createExporters(
  options: readonly ExporterOptions[],
  signal: OtlpSignal,
  around: PipelineSurroundings,
): Exporter[] {
  const { scope, print, logger } = around;
  return options.flatMap((exporter) => {
    try {
      return [createExporter(exporter, signal, { userAgent: `${scope.name}/${scope.version}`, print })];
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      logger.error(`Failed to initialise ${TITLES[signal]}: ${reason}`);
      return [];
    }
  });
}

export function envelopeOf({ resource, scope }: PipelineSurroundings): OtlpEnvelope {
  return new OtlpEnvelope(resource, scope);
}

/** The way out that several ways out are together. */
export function together(
  parts: readonly { readonly delivery: Delivery; shutdown(ms: number): Promise<void> }[],
): SignalPipeline {
  return {
    deliveries: parts.map(({ delivery }) => delivery),
    async shutdown(ms) {
      await Promise.all(parts.map((part) => part.shutdown(ms)));
    },
  };
}
