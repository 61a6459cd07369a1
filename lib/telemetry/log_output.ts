import type { Clock } from "../clock.ts";
import { LogSink, type LogWriter } from "./log_sink.ts";
import { RotatingFile, type RotationOptions } from "./rotating_file.ts";
import type { SignalStats } from "./self.ts";

export type LogFile = { readonly path: string } & RotationOptions;

export interface LogOutputOptions {
  /** Standard output. */
  readonly writer: LogWriter;
  readonly clock: Clock;
  /** The account of all lines, wherever they go. */
  readonly stats: SignalStats;
  /** Lines go out again after some were lost. */
  readonly onRecovered: (lost: number) => void;
}

/** Time for the lines of a file that the log leaves. */
const FLUSH_MS = 5_000;

/**
 * Where the log goes, standard output or a file, and another of both once the configuration says so. What is meant
 * for standard output whatever the log does (spans, metrics) does not follow it into its file.
 */
export class LogOutput {
  readonly #options: LogOutputOptions;
  readonly #stdout: LogSink;
  #file: { readonly options: LogFile; readonly file: RotatingFile; readonly sink: LogSink } | null = null;
  /** Resolves once the files that the log left have what waited for them. */
  #left: Promise<unknown> = Promise.resolve();

  constructor(options: LogOutputOptions) {
    this.#options = options;
    this.#stdout = this.#sink(options.writer);
  }

  /** Takes the log's lines. */
  get sink(): LogSink {
    return this.#file?.sink ?? this.#stdout;
  }

  /** For people. */
  get destination(): string {
    return this.#file === null ? "standard output" : `file ${this.#file.options.path}`;
  }

  /** The log goes there from now on; what waits goes where it was meant to. @param options undefined: standard output. */
  redirect(options: LogFile | undefined): void {
    const before = this.#file;
    if (JSON.stringify(options) === JSON.stringify(before?.options)) return;
    this.#file = options === undefined ? null : this.#open(options);
    if (before === null) return;
    const left = before.sink.flush(FLUSH_MS).then(() => before.file.close());
    this.#left = Promise.all([this.#left, left]);
  }

  /** Takes a line for standard output. @returns whether it will be written. */
  print(line: string): boolean {
    return this.#stdout.write(line);
  }

  /** Goes on in whatever file stands at the log's path now. */
  reopen(): void {
    this.#file?.file.reopen();
  }

  /** Writes what waits, for `ms` milliseconds at most, and closes the file. */
  async close(ms: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.all([
      this.#file?.sink.flush(ms),
      this.#stdout.flush(ms),
      Promise.race([this.#left, late]),
    ]);
    clearTimeout(timer);
    this.#file?.file.close();
  }

  #open(options: LogFile) {
    const file = new RotatingFile(options.path, this.#options.clock, options);
    return { options, file, sink: this.#sink(file) };
  }

  #sink(writer: LogWriter): LogSink {
    const { stats, onRecovered } = this.#options;
    return new LogSink({ writer, stats, onRecovered });
  }
}
