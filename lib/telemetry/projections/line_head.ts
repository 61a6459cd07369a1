import type { ClosingEvent } from "./closing_event.ts";
import { type LineWriter, token } from "./line_writer.ts";
import { isoTime } from "./text.ts";

/** The beginning of the lines of one event, as of one second. */
interface Head {
  second: number;
  bytes: Uint8Array;
}

/** One an event: there are two dozen. */
const heads = new Map<ClosingEvent, Head>();

/** Where the thousandths stand in it, twice. */
const TIME = `{"time":"`.length + "2026-01-02T03:04:05.".length;
const TIMESTAMP = TIME + `678Z","timestamp":"`.length + "2026-01-02T03:04:05.".length;

/** Begins a line: its time, twice, and what its event says. @param wall milliseconds since the epoch. */
export function writeHead(line: LineWriter, closing: ClosingEvent, wall: number): void {
  const second = Math.floor(wall / 1000);
  let head = heads.get(closing);
  if (head === undefined) heads.set(closing, head = { second: NaN, bytes: token("") });
  if (head.second !== second) {
    const time = isoTime(second * 1000);
    const { level, message, event } = closing;
    head.second = second;
    head.bytes = token(
      `{"time":"${time}","timestamp":"${time}","level":"${level}","msg":"${message}"` +
        `,"message":"${message}","event":"${event}"`,
    );
  }
  const start = line.length;
  const thousandths = Math.floor(wall) - second * 1000;
  line.raw(head.bytes);
  line.patchThousandth(start + TIME, thousandths);
  line.patchThousandth(start + TIMESTAMP, thousandths);
}
