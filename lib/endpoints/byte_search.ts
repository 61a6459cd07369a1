/**
 * Looks for any of a few texts in many bytes, mostly at one in as many as the shortest has: Horspool's search, of
 * several at a time. `Buffer.includes` takes 3 ns a byte in Deno, which is as much as it takes to read them as JSON.
 */
export class ByteSearch {
  readonly #shortest: number;
  /** The sought ones by their last byte. */
  readonly #sought: (readonly Uint8Array[])[] = Array.from({ length: 256 }, () => []);
  /** By the byte under the last of the sought ones, how far they may be moved on; 0: one of them may end there. */
  readonly #steps: Uint8Array;
  /** The same where none of them did. */
  readonly #onward: Uint8Array;

  /** @param sought ASCII, each of at most 255 characters. */
  constructor(...sought: readonly string[]) {
    const all = sought.map((each) => new TextEncoder().encode(each));
    const shortest = this.#shortest = Math.min(...all.map(({ length }) => length));
    this.#onward = new Uint8Array(256).fill(shortest);
    for (const each of all) {
      for (const [at, byte] of each.subarray(-shortest, -1).entries()) {
        this.#onward[byte] = Math.min(this.#onward[byte] ?? 0, shortest - 1 - at);
      }
    }
    this.#steps = this.#onward.slice();
    for (const each of all) {
      const last = each.at(-1) ?? 0;
      this.#steps[last] = 0;
      this.#sought[last] = [...this.#sought[last] ?? [], each];
    }
  }

  isIn(bytes: Uint8Array): boolean {
    const { length } = bytes;
    const steps = this.#steps;
    for (let end = this.#shortest - 1; end < length;) {
      const byte = bytes[end] ?? 0;
      const step = steps[byte] ?? 1;
      if (step > 0) {
        end += step;
        continue;
      }
      for (const each of this.#sought[byte] ?? []) if (endsAt(bytes, each, end)) return true;
      end += this.#onward[byte] ?? 1;
    }
    return false;
  }
}

function endsAt(bytes: Uint8Array, sought: Uint8Array, end: number): boolean {
  const start = end + 1 - sought.length;
  if (start < 0) return false;
  for (let at = sought.length - 1; at >= 0; at--) if (bytes[start + at] !== sought[at]) return false;
  return true;
}
