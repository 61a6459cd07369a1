import type { Clock } from "../../clock.ts";
import type { StoredResponse } from "../../stores/conversation_store.ts";
import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { Lease } from "../../stores/run_store.ts";
import type { Run, Unstored } from "./run.ts";
import { endInStore } from "./end_in_store.ts";
import { failedResponse, isOver, type RunResponse } from "./run_response.ts";

export interface RunKeeperOptions {
  readonly clock: Clock;
  readonly runs: InstrumentedRuns;
  /** Milliseconds. */
  readonly lease: number;
  /** The runs of this process that are not over. */
  readonly local: () => Iterable<Pick<Run, "owner" | "id">>;
  readonly onChange: (id: string) => void;
  /** A local run was ended or deleted by another process. */
  readonly onEnded: (id: string) => void;
  readonly onWarning: (message: string) => void;
}

/** Signs of life in the time of a lease. */
const BEATS_A_LEASE = 3;
/** Abandoned runs that are looked at in one round. */
const MAX_A_ROUND = 100;
/** Ends of runs that wait for the store to come back; the oldest go first, and are given up as abandoned. */
const MAX_UNSTORED = 1000;

/**
 * Looks after what is stored of runs: it renews the leases of this process's own, ends those whose process died,
 * notices those that another process ended, and stores what the store refused before.
 *
 * A run is given up when its lease was found to be over twice in a row: a clock that jumps ahead ends all leases at
 * once, and their owners then have the time of one round to renew them.
 */
export class RunKeeper {
  readonly #options: RunKeeperOptions;
  readonly #process = crypto.randomUUID();
  readonly #stop: () => void;
  #suspects: ReadonlySet<string> = new Set();
  #unstored: Unstored[] = [];
  #busy = false;

  constructor(options: RunKeeperOptions) {
    this.#options = options;
    this.#stop = options.clock.every(options.lease / BEATS_A_LEASE, () => this.#beat());
    this.#beat();
  }

  lease(): Lease {
    const { clock, lease } = this.#options;
    return { process: this.#process, until: clock.wall() + lease };
  }

  tryAgain(unstored: Unstored): void {
    this.#unstored.push(unstored);
    if (this.#unstored.length > MAX_UNSTORED) this.#unstored.shift();
  }

  close(): void {
    this.#stop();
  }

  async #beat(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const { runs } = this.#options;
      const local = [...this.#options.local()];
      if (local.length > 0) await runs.renew(this.lease());
      await this.#storeUnstored();
      for (const run of local) {
        const page = await runs.events(null, run.owner, run.id, Number.MAX_SAFE_INTEGER, 1);
        if (page === null || page.finished) this.#options.onEnded(run.id);
      }
      await this.#endAbandoned();
    } catch {
      // The store is not there; requests say so, and the next round comes.
    } finally {
      this.#busy = false;
    }
  }

  async #storeUnstored(): Promise<void> {
    while (this.#unstored[0] !== undefined) {
      const { owner, id, response, events } = this.#unstored[0];
      await this.#options.runs.finish(null, owner, id, response, events);
      this.#unstored.shift();
      this.#options.onChange(id);
    }
  }

  async #endAbandoned(): Promise<void> {
    const { clock, runs, local, onWarning, onChange } = this.#options;
    const own = new Set([...local()].map((run) => run.id));
    const found = (await runs.abandoned(clock.wall(), MAX_A_ROUND)).filter((turn) => !own.has(turn.id));
    for (const turn of found) {
      if (!this.#suspects.has(keyOf(turn))) continue;
      if (await endInStore(runs, null, turn.owner, ended(turn)) && !isOver(turn.response)) {
        onWarning(`The response ${turn.id} was given up: the process that made it is gone`);
      }
      onChange(turn.id);
    }
    this.#suspects = new Set(found.map(keyOf));
  }
}

function keyOf({ owner, id }: StoredResponse): string {
  return `${id} ${owner}`;
}

/** The response of a run that nobody makes any more. One that was answered whole stays as it is. */
function ended({ id, response }: StoredResponse): RunResponse {
  const known = { ...response, id };
  if (isOver(response)) return known;
  return failedResponse(known, "server_error", "The gateway restarted while the response was made.");
}
