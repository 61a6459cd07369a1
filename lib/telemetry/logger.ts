import type { Clock } from "../clock.ts";
import type { LogSink } from "./log_sink.ts";
import { type Level, SEVERITY } from "./names/log_fields.ts";
import { attributeKey } from "./names/attribute_key.ts";
import type { AttributeValue } from "./projections/attributes.ts";
import { type LogConsumer, LogRecord } from "./projections/log_record.ts";
import { prettyLine } from "./projections/pretty_line.ts";
import { isoTime } from "./projections/text.ts";

export interface LogFormat {
  readonly type: "json" | "pretty";
  /** Only for `pretty`. */
  readonly colour: boolean;
}

/** What a line of the program says besides its text; what is undefined is left out. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly sink: LogSink;
  readonly clock: Clock;
  readonly level: Level;
  readonly format: LogFormat;
}

/** Lines of the program itself: its start, its warnings. Requests have their own line, made by the recorder. */
export class Logger {
  #sink: LogSink;
  readonly #clock: Clock;
  #format: LogFormat;
  readonly #record = new LogRecord();
  #consumers: readonly LogConsumer[] = [];
  #least: number;

  constructor(options: LoggerOptions) {
    this.#sink = options.sink;
    this.#clock = options.clock;
    this.#format = options.format;
    this.#least = SEVERITY[options.level];
  }

  /** Writes there from now on, no less serious lines than these, in this form. */
  configure({ sink, level, format }: Pick<LoggerOptions, "sink" | "level" | "format">): void {
    this.#sink = sink;
    this.#least = SEVERITY[level];
    this.#format = format;
  }

  /** Gives each line to these, and to none that it was given to before. */
  attach(consumers: readonly LogConsumer[]): void {
    this.#consumers = consumers;
  }

  enabled(level: Level): boolean {
    return SEVERITY[level] >= this.#least;
  }

  debug(message: string, fields?: LogFields): void {
    this.log("DEBUG", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.log("INFO", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.log("WARNING", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.log("ERROR", message, fields);
  }

  critical(message: string, fields?: LogFields): void {
    this.log("CRITICAL", message, fields);
  }

  /** Never throws, whatever the fields are. */
  log(level: Level, message: string, fields: LogFields = {}): void {
    if (!this.enabled(level)) return;
    const line = this.#format.type === "json"
      ? this.#json(level, message, fields)
      : this.#pretty(level, message, fields);
    this.#sink.write(line);
    if (this.#consumers.length > 0) this.#export(level, message, fields);
  }

  #export(level: Level, message: string, fields: LogFields): void {
    const record = this.#record;
    record.time = this.#clock.wall();
    record.level = level;
    record.body = message;
    record.event = "";
    record.attributes.clear();
    // As JSON has them: an error is its text, what is undefined is left out.
    for (const [name, value] of Object.entries<AttributeValue>(JSON.parse(stringified(fields) ?? "{}"))) {
      if (name === "event") record.event = String(value);
      else if (value !== null) record.attributes.add(attributeKey(name), value);
    }
    for (const consumer of this.#consumers) consumer.add(record);
  }

  #json(level: Level, message: string, fields: LogFields): string {
    const time = isoTime(this.#clock.wall());
    const head = { time, timestamp: time, level, msg: message, message };
    return stringified({ ...head, ...fields }) ?? JSON.stringify(head);
  }

  #pretty(level: Level, message: string, fields: LogFields): string {
    let text = message;
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue;
      text += `  ${name}=${typeof value === "string" ? value : stringified(value) ?? "?"}`;
    }
    return prettyLine(this.#clock.wall(), level, text, this.#format.colour);
  }
}

/** JSON, with the text of an error where one stands; null for what JSON cannot say (a ring, a bigint). */
function stringified(value: unknown): string | null {
  try {
    return JSON.stringify(value, (_key, it) => it instanceof Error ? `${it.name}: ${it.message}` : it) ??
      null;
  } catch {
    return null;
  }
}
