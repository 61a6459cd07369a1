/** Who waits for news of a response that this process makes. */
export class RunChanges {
  readonly #waiting = new Map<string, Set<() => void>>();

  /** Calls everybody that waits, once. */
  tell(id: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const call of waiting ?? []) call();
  }

  /** Calls at the next change. @returns waits no longer. */
  wait(id: string, call: () => void): () => void {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(call));
    return () => {
      waiting.delete(call);
      if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
    };
  }
}
