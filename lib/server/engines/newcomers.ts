/** So many at most wait for the next collection: a millisecond or two to copy, whatever they wait for. */
const TOGETHER = 64;

/**
 * Has the young generation collected whenever some connections have come that stay. Each keeps 4 to 12 KB, and a
 * collection stops the event loop for as long as it takes to copy all that lives of what came since the last: while
 * hundreds come a second, and V8 waits until the generation is full, for 5 to 15 ms at a time. Copied a few at a time
 * they hold up nobody. For those that soon go again nothing is done.
 */
export class Newcomers {
  #batch = 0;
  /** Of this batch, and still there. */
  #count = 0;

  /** @param collect collects the young generation. */
  constructor(private readonly collect: () => void) {}

  /** A connection has come. @returns its batch. */
  came(): number {
    if (this.#count === TOGETHER) {
      this.#batch++;
      this.#count = 0;
      this.collect();
    }
    this.#count++;
    return this.#batch;
  }

  /** A connection has gone. @param batch its own. */
  went(batch: number): void {
    if (batch === this.#batch) this.#count--;
  }
}
