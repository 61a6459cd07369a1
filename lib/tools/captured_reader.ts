import { type CapturedRequest, capturedRequest, type RefusedRequest } from "./captured_request.ts";
import { parseJson } from "./json.ts";
import { entryOf, type LogEntry } from "./logs/log_entry.ts";
import { type LogFilter, matcher } from "./logs/log_filter.ts";
import type { LineReader } from "./logs/log_lines.ts";
import { namesId } from "./logs/names_id.ts";

/** Finds the captured requests in a log. */
export class CapturedReader implements LineReader {
  readonly refused: RefusedRequest[] = [];
  readonly #requests: CapturedRequest[] = [];
  readonly #matches: (entry: LogEntry) => boolean;

  /** @param id of the only request that is meant, or its beginning; null: all. @param limit how many are kept at most. */
  constructor(filter: LogFilter, private readonly id: string | null, private readonly limit: number) {
    this.#matches = matcher(filter);
  }

  line(text: string): void {
    if (this.#requests.length >= this.limit) return;
    const record = parseJson(text);
    if (record === null) return;
    const entry = entryOf(record);
    if (!entry.closes || !this.#matches(entry)) return;
    if (this.id !== null && !namesId(this.id, entry.requestId)) return;
    const found = capturedRequest(entry);
    if ("body" in found) this.#requests.push(found);
    else if (this.refused.length < MOST_REFUSED) this.refused.push(found);
  }

  tooLong(): void {}

  /** The requests in the order in which they were sent. */
  inOrder(): CapturedRequest[] {
    return this.#requests.toSorted((a, b) => startOf(a) - startOf(b) || 0);
  }
}

const MOST_REFUSED = 100_000;

function startOf({ time, durationMs }: CapturedRequest): number {
  return time - (durationMs || 0);
}
