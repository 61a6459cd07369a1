/** How long each of many connections is there, as whoever looks now and then can tell. */
export class Ages {
  /** The most that were there at a look. */
  most = 0;
  /**
   * Milliseconds that one was there at most: from the last look that did not find it to the first that did not find it
   * any more.
   */
  longest = 0;
  /** Name → when it was not there yet. */
  #open = new Map<string, number>();
  #lookedAt: number;

  /** @param at milliseconds, when none was there. */
  constructor(at: number) {
    this.#lookedAt = at;
  }

  /** @param names of those that are there. @param at milliseconds. */
  look(names: readonly string[], at: number): void {
    this.most = Math.max(this.most, names.length);
    for (const since of this.#open.values()) this.longest = Math.max(this.longest, at - since);
    this.#open = new Map(names.map((name) => [name, this.#open.get(name) ?? this.#lookedAt]));
    this.#lookedAt = at;
  }
}
