import { type SseEvent, SseParser } from "../../wire/sse.ts";
import { type Json, parseJson } from "../json.ts";

/** What a streamed answer said about itself, watched as its bytes come. */
export class StreamWatch {
  /** When the first content came, and the last; null: none did. Milliseconds of the given clock. */
  firstAt: number | null = null;
  lastAt: number | null = null;
  /** Events with content. */
  tokens = 0;
  /** Why the answer is none although its status is good; null: no reason. */
  failure: string | null = null;
  readonly #now: () => number;
  readonly #onGap: (ms: number) => void;
  readonly #parser = new SseParser((event) => this.#event(event));
  #done = false;

  /** @param onGap hears of the time between two events with content, milliseconds. */
  constructor(now: () => number, onGap: (ms: number) => void) {
    this.#now = now;
    this.#onGap = onGap;
  }

  readonly push = (bytes: Uint8Array): void => this.#parser.push(bytes);

  /** The answer is whole. @returns why it is none. */
  end(): string | null {
    this.#parser.end();
    return this.failure ?? (this.#done ? null : "the stream ended before its end");
  }

  #event({ data }: SseEvent): void {
    const chunk = parseJson(data);
    if (data === "[DONE]" || ENDS.has(chunk?.type)) this.#done = true;
    if (chunk === null) return;
    if ((chunk.error ?? null) !== null || FAILURES.has(chunk.type)) {
      this.failure ??= "an error within the stream";
    }
    if (!hasContent(chunk)) return;
    const now = this.#now();
    if (this.lastAt !== null) this.#onGap(now - this.lastAt);
    this.firstAt ??= now;
    this.lastAt = now;
    this.tokens++;
  }
}

/** The events that end a stream of OpenAI's responses and Anthropic's messages; chats end with `[DONE]`. */
const ENDS = new Set<unknown>([
  "response.completed",
  "response.incomplete",
  "response.failed",
  "message_stop",
]);
const FAILURES = new Set<unknown>(["error", "response.failed"]);

/**
 * Whether an event of any of the three APIs brings text, thoughts or a part of a call. Codecs would tell what it
 * is; here is asked for each event of hundreds of streams at a time, and only whether it is anything.
 */
function hasContent(chunk: Record<string, Json>): boolean {
  if (Array.isArray(chunk.choices)) return chunk.choices.some((choice) => brings(choice?.delta));
  return typeof chunk.delta === "string" ? chunk.delta !== "" : chunk.type === "content_block_delta";
}

/** A role alone is nothing. */
function brings(delta: Json): boolean {
  return Object.entries(delta ?? {}).some(([name, value]) =>
    name !== "role" && (Array.isArray(value) || (typeof value === "string" && value !== ""))
  );
}
