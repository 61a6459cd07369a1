import { AppendFile } from "../append_file.ts";
import type { Exporter } from "./exporter.ts";
import { LineExporter } from "./line_exporter.ts";
import { createOtlpExporter, type OtlpExporterOptions } from "./otlp.ts";
import type { OtlpSignal } from "./signals.ts";

/** A way out for a signal. */
export type ExporterOptions =
  | { readonly type: "otlp" } & Omit<OtlpExporterOptions, "signal" | "userAgent">
  | { readonly type: "file"; readonly path: string }
  | { readonly type: "stdout" };

export interface ExporterSurroundings {
  readonly userAgent: string;
  /** Takes a line for standard output; returns whether it will be written. */
  readonly print: (line: string) => boolean;
}

/** @throws {Error} where its settings cannot be used: a certificate that is none, say. */
export function createExporter(
  options: ExporterOptions,
  signal: OtlpSignal,
  around: ExporterSurroundings,
): Exporter {
  if (options.type === "otlp") return createOtlpExporter({ ...options, signal, userAgent: around.userAgent });
  if (options.type === "file") {
    return new LineExporter(signal, `file ${options.path}`, new AppendFile(options.path));
  }
  return new LineExporter(signal, "stdout", printer(around.print));
}

/** The log's own queue takes whole lines. */
function printer(print: (line: string) => boolean) {
  const decoder = new TextDecoder();
  return {
    write(bytes: Uint8Array): Promise<number> {
      return Promise.resolve(print(decoder.decode(bytes).trimEnd()) ? bytes.length : 0);
    },
  };
}
