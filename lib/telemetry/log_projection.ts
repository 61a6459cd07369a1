import { type ContentFieldOptions, contentFields } from "./content_fields.ts";
import type { Exchange } from "./exchange.ts";
import { attributeKey } from "./names/attribute_key.ts";
import type { LogFormat, Logger } from "./logger.ts";
import type { LogSink } from "./log_sink.ts";
import { closingEvent } from "./projections/closing_event.ts";
import { closingRecord } from "./projections/closing_record.ts";
import { closingBytes, startLine } from "./projections/log_line.ts";
import { type LogConsumer, LogRecord } from "./projections/log_record.ts";
import { prettyClosing, prettyLine } from "./projections/pretty_line.ts";
import type { Projection } from "./recorder.ts";

export interface LogProjectionOptions {
  readonly sink: LogSink;
  /** Says which levels are written. */
  readonly logger: Logger;
  readonly format: LogFormat;
  /** Milliseconds after which a request was slow; 0: never. */
  readonly slowMs: number;
  /** Log each request's start at INFO, not at DEBUG. */
  readonly starts: boolean;
  /** Null: what was said is not told. */
  readonly content: ContentFieldOptions | null;
  /** Who else is given each closing line. */
  readonly consumers: readonly LogConsumer[];
}

/** Writes the one closing line of each request, and the line at its start where that is wanted. */
export class LogProjection implements Projection {
  readonly #options: LogProjectionOptions;
  readonly #record = new LogRecord();

  constructor(options: LogProjectionOptions) {
    this.#options = options;
  }

  project(exchange: Exchange): void {
    const { sink, logger, format, slowMs, consumers, content } = this.#options;
    const closing = closingEvent(exchange, slowMs);
    if (!logger.enabled(closing.level)) return;
    const said = content === null || exchange.background ? null : contentFields(exchange, content);
    sink.write(
      format.type === "json"
        ? closingBytes(exchange, closing, said)
        : prettyClosing(exchange, closing, format.colour),
    );
    if (consumers.length === 0) return;
    closingRecord(this.#record, exchange, closing);
    for (const [name, text] of Object.entries(said ?? {})) {
      this.#record.attributes.add(attributeKey(name), text);
    }
    for (const consumer of consumers) consumer.add(this.#record);
  }

  /** Called when method, path and ids are known. */
  logStart(exchange: Exchange): void {
    const { sink, logger, format, starts } = this.#options;
    const level = starts && !exchange.background ? "INFO" : "DEBUG";
    if (!logger.enabled(level)) return;
    const pretty = `${exchange.method} ${exchange.path}  request received`;
    sink.write(
      format.type === "json"
        ? startLine(exchange, level)
        : prettyLine(exchange.wallStart, level, pretty, format.colour),
    );
  }
}
