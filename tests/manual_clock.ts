import type { Clock } from "../lib/clock.ts";

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #now = 0;
  #ticking = new Set<{ every: number; next: number; callback: () => void }>();

  constructor(private readonly epoch: number = Date.UTC(2026, 0, 1)) {}

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.epoch + this.#now;
  }

  every(ms: number, callback: () => void): () => void {
    const entry = { every: ms, next: this.#now + ms, callback };
    this.#ticking.add(entry);
    return () => this.#ticking.delete(entry);
  }

  /** Lets time pass, calling what is due on the way in order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      let due: { every: number; next: number; callback: () => void } | null = null;
      for (const entry of this.#ticking) {
        if (entry.next <= end && (due === null || entry.next < due.next)) due = entry;
      }
      if (due === null) break;
      this.#now = due.next;
      due.next += due.every;
      due.callback();
    }
    this.#now = end;
  }
}
