import { type Clock, systemClock } from "../../clock.ts";

/**
 * The clock of stores that are exported from or imported into. Its wall clock is set by hand: to the beginning of all
 * times, so that reading everything is no use of it and nothing is too old and goes while it is read; or to when what
 * is taken in last changed, so that it keeps its age.
 */
export class TransferClock implements Clock {
  #wall = 0;

  set(wall: number): void {
    this.#wall = wall;
  }

  wall(): number {
    return this.#wall;
  }

  now(): number {
    return systemClock.now();
  }

  every(ms: number, callback: () => void): () => void {
    return systemClock.every(ms, callback);
  }
}
