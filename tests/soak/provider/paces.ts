/** What comes together is the provider's doing, and a burst for the gateway: streams of many clients are not in step. */
const GRAIN_MS = 1;

interface Paced {
  readonly ms: number;
  due: number;
  readonly call: () => void;
}

/** Thousands of intervals on one timer: those that are due within its grain run together. */
export class Paces {
  readonly #slots = new Map<number, Set<Paced>>();
  #next = 0;
  #size = 0;
  #timer: ReturnType<typeof setInterval> | null = null;

  /** @returns what ends it. */
  every(ms: number, call: () => void): () => void {
    const paced = { ms, due: performance.now() + ms, call };
    if (this.#size++ === 0) this.#start();
    this.#put(paced);
    let on = true;
    return () => {
      if (!on) return;
      on = false;
      this.#slots.get(slotOf(paced.due))?.delete(paced);
      paced.due = Infinity;
      if (--this.#size === 0) this.#stop();
    };
  }

  #put(paced: Paced): void {
    const at = Math.max(slotOf(paced.due), this.#next);
    const slot = this.#slots.get(at);
    if (slot === undefined) this.#slots.set(at, new Set([paced]));
    else slot.add(paced);
  }

  #start(): void {
    this.#next = slotOf(performance.now());
    this.#timer = setInterval(() => this.#run(), GRAIN_MS);
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#slots.clear();
  }

  #run(): void {
    for (const now = slotOf(performance.now()); this.#next <= now;) {
      const slot = this.#slots.get(this.#next);
      this.#slots.delete(this.#next++);
      for (const paced of slot ?? []) {
        // Ended in the meantime, perhaps by the one before it.
        if (paced.due !== Infinity) paced.call();
        if (paced.due === Infinity) continue;
        paced.due += paced.ms;
        this.#put(paced);
      }
    }
  }
}

function slotOf(ms: number): number {
  return Math.ceil(ms / GRAIN_MS);
}
