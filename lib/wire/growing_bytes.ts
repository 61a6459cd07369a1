const NOTHING = new Uint8Array(0);

/** The unfinished end of a stream: chunks are added behind it, what is done with is taken off its front. */
export class GrowingBytes {
  #buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes held; good until the next change. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  add(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#buffer.length) {
      // Doubling, so that a long event in small chunks costs linear time.
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(chunk, this.#length);
    this.#length = length;
  }

  /** Copies what is left: events that were made of the front own it now. */
  dropFront(count: number): void {
    if (count === 0) return;
    this.#buffer = this.#buffer.slice(count, this.#length);
    this.#length -= count;
  }

  clear(): void {
    this.#buffer = NOTHING;
    this.#length = 0;
  }
}
