import type { Clock } from "./clock.ts";

/** A moment at which something is called unless it was cancelled or moved before. */
export interface Deadline {
  /** Monotonic milliseconds. May be moved at any time: moving is one store, which is the point. */
  at: number;
  readonly fire: () => void;
  /** Its place among those that wait; -1: it does not. */
  index: number;
}

/** Where they are spread, so many fire in a turn of the event loop. */
const AT_ONCE = 4;
/** Of very many this share, so that the last ones are not late by as many turns as it takes. */
const SHARE_AT_ONCE = 1 / 32;
/** At most so many: what they lead to, each an answer, takes a few milliseconds. */
const MOST_AT_ONCE = 24;
/** Milliseconds until the next ones do. */
const NEXT_MS = 2;

/**
 * Time-outs for requests, streams and connections. A timer of the platform costs microseconds to set and clear, and a
 * stream needs one moved at each chunk; here all share one interval that looks at every deadline, so setting,
 * moving and clearing one costs a few nanoseconds and it fires at most `resolution` ms late.
 *
 * They stand in an array, each knowing its place. A set would do as well and cost more than it looks: under
 * steady coming and going it makes a new table every few operations, and each old one, once promoted, keeps
 * what it held from the young generation's collector.
 */
export class Deadlines {
  readonly #waiting: Deadline[] = [];
  readonly #clock: Clock;
  readonly #resolution: number;
  readonly #atOnce: number;
  #stop: (() => void) | null = null;
  /** Due ones that are left for the next turns, the first at the end. */
  #left: Deadline[] = [];
  #stopLeft: (() => void) | null = null;

  /** @param atOnce so many fire in a turn of the event loop, or a share where very many are due; the others after it. */
  constructor(clock: Clock, resolution = 50, atOnce = Infinity) {
    this.#clock = clock;
    this.#resolution = resolution;
    this.#atOnce = atOnce;
  }

  /**
   * For what costs a good part of a millisecond each, such as an answer to a client that sends nothing: where many are
   * due at once, whoever is served meanwhile does not wait for all of them.
   */
  static spread(clock: Clock): Deadlines {
    return new Deadlines(clock, 50, AT_ONCE);
  }

  /** Deadlines that wait now. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Monotonic milliseconds, by the clock that they go by. */
  now(): number {
    return this.#clock.now();
  }

  /** Calls `fire` once `ms` from now. */
  after(ms: number, fire: () => void): Deadline {
    const deadline = { at: this.#clock.now() + ms, fire, index: this.#waiting.length };
    this.#waiting.push(deadline);
    this.#stop ??= this.#clock.every(this.#resolution, () => this.tick());
    return deadline;
  }

  /** Moves a deadline to `ms` from now. */
  move(deadline: Deadline, ms: number): void {
    deadline.at = this.#clock.now() + ms;
  }

  cancel(deadline: Deadline | null): void {
    if (deadline === null || deadline.index === -1) return;
    const last = this.#waiting.pop();
    if (last !== undefined && last !== deadline) {
      this.#waiting[deadline.index] = last;
      last.index = deadline.index;
    }
    deadline.index = -1;
  }

  /** Fires what is due; the interval calls it, and a test with a clock of its own may. */
  tick(): void {
    const now = this.#clock.now();
    this.#left = this.#waiting.filter((deadline) => deadline.at <= now).reverse();
    if (this.#left.length > this.#atOnce) this.#left.sort((a, b) => b.at - a.at);
    this.#fire(now);
  }

  #fire(now: number): void {
    const most = Math.max(this.#atOnce, Math.min(MOST_AT_ONCE, this.#left.length * SHARE_AT_ONCE));
    for (let fired = 0; fired < most; fired++) {
      const deadline = this.#left.pop();
      if (deadline === undefined) break;
      // One that fired before it may have cancelled or moved it.
      if (deadline.index === -1 || deadline.at > now) continue;
      this.cancel(deadline);
      deadline.fire();
    }
    if (this.#left.length > 0) {
      this.#stopLeft ??= this.#clock.every(NEXT_MS, () => this.#fire(this.#clock.now()));
      return;
    }
    this.#stopLeft?.();
    this.#stopLeft = null;
    if (this.#waiting.length === 0) {
      this.#stop?.();
      this.#stop = null;
    }
  }
}
