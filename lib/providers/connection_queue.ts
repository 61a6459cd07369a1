/**
 * A limit on what happens at a time, with a bounded line of those who wait, first come, first served.
 * Taking and giving back a place costs no allocation while nobody waits.
 */
export class ConnectionQueue<Waiter> {
  readonly #places: number;
  readonly #maxWaiting: number;
  // A set keeps the order of arrival, and whoever leaves the line early is found at once.
  readonly #line = new Set<Waiter>();
  #taken = 0;

  /** @param places how many may be in at a time. @param maxWaiting how many may stand in line. */
  constructor(places: number, maxWaiting: number) {
    this.#places = places;
    this.#maxWaiting = maxWaiting;
  }

  /** Places in use. */
  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#line.size;
  }

  /**
   * Asks for a place.
   * @returns `taken`: go ahead; `waiting`: `leave()` will name this waiter when its turn comes; `full`: neither.
   */
  enter(waiter: Waiter): "taken" | "waiting" | "full" {
    if (this.#taken < this.#places) {
      this.#taken++;
      return "taken";
    }
    if (this.#line.size >= this.#maxWaiting) return "full";
    this.#line.add(waiter);
    return "waiting";
  }

  /** Gives a place back. @returns whoever has it now, if somebody waited. */
  leave(): Waiter | null {
    for (const next of this.#line) {
      this.#line.delete(next);
      return next;
    }
    this.#taken--;
    return null;
  }

  /** Steps out of the line without having had a place. */
  abandon(waiter: Waiter): void {
    this.#line.delete(waiter);
  }
}
