import type { Clock } from "../clock.ts";

/** A read that waits for its time; null once it is done or given up. */
export interface PacedRead {
  read: (() => void) | null;
  /** Monotonic milliseconds. */
  readonly due: number;
}

/** Time between two turns in which some are done. */
const TURN_MS = 2;
/** A turn that comes late makes up for so many at most: what it is late for waits, too. */
const MOST_TURNS = 2;
/** So many times their even share of a gap may be done in a turn, or those that are late would stay late. */
const HASTE = 1.25;
/** Places at the front that are done with are given up when there are so many. */
const DONE = 1024;

/**
 * How often streams from providers are read, the same for all of a process. While it has too much to do, each read
 * waits for more to come: pieces are fewer and larger then, and so many more streams can be served.
 *
 * Reads that become due together are spread over the gap. Each would otherwise come round with the same others, and
 * whoever asks for something when hundreds are due waits for all of them, in a process that is idle before and after.
 */
export class ReadPace {
  /** Milliseconds from a piece to the next read; 0: none, whatever comes is read at once. */
  gap = 0;
  readonly #clock: Clock;
  /** In the order in which they came, and from which place on. */
  #waiting: PacedRead[] = [];
  #next = 0;
  #turned = 0;
  /** The last gap that there was: who waits when it ends is not read with all others either. */
  #spread = 0;
  #stop: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `read` after the gap, unless what is returned has none any more by then. */
  later(read: () => void): PacedRead {
    const now = this.#clock.now();
    const paced = { read, due: now + this.gap };
    this.#spread = this.gap;
    this.#waiting.push(paced);
    if (this.#stop === null) {
      this.#turned = now;
      this.#stop = this.#clock.every(TURN_MS, () => this.#turn());
    }
    return paced;
  }

  #turn(): void {
    const now = this.#clock.now();
    let left = this.#share(now - this.#turned);
    this.#turned = now;
    for (; left > 0 && this.#next < this.#waiting.length; this.#next++) {
      const paced = this.#waiting[this.#next];
      if (paced === undefined || paced.read === null) continue;
      if (paced.due > now) break;
      const { read } = paced;
      paced.read = null;
      left--;
      read();
    }
    this.#settle();
  }

  /** How many reads a turn may do, the last one being so long ago. */
  #share(since: number): number {
    const waiting = this.#waiting.length - this.#next;
    const time = Math.min(since, MOST_TURNS * TURN_MS);
    return Math.ceil(waiting * time / this.#spread * HASTE);
  }

  #settle(): void {
    const none = this.#next === this.#waiting.length;
    if (none || this.#next >= DONE) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    if (!none) return;
    this.#stop?.();
    this.#stop = null;
  }
}
