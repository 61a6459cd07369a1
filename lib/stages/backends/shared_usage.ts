import type { Clock } from "../../clock.ts";
import type { UsageStore } from "../../stores/usage_store.ts";
import type { Backend } from "./backend.ts";

/** From one exchange with the others to the next, milliseconds. */
const INTERVAL = 1000;

/** Exchanges with other processes what backends have used. No request waits for it. */
export class SharedUsage {
  readonly #store: UsageStore;
  readonly #clock: Clock;
  readonly #backends: () => Iterable<readonly [string, Backend]>;
  #stop: (() => void) | null = null;
  #asking = false;

  /** @param backends those there are by now, by a name that is theirs in all processes. */
  constructor(store: UsageStore, clock: Clock, backends: () => Iterable<readonly [string, Backend]>) {
    this.#store = store;
    this.#clock = clock;
    this.#backends = backends;
  }

  start(): void {
    this.#stop ??= this.#clock.every(INTERVAL, () => void this.exchange());
  }

  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  /** One exchange, unless one is under way. Where there is no answer, each backend goes by its own again soon. */
  async exchange(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      const backends = [...this.#backends()];
      const used = new Map<string, number>();
      for (const [name, backend] of backends) {
        const tokens = backend.takeUsage();
        if (tokens > 0) used.set(name, tokens);
      }
      const all = await this.#store.add(used);
      for (const [name, backend] of backends) backend.shareUsage(all.get(name) ?? 0);
    } catch {
      // The store says so once; in a minute nothing of it matters any more.
    } finally {
      this.#asking = false;
    }
  }
}
