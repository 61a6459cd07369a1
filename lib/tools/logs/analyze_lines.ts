import { parseJson } from "../json.ts";
import { LogAnalysis } from "./log_analysis.ts";
import { entryOf } from "./log_entry.ts";
import { type LogFilter, matcher } from "./log_filter.ts";
import type { LineReader } from "./log_lines.ts";

/** Gathers an analysis from lines as they are read. */
export class AnalyzingReader implements LineReader {
  readonly analysis: LogAnalysis;
  readonly #matches: ReturnType<typeof matcher>;
  readonly #onRead: (bytes: number) => void;
  #bytes = 0;

  constructor(filter: LogFilter, slowMs: number, onRead: (bytes: number) => void = () => {}) {
    this.analysis = new LogAnalysis(slowMs);
    this.#matches = matcher(filter);
    this.#onRead = onRead;
  }

  line(text: string): void {
    const { analysis } = this;
    analysis.lines++;
    const record = parseJson(text);
    if (record === null) {
      analysis.broken++;
      return;
    }
    const entry = entryOf(record);
    if (this.#matches(entry)) analysis.add(entry);
  }

  tooLong(): void {
    this.analysis.lines++;
    this.analysis.broken++;
  }

  read(bytes: number): void {
    this.#bytes += bytes;
    this.#onRead(this.#bytes);
  }
}
