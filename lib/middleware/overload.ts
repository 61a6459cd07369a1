import { LagLimit } from "./lag_limit.ts";

/** What a process can have too much of, by the name that `gateway_rate_limited_total` knows it by. */
export type OverloadCause = "memory" | "event_loop_lag";

export interface OverloadLimits {
  /** Bytes of memory in use; null: any. */
  readonly memory: number | null;
  /** Milliseconds by which the event loop may stand late; 0: any. */
  readonly lag: number;
  /** Milliseconds of too much memory, though requests are refused, after which it is said to have grown; 0: never. */
  readonly grownAfter: number;
}

/** The beginning or the end of a time in which there is too much of something. */
export interface OverloadChange {
  readonly cause: OverloadCause;
  readonly began: boolean;
  /** Bytes or milliseconds, as it was found. */
  readonly value: number;
  /** The same unit; Infinity where the limit was taken away. */
  readonly limit: number;
}

export interface OverloadOptions {
  /** Requests under way now. */
  readonly inFlight: () => number;
  /** Memory in use now, in bytes. */
  readonly memory: () => number;
  /** Frees what nobody uses any more. */
  readonly collect: () => void;
  /** There is too much memory in use for {@linkcode OverloadLimits.grownAfter}, and again after as long. */
  readonly onGrown: (bytes: number) => void;
  readonly onChange: (change: OverloadChange) => void;
}

/** Samples of the lag come ten times a second; memory is looked at with the first of every ten. */
const SAMPLES_A_LOOK = 10;
const LOOK_MS = 1000;
/** While there is too much of it; a collection takes tenths of a second where much lives. */
const LOOKS_A_COLLECTION = 3;
/** The share of its limit below which memory is well again, so that it does not flutter. */
const WELL = 0.9;

/**
 * Whether a process has more to do than it can. It looks in the background, so that a request reads two fields.
 *
 * Memory counts at once, for the next step is the system's. Who refuses requests makes no garbage, and without any
 * nothing is ever collected: so that is asked for. A late event loop bears fewer requests at a time, which
 * {@linkcode LagLimit} finds.
 */
export class Overload {
  /** Whether memory bears no more requests. */
  memory = false;
  readonly #options: OverloadOptions;
  readonly #lag = new LagLimit();
  #mostMemory = Infinity;
  #samples = 0;
  /** In a row that found too much memory. */
  #looks = 0;
  /** So many of them mean that it has grown. */
  #grownLooks = Infinity;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  /** Requests at a time that the event loop bears; Infinity: as many as there are. */
  get requests(): number {
    return this.#lag.limit;
  }

  /** Whether the event loop has more to do than it can: what may be put together has to be. */
  get strained(): boolean {
    return this.#lag.strained;
  }

  /** Goes by these from the next samples on; until then what is refused is refused. */
  setLimits({ memory, lag, grownAfter }: OverloadLimits): void {
    this.#grownLooks = grownAfter === 0 ? Infinity : Math.ceil(grownAfter / LOOK_MS);
    this.#mostMemory = memory ?? Infinity;
    this.#lag.most = lag === 0 ? Infinity : lag;
    this.#samples = 0;
  }

  /**
   * To be called ten times a second.
   * @param lag how late the event loop is, in milliseconds.
   * @param passed milliseconds since the last call; default: as many more as it is late.
   */
  sample(lag: number, passed?: number): void {
    this.#lookAtLag(lag, passed);
    const look = this.#samples === 0;
    this.#samples = (this.#samples + 1) % SAMPLES_A_LOOK;
    if (look && (this.memory || this.#mostMemory !== Infinity)) this.#lookAtMemory();
  }

  #lookAtLag(value: number, passed: number | undefined): void {
    const before = this.requests;
    this.#lag.sample(value, this.#options.inFlight(), passed);
    const began = this.requests !== Infinity;
    if (began === (before !== Infinity)) return;
    this.#options.onChange({ cause: "event_loop_lag", began, value, limit: this.#lag.most });
  }

  #lookAtMemory(): void {
    const { memory, collect, onChange, onGrown } = this.#options;
    const value = memory();
    const limit = this.#mostMemory;
    const turns = this.memory ? value < limit * WELL : value > limit;
    if (turns) {
      this.memory = !this.memory;
      onChange({ cause: "memory", began: this.memory, value, limit });
    }
    if (!this.memory) {
      this.#looks = 0;
      return;
    }
    if (this.#looks % LOOKS_A_COLLECTION === 0) collect();
    this.#looks++;
    if (this.#looks % this.#grownLooks === 0) onGrown(value);
  }
}
