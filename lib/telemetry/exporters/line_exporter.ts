import type { LogWriter } from "../log_sink.ts";
import { type Exporter, ExportError, type ExportResult } from "./exporter.ts";
import { protobufToJson } from "./otlp_json.ts";
import { OTLP_SIGNALS, type OtlpSignal } from "./signals.ts";

const encoder = new TextEncoder();

const WHOLE: ExportResult = { rejected: 0, message: "", failedAttempts: 0 };

/**
 * Writes each batch as one line of OTLP's JSON, which collectors read back.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/
 */
export class LineExporter implements Exporter {
  constructor(
    private readonly signal: OtlpSignal,
    readonly destination: string,
    private readonly writer: LogWriter & { close?(): void },
  ) {}

  async export(body: Uint8Array<ArrayBuffer>): Promise<ExportResult> {
    const line = encoder.encode(`${protobufToJson(body, OTLP_SIGNALS[this.signal].request)}\n`);
    try {
      for (let at = 0; at < line.length;) {
        const written = await this.writer.write(at === 0 ? line : line.subarray(at));
        if (!(written > 0)) throw new Error("nothing was written");
        at += written;
      }
    } catch (error) {
      throw new ExportError(error instanceof Error ? error.message : String(error), 1);
    }
    return WHOLE;
  }

  close(): void {
    this.writer.close?.();
  }
}
