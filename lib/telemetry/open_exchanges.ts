import type { Exchange } from "./exchange.ts";

/**
 * The requests that have not ended, in the order of their arrival: a list threaded through the records themselves.
 * Adding and taking one out allocates nothing, and one that was taken out points to no other, so that a record
 * which the garbage collector has promoted keeps no younger ones alive.
 */
export class OpenExchanges {
  #first: Exchange | null = null;
  #last: Exchange | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(exchange: Exchange): void {
    const before = this.#last;
    exchange.olderOpen = before;
    if (before === null) this.#first = exchange;
    else before.youngerOpen = exchange;
    this.#last = exchange;
    this.#size++;
  }

  /** Only for one that was added and not taken out. */
  delete(exchange: Exchange): void {
    const { olderOpen: older, youngerOpen: younger } = exchange;
    if (older === null) this.#first = younger;
    else older.youngerOpen = younger;
    if (younger === null) this.#last = older;
    else younger.olderOpen = older;
    exchange.olderOpen = null;
    exchange.youngerOpen = null;
    this.#size--;
  }

  /** From the oldest on. One that ends meanwhile may cut the walk short. */
  *[Symbol.iterator](): Iterator<Exchange> {
    for (let exchange = this.#first; exchange !== null; exchange = exchange.youngerOpen) yield exchange;
  }
}
