const ID_BYTES = 16;
const POOL_BYTES = 256 * ID_BYTES;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Fills an array with random bytes: `crypto.getRandomValues` in production. */
export type RandomSource = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Makes ids with 128 random bits in hexadecimal: `chatcmpl-…`, `msg_…`, `resp_…`, `call_…`. */
export class IdSource {
  readonly #random: RandomSource;
  // Random bytes are fetched for 256 ids at once: one call a id costs more than the rest of making it.
  readonly #pool = new Uint8Array(POOL_BYTES);
  #next = POOL_BYTES;

  constructor(random: RandomSource = (bytes) => crypto.getRandomValues(bytes)) {
    this.#random = random;
  }

  make(prefix: string): string {
    if (this.#next === POOL_BYTES) {
      this.#random(this.#pool);
      this.#next = 0;
    }
    let id = prefix;
    for (const end = this.#next + ID_BYTES; this.#next < end; this.#next++) {
      id += HEX[this.#pool[this.#next] ?? 0];
    }
    return id;
  }
}

const source = new IdSource();

/** An id with 128 random bits behind `prefix`. */
export function newId(prefix: string): string {
  return source.make(prefix);
}
