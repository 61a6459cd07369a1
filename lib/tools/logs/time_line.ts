/** Columns that are kept at most. */
const MOST = 96;
const FIRST_WIDTH = 1_000;

export interface TimeColumn {
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly requests: number;
  readonly errors: number;
}

/** How many requests and errors there were when. Columns become wider as the time grows, at constant memory. */
export class TimeLine {
  #width = FIRST_WIDTH;
  #columns = new Map<number, [requests: number, errors: number]>();
  #least = Infinity;
  #most = -Infinity;

  add(time: number, failed: boolean): void {
    if (Number.isNaN(time)) return;
    const place = Math.floor(time / this.#width);
    if (place < this.#least || place > this.#most) {
      this.#least = Math.min(this.#least, place);
      this.#most = Math.max(this.#most, place);
      if (this.#most - this.#least >= MOST) {
        this.#widen();
        return this.add(time, failed);
      }
    }
    const column = this.#columns.get(place);
    if (column === undefined) this.#columns.set(place, [1, failed ? 1 : 0]);
    else {
      column[0]++;
      if (failed) column[1]++;
    }
  }

  /** All columns from the first to the last, those with nothing in them too. */
  columns(): TimeColumn[] {
    if (this.#columns.size === 0) return [];
    return Array.from({ length: this.#most - this.#least + 1 }, (_, index) => {
      const [requests, errors] = this.#columns.get(this.#least + index) ?? [0, 0];
      return { start: (this.#least + index) * this.#width, requests, errors };
    });
  }

  #widen(): void {
    let factor = 2;
    while (this.#most / factor - this.#least / factor >= MOST - 1) factor *= 2;
    this.#width *= factor;
    const wider = new Map<number, [number, number]>();
    for (const [place, [requests, errors]] of this.#columns) {
      const column = wider.get(Math.floor(place / factor));
      if (column === undefined) wider.set(Math.floor(place / factor), [requests, errors]);
      else {
        column[0] += requests;
        column[1] += errors;
      }
    }
    this.#columns = wider;
    this.#least = Math.floor(this.#least / factor);
    this.#most = Math.floor(this.#most / factor);
  }
}
