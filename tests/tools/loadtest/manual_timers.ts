import type { After } from "../../../lib/tools/loadtest/loop.ts";

/** Time and timers that move when a test says so. */
export class ManualTimers {
  #now = 0;
  readonly #waiting = new Set<{ readonly at: number; readonly callback: () => void }>();

  readonly now = (): number => this.#now;

  readonly after: After = (ms, callback) => {
    const entry = { at: this.#now + ms, callback };
    this.#waiting.add(entry);
    return () => this.#waiting.delete(entry);
  };

  /** Lets time pass in steps of a millisecond, and what was promised meanwhile happen. */
  async advance(ms: number): Promise<void> {
    for (const end = this.#now + ms; this.#now < end;) {
      this.#now = Math.min(end, this.#now + 1);
      for (
        const entry of [...this.#waiting].filter(({ at }) => at <= this.#now).sort((a, b) => a.at - b.at)
      ) {
        if (this.#waiting.delete(entry)) entry.callback();
      }
      await settle();
    }
  }
}

/** What is promised by now has happened after some rounds of microtasks. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}
