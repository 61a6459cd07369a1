/** The largest of many. */
export class TopList<T> {
  readonly #size: number;
  readonly #items: { readonly weight: number; readonly item: T }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether something so large has a place in it. */
  admits(weight: number): boolean {
    return this.#items.length < this.#size || weight > (this.#items[this.#size - 1]?.weight ?? -Infinity);
  }

  add(weight: number, item: T): void {
    if (!this.admits(weight)) return;
    let place = this.#items.length;
    while (place > 0 && (this.#items[place - 1]?.weight ?? 0) < weight) place--;
    this.#items.splice(place, 0, { weight, item });
    if (this.#items.length > this.#size) this.#items.pop();
  }

  /** The largest first. */
  items(): T[] {
    return this.#items.map(({ item }) => item);
  }
}
