/** What a process can have too much of, by the name that `gateway_rate_limited_total` knows it by. */
export type OverloadCause = "memory" | "event_loop_lag";

export interface OverloadLimits {
  /** Bytes of memory in use; null: any. */
  readonly memory: number | null;
  /** Milliseconds by which the event loop may be late; 0: any. */
  readonly lag: number;
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
  /** Memory in use now, in bytes. */
  readonly memory: () => number;
  /** Frees what nobody uses any more. */
  readonly collect: () => void;
  readonly onChange: (change: OverloadChange) => void;
}

/** Samples of the lag come ten times a second; memory is looked at with the first of every ten. */
const SAMPLES_A_LOOK = 10;
/** While there is too much of it; a collection takes tenths of a second where much lives. */
const LOOKS_A_COLLECTION = 3;

/**
 * Whether a process has more to do than it can. It looks in the background, so that a request reads one field.
 *
 * Memory counts at once, for the next step is the system's, and is well again below 90 %. Who refuses requests makes
 * no garbage, and without any nothing is ever collected: so that is asked for. A late event loop counts
 * when it is late twice in a row, since a single pause (a collection of garbage, a process that was stopped) is
 * over by the time it is seen; it is well again after a second below half of the limit.
 */
export class Overload {
  /** Why requests are to be refused now; null: they are not. */
  cause: OverloadCause | null = null;
  readonly #memory: () => number;
  readonly #collect: () => void;
  readonly #onChange: (change: OverloadChange) => void;
  readonly #gates = {
    memory: new Gate({ begin: 1, end: 1, calm: 0.9 }),
    event_loop_lag: new Gate({ begin: 2, end: 10, calm: 0.5 }),
  };
  #samples = 0;
  /** In a row that found too much memory. */
  #looks = 0;

  constructor(options: OverloadOptions) {
    this.#memory = options.memory;
    this.#collect = options.collect;
    this.#onChange = options.onChange;
  }

  /** Goes by these from the next samples on; until then what is refused is refused. */
  setLimits({ memory, lag }: OverloadLimits): void {
    this.#gates.memory.limit = memory ?? Infinity;
    this.#gates.event_loop_lag.limit = lag === 0 ? Infinity : lag;
    this.#samples = 0;
  }

  /** To be called ten times a second. @param lag how late that is, in milliseconds. */
  sample(lag: number): void {
    this.#judge("event_loop_lag", lag);
    const look = this.#samples === 0;
    this.#samples = (this.#samples + 1) % SAMPLES_A_LOOK;
    if (look && this.#gates.memory.watches) this.#lookAtMemory();
  }

  #lookAtMemory(): void {
    this.#judge("memory", this.#memory());
    if (!this.#gates.memory.up) this.#looks = 0;
    else if (this.#looks++ % LOOKS_A_COLLECTION === 0) this.#collect();
  }

  #judge(cause: OverloadCause, value: number): void {
    const gate = this.#gates[cause];
    if (!gate.sample(value)) return;
    const { memory, event_loop_lag } = this.#gates;
    this.cause = memory.up ? "memory" : event_loop_lag.up ? "event_loop_lag" : null;
    this.#onChange({ cause, began: gate.up, value, limit: gate.limit });
  }
}

interface GateOptions {
  /** Samples in a row above the limit that put it up. */
  readonly begin: number;
  /** Samples in a row below what is calm that put it down. */
  readonly end: number;
  /** The share of the limit below which it is calm. */
  readonly calm: number;
}

/** Up while there is too much; slower to turn than what it watches, so that it does not flutter. */
class Gate {
  limit = Infinity;
  up = false;
  readonly #options: GateOptions;
  #run = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Whether a sample can mean anything to it. */
  get watches(): boolean {
    return this.up || this.limit !== Infinity;
  }

  /** @returns whether it turned. */
  sample(value: number): boolean {
    const { begin, end, calm } = this.#options;
    const turns = this.up ? value < this.limit * calm : value > this.limit;
    this.#run = turns ? this.#run + 1 : 0;
    if (this.#run < (this.up ? end : begin)) return false;
    this.#run = 0;
    this.up = !this.up;
    return true;
  }
}
