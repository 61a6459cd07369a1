import type { LogWriter } from "../telemetry/log_sink.ts";

const NEWLINE = 10;
/** Bytes of a line that is still being written; a longer one goes out in pieces. */
const MAX_LINE = 8 * 1024 * 1024;

/**
 * Lets several write lines to one place. Each write goes out whole before the next begins, which a pipe that
 * processes share does not promise for more than 4 KiB.
 */
export class LineOutput implements LogWriter {
  readonly #writer: LogWriter;
  #last: Promise<unknown> = Promise.resolve();

  constructor(writer: LogWriter) {
    this.#writer = writer;
  }

  /** @param bytes whole lines. */
  write(bytes: Uint8Array): Promise<number> {
    const written = this.#last.then(async () => {
      for (let from = 0; from < bytes.length;) from += await this.#writer.write(bytes.subarray(from));
      return bytes.length;
    });
    this.#last = written.catch(() => {});
    return written;
  }

  /** Passes on another's lines until it ends. Whoever writes them waits as long as this does. Never rejects. */
  async forward(lines: ReadableStream<Uint8Array>): Promise<void> {
    let rest: Uint8Array = new Uint8Array();
    try {
      for await (const chunk of lines) {
        const joined = rest.length === 0 ? chunk : concatenated(rest, chunk);
        const end = joined.length > MAX_LINE ? joined.length : joined.lastIndexOf(NEWLINE) + 1;
        rest = joined.slice(end);
        // What cannot be written is lost, and its writer must not stand still for it.
        if (end > 0) await this.write(joined.subarray(0, end)).catch(() => {});
      }
    } catch {
      // The writer was killed.
    }
    if (rest.length > 0) await this.write(concatenated(rest, Uint8Array.of(NEWLINE))).catch(() => {});
  }
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
