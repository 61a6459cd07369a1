/** A worker that served for so long was well when it died, milliseconds. */
const WELL_MS = 10_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** Early deaths in a row that make a loop. */
const LOOP = 3;

/** When a worker's place is taken again after its death: at once where it was well, else later and later. */
export class RestartPolicy {
  #early = 0;

  /** Whether workers of this place die again and again. */
  get looping(): boolean {
    return this.#early >= LOOP;
  }

  /** @param lived milliseconds that the dead one served. @returns milliseconds to wait. */
  died(lived: number): number {
    if (lived >= WELL_MS) {
      this.#early = 0;
      return 0;
    }
    this.#early++;
    return Math.min(FIRST_DELAY_MS * 2 ** (this.#early - 1), LONGEST_DELAY_MS);
  }

  /** One has served for as long as `lived`. */
  lives(lived: number): void {
    if (lived >= WELL_MS) this.#early = 0;
  }
}
