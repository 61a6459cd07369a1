import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { Lease } from "../../stores/run_store.ts";
import type { Run, Unstored } from "./run.ts";
import { RunChanges } from "./run_changes.ts";
import { RunKeeper } from "./run_keeper.ts";

export interface BackgroundRunsOptions {
  readonly clock: Clock;
  readonly runs: InstrumentedRuns;
  /** Runs at a time, and how many may wait for their turn. */
  readonly maxRunning: number;
  readonly maxQueued: number;
  /** Milliseconds without a sign of life after which other processes give up this one's runs. */
  readonly lease: number;
  readonly onWarning: (message: string) => void;
}

/** Seconds after which a client may try again. */
const RETRY_AFTER = 5;

/** The responses that this process makes in the background: their slots, their leases, and who waits for them. */
export class BackgroundRuns {
  readonly changes: RunChanges;
  readonly #options: BackgroundRunsOptions;
  readonly #keeper: RunKeeper;
  /** Those that run and those that wait, the first of which comes next. */
  readonly #running = new Map<string, Run>();
  readonly #queued = new Map<string, Run>();
  /** Slots that are promised to runs which are being stored. */
  #reserved = 0;
  #idle: (() => void) | null = null;

  constructor(options: BackgroundRunsOptions) {
    this.#options = options;
    this.changes = new RunChanges();
    this.#keeper = new RunKeeper({
      ...options,
      local: () => this.#all(),
      onChange: this.changed,
      onEnded: (id) => this.leave(id),
    });
  }

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#queued.size;
  }

  /** What a new run is stored with. */
  lease(): Lease {
    return this.#keeper.lease();
  }

  readonly changed = (id: string): void => this.changes.tell(id);

  readonly unstored = (unstored: Unstored): void => this.#keeper.tryAgain(unstored);

  /** The run of this process that makes the response, or null. */
  find(id: string): Run | null {
    return this.#running.get(id) ?? this.#queued.get(id) ?? null;
  }

  /**
   * Takes a place for a run that is about to be stored. @throws {GatewayError} `overloaded` where there is none.
   * @returns begins the run; with null it gives the place back.
   */
  reserve(): (run: Run | null) => void {
    const { maxRunning, maxQueued } = this.#options;
    if (this.running + this.queued + this.#reserved >= maxRunning + maxQueued) {
      throw new GatewayError("overloaded", "Too many responses run in the background; try again shortly.", {
        retryAfter: RETRY_AFTER,
      });
    }
    this.#reserved++;
    return (run) => {
      this.#reserved--;
      if (run !== null) this.#queued.set(run.id, run);
      this.#next();
    };
  }

  /** Lets go of a run whose response was ended or deleted by somebody else. */
  leave(id: string): void {
    const waiting = this.#queued.get(id);
    this.find(id)?.leave();
    // It has nothing to do any more, for which it needs no turn.
    if (waiting !== undefined) this.#begin(waiting);
    this.changed(id);
  }

  /** Those that wait fail; those that run are ended with all answers that are under way. */
  refuseQueued(error: GatewayError): void {
    for (const run of [...this.#queued.values()]) {
      run.refuse(error);
      this.#begin(run);
    }
  }

  /** Resolves once none is left. */
  settled(): Promise<void> {
    if (this.running + this.queued + this.#reserved === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle = resolve);
  }

  /** Stops looking after leases. */
  close(): void {
    this.#keeper.close();
  }

  *#all(): Generator<Run> {
    yield* this.#running.values();
    yield* this.#queued.values();
  }

  #next(): void {
    for (const run of [...this.#queued.values()]) {
      if (this.running >= this.#options.maxRunning) break;
      this.#begin(run);
    }
    if (this.running + this.queued + this.#reserved === 0) this.#idle?.();
  }

  #begin(run: Run): void {
    this.#queued.delete(run.id);
    this.#running.set(run.id, run);
    run.work().finally(() => {
      this.#running.delete(run.id);
      this.#next();
    });
  }
}
