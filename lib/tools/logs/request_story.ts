import { parseJson } from "../json.ts";
import { entryOf, type LogEntry } from "./log_entry.ts";
import type { LineReader } from "./log_lines.ts";
import { namesId } from "./names_id.ts";

/** Lines of one story that are kept. */
const MOST = 1000;

/** Finds all lines about one request, or about all requests of one trace. */
export class StoryReader implements LineReader {
  /** In the order of their times. */
  readonly entries: LogEntry[] = [];
  lines = 0;
  /** Lines beyond the bound. */
  left = 0;
  readonly #id: string;

  /** @param id of a request or a trace, or its beginning. */
  constructor(id: string) {
    this.#id = id;
  }

  line(text: string): void {
    this.lines++;
    // A search of text is quicker than parsing what is not meant.
    if (!text.includes(this.#id)) return;
    const record = parseJson(text);
    if (record === null) return;
    const entry = entryOf(record);
    const ids = [entry.requestId, entry.traceId, record.upstream_request_id, record.response_id, record.id];
    if (!ids.some((each) => typeof each === "string" && namesId(this.#id, each))) return;
    if (this.entries.length >= MOST) this.left++;
    else this.entries.push(entry);
  }

  tooLong(): void {
    this.lines++;
  }

  /** The lines found, the earliest first. */
  story(): LogEntry[] {
    return this.entries.toSorted((a, b) => a.time - b.time || 0);
  }
}
