import type { Clock } from "../../clock.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import { Breaker, type BreakerOptions, type BreakerState } from "./breaker.ts";

export interface BackendOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly breaker: BreakerOptions;
  /** The longest that it is left alone because it asked for it, milliseconds; 0: it is not. */
  readonly maxRest: number;
  /** Hears of each change of its breaker's state. */
  readonly changed: (backend: Backend, state: BreakerState) => void;
}

/** How an attempt ended, as far as that says something of where it was made. */
export interface AttemptEnd {
  /** Null: nothing of the endpoint: the client's own fault, or its leaving. */
  readonly good: boolean | null;
  /** Milliseconds to the first byte of a good answer; `NaN`: unknown. */
  readonly latencyMs: number;
  /** Milliseconds for which it asked to be left alone; 0: none. */
  readonly restMs: number;
  /** Why it failed, fit for operators; absent: it did not, or the request was at fault. */
  readonly error?: string;
}

/** Why something of it failed last. */
export interface LastError {
  readonly text: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** Latency forgets half of what it was in about seven seconds. */
const DECAY_MS = 10_000;
const USAGE_WINDOW_MS = 60_000;
/** What others said counts for so long, then this process's own. */
const SHARED_COUNTS_MS = 5000;
/** Characters of an error that are kept. */
const LONGEST_ERROR = 400;
/** Calls of the last minute that are looked at; with more of them the share of each does not matter. */
const MAX_RECENT = 512;

/** One model at one provider: how it is doing, and what it has to do. */
export class Backend {
  readonly name: string;
  /**
   * Whether {@linkcode usedTokens} is wanted. It holds on to the calls of the last minute, which would otherwise be
   * gone by the next collection of garbage.
   */
  countsUsage = true;
  /** Null: nothing failed yet. */
  lastError: LastError | null = null;
  readonly #clock: Clock;
  readonly #breaker: Breaker;
  readonly #maxRest: number;
  readonly #recent: { readonly at: number; readonly call: ModelCall; told: number }[] = [];
  /** What all processes have used, and when they said so; null: nobody ever did. */
  #shared: { readonly tokens: number; readonly at: number } | null = null;
  #inFlight = 0;
  #latency = 0;
  #latencyAt = 0;
  #restsUntil = 0;
  #restsForTrouble = false;

  constructor(
    readonly provider: string,
    readonly model: string,
    readonly endpoint: string,
    options: BackendOptions,
  ) {
    this.name = `${provider}/${model}`;
    this.#clock = options.clock;
    this.#maxRest = options.maxRest;
    this.#breaker = new Breaker(
      options.breaker,
      options.clock,
      options.random,
      (state) => options.changed(this, state),
    );
  }

  /** 1 healthy, 0.5 tried again, 0 not asked: `gateway_backend_health`. */
  get health(): number {
    return this.#breaker.state === "closed" ? 1 : this.#breaker.state === "half_open" ? 0.5 : 0;
  }

  /** Whether nothing is wrong with it but that it asked to be left alone for a limit. */
  get limited(): boolean {
    return this.health === 1 && !this.#restsForTrouble;
  }

  /** Whether it may be asked now. */
  get available(): boolean {
    return this.#breaker.admits && (this.#restsUntil === 0 || this.#clock.now() >= this.#restsUntil);
  }

  /** Milliseconds until it may be asked. */
  get wait(): number {
    return Math.max(this.#breaker.wait, this.#restsUntil - this.#clock.now(), 0);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** What one more request may expect to wait: recent latency times those that are there already. */
  get load(): number {
    return this.#latency * (this.#inFlight + 1);
  }

  /**
   * Tokens of the last minute, those under way not yet among them: of all processes where these tell each other, else
   * of this one.
   */
  get usedTokens(): number {
    const now = this.#clock.now();
    const shared = this.#shared !== null && now - this.#shared.at <= SHARED_COUNTS_MS ? this.#shared : null;
    const since = now - USAGE_WINDOW_MS;
    let tokens = shared?.tokens ?? 0;
    for (const { at, call, told } of this.#recent) {
      if (at >= since) tokens += this.#tokensOf(call) - (shared === null ? 0 : told);
    }
    return tokens;
  }

  /** Tokens that nobody was told of yet; now somebody is. */
  takeUsage(): number {
    let tokens = 0;
    for (const entry of this.#recent) {
      const used = this.#tokensOf(entry.call);
      tokens += used - entry.told;
      entry.told = used;
    }
    return tokens;
  }

  /** What all processes have used in the last minute. */
  shareUsage(tokens: number): void {
    this.#shared = { tokens, at: this.#clock.now() };
  }

  /** An attempt begins, whose end has to be told. @returns whether it may. */
  enter(call: ModelCall): boolean {
    if (!this.available || !this.#breaker.enter()) return false;
    this.#inFlight++;
    // Asked again within one call, it has that call's tokens once.
    if (!this.countsUsage || this.#recent.at(-1)?.call === call) return true;
    this.#recent.push({ at: this.#clock.now(), call, told: 0 });
    if (this.#recent.length > MAX_RECENT) this.#recent.shift();
    return true;
  }

  /** An attempt failed, or a health check. */
  failed(why: string): void {
    this.lastError = { text: why.slice(0, LONGEST_ERROR), at: this.#clock.wall() };
  }

  /** A health check found it down: it is not asked for so many milliseconds, unless {@linkcode release} comes before. */
  hold(ms: number): void {
    this.#breaker.hold(ms);
  }

  /** A health check found it well again. */
  release(): void {
    this.#breaker.release();
  }

  leave({ good, latencyMs, restMs, error }: AttemptEnd): void {
    this.#inFlight--;
    if (error !== undefined) this.failed(error);
    if (latencyMs >= 0) this.#observe(latencyMs);
    if (restMs > 0) {
      this.#restsUntil = this.#clock.now() + Math.min(restMs, this.#maxRest);
      this.#restsForTrouble = good === false;
    }
    this.#breaker.leave(good);
  }

  /** Those of a call that somebody else answered are none of its. */
  #tokensOf({ provider, model, inputTokens, outputTokens }: ModelCall): number {
    if (provider !== this.provider || model !== this.model) return 0;
    return (inputTokens > 0 ? inputTokens : 0) + (outputTokens > 0 ? outputTokens : 0);
  }

  /** Peak-sensitive: a slow answer counts at once, and is forgotten slowly. */
  #observe(ms: number): void {
    const now = this.#clock.now();
    const weight = Math.exp(-(now - this.#latencyAt) / DECAY_MS);
    this.#latency = ms > this.#latency ? ms : this.#latency * weight + ms * (1 - weight);
    this.#latencyAt = now;
  }
}
