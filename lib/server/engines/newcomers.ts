/** So many at most wait for the next collection: a millisecond or two to copy, whatever they wait for. */
const TOGETHER = 64;

/**
 * Has the young generation collected whenever some connections have come that stay. Each keeps 4 to 12 KB, and a
 * collection stops the event loop for as long as it takes to copy all that lives of what came since the last: while
 * thousands come a second, and V8 waits until the generation is full, for 10 ms and more at a time. Copied a few at a
 * time they hold up nobody. Where as many go as come, nothing is done.
 */
export class Newcomers {
  /** Connections that have been through a collection, or are there in the place of one. */
  #settled = 0;

  /** @param collect collects the young generation. */
  constructor(private readonly collect: () => void) {}

  /** @param open connections, now that one has come. */
  came(open: number): void {
    if (open - this.#settled < TOGETHER) return;
    this.#settled = open;
    this.collect();
  }

  /** @param open connections, now that one has gone. */
  went(open: number): void {
    if (open < this.#settled) this.#settled = open;
  }
}
