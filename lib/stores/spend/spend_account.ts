import type { Clock } from "../../clock.ts";
import type { Exchange, ModelCall } from "../../telemetry/exchange.ts";
import type { SpendGroup, SpendPlace, SpendRow, SpendStore } from "../spend_store.ts";
import { dayOf } from "../limits/budget_windows.ts";

export interface SpendAccountOptions {
  readonly clock: Clock;
  readonly store: SpendStore;
  /** Names of models that clients may use, with the one each is counted under; any other is told where it cost something. */
  readonly models: () => ReadonlyMap<string, string>;
  /** Hears of rows that were lost since the store did not take them for long. */
  readonly onLost: (rows: number) => void;
}

/** From one group to the next, milliseconds: what a process that is killed loses at most. */
const INTERVAL = 1_000;
/** Rows that wait for the store; what comes beyond is added up under fewer names. */
const MAX_WAITING = 10_000;
const NANO_USD = 1e9;
const OTHER = "other";

interface Waiting {
  readonly place: SpendPlace;
  requests: number;
  inputTokens: number;
  outputTokens: number;
  nanoUsd: number;
}

/**
 * Adds up what requests have spent when their records are finished, and gives it to the store in groups, off their
 * way. A group that failed is sent again under its name, so that it counts once.
 */
export class SpendAccount {
  readonly #options: SpendAccountOptions;
  #waiting = new Map<string, Waiting>();
  #sending: SpendGroup | null = null;
  #flushing: Promise<void> | null = null;
  readonly #stop: () => void;

  constructor(options: SpendAccountOptions) {
    this.#options = options;
    this.#stop = options.clock.every(INTERVAL, () => void this.flush().catch(() => {}));
  }

  get store(): SpendStore {
    return this.#options.store;
  }

  /** Counts a finished record. */
  project(exchange: Exchange): void {
    const { call, innerCalls } = exchange;
    if (call !== null) this.#add(exchange, call, 1);
    for (const inner of innerCalls) this.#add(exchange, inner, 0);
  }

  /** Gives the store what there is. @throws where it does not take it; it stays here. */
  flush(): Promise<void> {
    return this.#flushing ??= this.#flush().finally(() => this.#flushing = null);
  }

  /** Gives the store the last of it, and closes it. */
  async close(): Promise<void> {
    this.#stop();
    // What is under way may not have had all.
    await this.#flushing?.catch(() => {});
    await this.flush().catch(() =>
      this.#options.onLost(this.#waiting.size + (this.#sending?.rows.length ?? 0))
    );
    await this.store.close();
  }

  async #flush(): Promise<void> {
    // What failed before comes first, and alone: it may be there already.
    if (this.#sending !== null) {
      await this.store.add(this.#sending);
      this.#sending = null;
    }
    if (this.#waiting.size === 0) return;
    this.#sending = { id: crypto.randomUUID(), rows: [...this.#waiting.values()] as readonly SpendRow[] };
    this.#waiting = new Map();
    await this.store.add(this.#sending);
    this.#sending = null;
  }

  #add(exchange: Exchange, call: ModelCall, requests: number): void {
    if (call.attempts.length === 0) return;
    const inputTokens = call.inputTokens > 0 ? Math.round(call.inputTokens) : 0;
    const outputTokens = call.outputTokens > 0 ? Math.round(call.outputTokens) : 0;
    const nanoUsd = call.costUsd > 0 ? Math.round(call.costUsd * NANO_USD) : 0;
    if (requests + inputTokens + outputTokens + nanoUsd === 0) return;
    const { principal, requestedModel } = exchange;
    // Behind a wildcard a client may ask for anything.
    const asked = this.#options.models().get(requestedModel);
    const real = asked !== undefined || inputTokens + outputTokens > 0;
    const day = dayOf(exchange.wallStart);
    let place: SpendPlace = {
      day,
      key: principal?.keyId ?? "",
      team: principal?.team ?? "",
      user: principal?.userId ?? "",
      model: real ? call.model : OTHER,
      requested_model: asked ?? (real ? requestedModel : OTHER),
      provider: call.provider,
    };
    let key = keyOf(place);
    let waiting = this.#waiting.get(key);
    if (waiting === undefined && this.#waiting.size >= MAX_WAITING) {
      place = { ...place, user: OTHER, model: OTHER, requested_model: OTHER, provider: OTHER };
      key = keyOf(place);
      waiting = this.#waiting.get(key);
    }
    if (waiting === undefined) {
      this.#waiting.set(key, waiting = { place, requests: 0, inputTokens: 0, outputTokens: 0, nanoUsd: 0 });
    }
    waiting.requests += requests;
    waiting.inputTokens += inputTokens;
    waiting.outputTokens += outputTokens;
    waiting.nanoUsd += nanoUsd;
  }
}

function keyOf({ day, key, team, user, model, requested_model, provider }: SpendPlace): string {
  return `${day}\n${key}\n${team}\n${user}\n${model}\n${requested_model}\n${provider}`;
}
