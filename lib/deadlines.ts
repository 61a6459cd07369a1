import type { Clock } from "./clock.ts";

/** A moment at which something is called unless it was cancelled or moved before. */
export interface Deadline {
  /** Monotonic milliseconds. May be moved at any time: moving is one store, which is the point. */
  at: number;
  readonly fire: () => void;
}

/**
 * Time-outs for requests and streams. A timer of the platform costs microseconds to set and clear, and a
 * stream needs one moved at each chunk; here all share one interval that looks at every deadline, so setting,
 * moving and clearing one costs a few nanoseconds and it fires at most `resolution` ms late.
 */
export class Deadlines {
  readonly #active = new Set<Deadline>();
  readonly #clock: Clock;
  readonly #resolution: number;
  #stop: (() => void) | null = null;

  constructor(clock: Clock, resolution = 50) {
    this.#clock = clock;
    this.#resolution = resolution;
  }

  /** Deadlines that wait now. */
  get size(): number {
    return this.#active.size;
  }

  /** Calls `fire` once `ms` from now. */
  after(ms: number, fire: () => void): Deadline {
    const deadline = { at: this.#clock.now() + ms, fire };
    this.#active.add(deadline);
    this.#stop ??= this.#clock.every(this.#resolution, () => this.tick());
    return deadline;
  }

  /** Moves a deadline to `ms` from now. */
  move(deadline: Deadline, ms: number): void {
    deadline.at = this.#clock.now() + ms;
  }

  cancel(deadline: Deadline | null): void {
    if (deadline !== null) this.#active.delete(deadline);
  }

  /** Fires what is due; the interval calls it, and a test with a clock of its own may. */
  tick(): void {
    const now = this.#clock.now();
    for (const deadline of this.#active) {
      if (deadline.at > now) continue;
      this.#active.delete(deadline);
      deadline.fire();
    }
    if (this.#active.size === 0) {
      this.#stop?.();
      this.#stop = null;
    }
  }
}
