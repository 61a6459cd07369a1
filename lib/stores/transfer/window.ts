/** Work that goes on at the same time, so much of it at most. */
export class Window {
  readonly #size: number;
  readonly #open = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | null = null;

  constructor(size: number) {
    this.#size = size;
  }

  /** Begins with it, once there is room. @throws what earlier work threw. */
  async add(work: () => Promise<void>): Promise<void> {
    while (this.#open.size >= this.#size) await Promise.race(this.#open);
    this.#check();
    const open = work().catch((error) => void (this.#failure ??= { error })).finally(() =>
      this.#open.delete(open)
    );
    this.#open.add(open);
  }

  /** Resolves once all is done. @throws what any of it threw. */
  async done(): Promise<void> {
    await Promise.all(this.#open);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
