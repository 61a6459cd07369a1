import type { Clock } from "../../clock.ts";
import type {
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
} from "../../providers/provider.ts";
import type { Backend } from "./backend.ts";

export interface HealthCheckOptions {
  readonly clock: Clock;
  readonly random: () => number;
  /** Milliseconds. */
  readonly interval: number;
  /** In a row, before what it is about is left alone. */
  readonly failures: number;
  /** In a row, before it is asked again. */
  readonly successes: number;
  /** What it tells of, all at once. */
  readonly backends: readonly Pick<Backend, "hold" | "release">[];
  /** Asks once. */
  readonly ask: (handler: UpstreamHandler) => UpstreamHandle;
  /** Hears why it is left alone, and null once it is asked again. */
  readonly onChange: (failure: string | null) => void;
}

/** Checks are spread by up to this share of the interval, so that many gateways do not ask at once. */
const JITTER = 0.2;
/** The longest that the first check waits, milliseconds. */
const FIRST_WITHIN = 1000;
/** Intervals for which a failed check counts: the next one is there before, unless checks have ended. */
const COUNTS_FOR = 3;

/** Asks a provider now and then whether it is well, and tells its backends where that changes. */
export class HealthCheck {
  readonly #options: HealthCheckOptions;
  #stopWaiting: (() => void) | null = null;
  #asking: UpstreamHandle | null = null;
  #running = false;
  #down = false;
  /** Checks in a row that say the other of what it is taken for. */
  #against = 0;

  constructor(options: HealthCheckOptions) {
    this.#options = options;
  }

  start(): void {
    const { interval, random } = this.#options;
    this.#running = true;
    this.#after(Math.min(interval, FIRST_WITHIN) * random());
  }

  stop(): void {
    this.#running = false;
    this.#stopWaiting?.();
    this.#asking?.abort();
    this.#asking = null;
  }

  #after(ms: number): void {
    const stop = this.#options.clock.every(Math.max(1, ms), () => {
      stop();
      this.#check();
    });
    this.#stopWaiting = stop;
  }

  #check(): void {
    const { interval, random, ask } = this.#options;
    const probe = new Probe((verdict) => {
      if (!this.#running) return;
      this.#asking = null;
      this.#judge(verdict);
      this.#after(interval * (1 - JITTER + 2 * JITTER * random()));
    });
    const handle = ask(probe);
    // It may be over already.
    if (!probe.over) this.#asking = handle;
  }

  #judge(verdict: Verdict): void {
    if (verdict === "unknown") return;
    const { failures, successes, backends, interval, onChange } = this.#options;
    const failed = verdict !== "well";
    this.#against = failed === this.#down ? 0 : this.#against + 1;
    if (this.#against >= (failed ? failures : successes)) {
      this.#down = failed;
      this.#against = 0;
      onChange(failed ? verdict.failure : null);
      if (!failed) { for (const backend of backends) backend.release(); }
    }
    if (this.#down) { for (const backend of backends) backend.hold(COUNTS_FOR * interval); }
  }
}

type Verdict = "well" | "unknown" | { readonly failure: string };

/** Makes one verdict of an answer; being too busy to ask says nothing of it, nor does its being busy. */
class Probe implements UpstreamHandler {
  over = false;
  readonly #done: (verdict: Verdict) => void;
  #status = 0;
  #waits = false;

  constructor(done: (verdict: Verdict) => void) {
    this.#done = done;
  }

  onQueue(): void {
    this.#waits = true;
  }

  onDequeue(): void {
    this.#waits = false;
  }

  onResponse(status: number, _headers: UpstreamHeaders): void {
    this.#status = status;
  }

  onData(): void {}

  onEnd(): void {
    const status = this.#status;
    if (status >= 200 && status <= 299) this.#end("well");
    else this.#end(status === 429 ? "unknown" : { failure: `status ${status}` });
  }

  onError({ kind, message }: UpstreamError): void {
    this.#end(this.#waits || kind === "queue_full" ? "unknown" : { failure: `${kind}: ${message}` });
  }

  #end(verdict: Verdict): void {
    this.over = true;
    this.#done(verdict);
  }
}
