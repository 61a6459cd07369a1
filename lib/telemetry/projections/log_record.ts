import type { Level } from "../names/log_fields.ts";
import { Attributes } from "./attributes.ts";

/**
 * A line of the log as OpenTelemetry has it. Like a span's record one and the same object is filled for each
 * line: whoever is given it encodes it at once.
 */
export class LogRecord {
  /** Wall-clock milliseconds since the epoch, with their fraction. */
  time = 0;
  level: Level = "INFO";
  body = "";
  event = "";
  /** Empty: the line belongs to no trace. */
  traceId = "";
  spanId = "";
  sampled = false;
  readonly attributes = new Attributes();
}

/** Takes lines; never throws and never waits. */
export interface LogConsumer {
  /** @param record valid until this returns. */
  add(record: LogRecord): void;
}
