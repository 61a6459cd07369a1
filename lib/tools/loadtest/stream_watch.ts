import { type SseEvent, SseParser } from "../../wire/sse.ts";

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
    if (data === "[DONE]") {
      this.#done = true;
      return;
    }
    const chunk = parsed(data);
    if (chunk?.error !== undefined) this.failure ??= "an error within the stream";
    if (!Array.isArray(chunk?.choices) || !chunk.choices.some((choice) => hasContent(choice?.delta))) return;
    const now = this.#now();
    if (this.lastAt !== null) this.#onGap(now - this.lastAt);
    this.firstAt ??= now;
    this.lastAt = now;
    this.tokens++;
  }
}

/** @see https://platform.openai.com/docs/api-reference/chat-streaming/streaming */
interface Chunk {
  readonly error?: unknown;
  readonly choices?: readonly ({ readonly delta?: Readonly<Record<string, unknown>> } | null)[];
}

function parsed(data: string): Chunk | null {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** Text, thoughts or a call; a role alone is none. */
function hasContent(delta: Readonly<Record<string, unknown>> | undefined): boolean {
  return Object.entries(delta ?? {}).some(([name, value]) =>
    name !== "role" && value !== null && value !== "" && (typeof value === "string" || Array.isArray(value))
  );
}
