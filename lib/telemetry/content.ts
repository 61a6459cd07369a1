/** Which contents are kept until their request is logged. */
export interface ContentOptions {
  readonly requests: boolean;
  readonly responses: boolean;
  /** Of a stream, the most that is kept, bytes. */
  readonly maxStream: number;
}

/** What was said, of one request; only where the configuration wants it told. */
export class Content {
  /** The body as the client sent it. */
  request: Uint8Array | null = null;
  readonly #response: Uint8Array[] = [];
  #length = 0;

  constructor(private readonly options: ContentOptions) {}

  addRequest(body: Uint8Array): void {
    if (this.options.requests) this.request = body;
  }

  /** The whole answer, or the next piece of a streamed one. */
  addResponse(bytes: Uint8Array): void {
    if (!this.options.responses || this.#length >= this.options.maxStream) return;
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
}
