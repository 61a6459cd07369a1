/** What is kept of a failed answer's body, bytes. */
const MAX_SAMPLE = 2048;
const MAX_TEXT = 200;

const decoder = new TextDecoder();

/** The beginning of the body of a failed answer: what the server said of the reason. */
export class FailedAnswer {
  readonly #bytes = new Uint8Array(MAX_SAMPLE);
  #length = 0;

  reset(): void {
    this.#length = 0;
  }

  push(bytes: Uint8Array): void {
    const part = bytes.subarray(0, MAX_SAMPLE - this.#length);
    this.#bytes.set(part, this.#length);
    this.#length += part.length;
  }

  /** For grouping: the status and the code that stands in the error of OpenAI's or Anthropic's shape. */
  reason(status: number): string {
    const { code, type } = this.#error();
    const name = [code, type].find((it) => typeof it === "string" && /^\w{1,60}$/.test(it));
    return name === undefined ? `HTTP ${status}` : `HTTP ${status} ${name}`;
  }

  /** The message, or the beginning of what there is. */
  text(): string {
    const { message } = this.#error();
    const text = typeof message === "string" ? message : this.#text();
    return text.replace(/\s+/g, " ").slice(0, MAX_TEXT);
  }

  #text(): string {
    return decoder.decode(this.#bytes.subarray(0, this.#length));
  }

  #error(): { readonly code?: unknown; readonly type?: unknown; readonly message?: unknown } {
    try {
      const { error } = JSON.parse(this.#text());
      return typeof error === "object" && error !== null ? error : { message: error };
    } catch {
      return {};
    }
  }
}
