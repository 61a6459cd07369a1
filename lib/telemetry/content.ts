import type { Exchange, ExchangeContent } from "./exchange.ts";
import type { Transcriber } from "./projections/transcript.ts";

/** Which contents are kept until their request is logged and traced. */
export interface ContentOptions {
  readonly requests: boolean;
  readonly responses: boolean;
  /** Whether traces that may be kept tell what was said. */
  readonly traces: boolean;
  /** Of a stream, the most that is kept, bytes. */
  readonly maxStream: number;
}

/** What was said, of one request; only where the configuration wants it told. */
export class Content implements ExchangeContent {
  /** The body as the client sent it. */
  request: Uint8Array | null = null;
  readonly #response: Uint8Array[] = [];
  #length = 0;
  #transcribe: Transcriber | null = null;

  constructor(private readonly options: ContentOptions, private readonly exchange: Exchange) {}

  get transcribe(): Transcriber | null {
    return this.#transcribe;
  }

  set transcribe(transcribe: Transcriber | null) {
    if (this.#traced) this.#transcribe = transcribe;
  }

  addRequest(body: Uint8Array): void {
    if (this.options.requests) this.request = body;
  }

  /** The whole answer, or the next piece of a streamed one. */
  addResponse(bytes: Uint8Array): void {
    if (!this.options.responses && this.#transcribe === null) return;
    if (this.#length >= this.options.maxStream) return;
    this.#response.push(bytes);
    this.#length += bytes.length;
  }

  /** What is kept of the answer; null: nothing. */
  get response(): Uint8Array | null {
    const [first] = this.#response;
    if (first === undefined || this.#response.length === 1) return first ?? null;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#response) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  /** Whether the trace is one that may be kept, and tells what was said. */
  get #traced(): boolean {
    return this.options.traces && this.exchange.detailed;
  }
}
