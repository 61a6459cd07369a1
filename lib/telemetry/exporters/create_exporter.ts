import type { Exporter } from "./exporter.ts";
import { createOtlpExporter, type OtlpExporterOptions } from "./otlp.ts";
import type { OtlpSignal } from "./signals.ts";

/** A way out for batches of a signal. */
export type ExporterOptions = { readonly type: "otlp" } & Omit<OtlpExporterOptions, "signal" | "userAgent">;

/** @throws {Error} where its settings cannot be used: a certificate that is none, say. */
export function createExporter(options: ExporterOptions, signal: OtlpSignal, userAgent: string): Exporter {
  return createOtlpExporter({ ...options, signal, userAgent });
}
