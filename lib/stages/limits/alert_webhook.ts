import type { Clock } from "../../clock.ts";
import type { JsonObject } from "../../wire/canonical.ts";

export interface AlertWebhookOptions {
  /** As configured; a secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for one try. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
  /** Hears of an alert that nobody took. */
  readonly onLost: (alert: JsonObject, why: string) => void;
}

interface Pending {
  readonly alert: JsonObject;
  tries: number;
  at: number;
}

/** Alerts that wait; the oldest go. */
const MAX_WAITING = 100;
const MAX_TRIES = 6;
/** Until the second try, milliseconds; doubled with each. */
const FIRST_WAIT = 1_000;
const TICK = 250;

/**
 * Posts alerts to one configured place, one after the other, again where that may help. Redirects are not followed: the
 * place is the one that was configured and no other.
 */
export class AlertWebhook {
  readonly #options: AlertWebhookOptions;
  readonly #fetch: typeof fetch;
  #waiting: Pending[] = [];
  #sending: Promise<void> | null = null;
  #stop: (() => void) | null = null;
  readonly #closing = new AbortController();

  constructor(options: AlertWebhookOptions) {
    this.#options = options;
    this.#fetch = options.fetch ?? fetch;
  }

  send(alert: JsonObject): void {
    if (this.#waiting.length >= MAX_WAITING) {
      const oldest = this.#waiting.shift();
      if (oldest !== undefined) this.#options.onLost(oldest.alert, "too many wait already");
    }
    this.#waiting.push({ alert, tries: 0, at: -Infinity });
    this.#stop ??= this.#options.clock.every(TICK, () => this.#next());
    this.#next();
  }

  /** Tries each once more, while it is waited for. */
  async close(): Promise<void> {
    this.#stop?.();
    this.#stop = null;
    await this.#sending;
    for (const pending of this.#waiting.splice(0)) await this.#try(pending);
    this.#closing.abort();
    for (const { alert } of this.#waiting.splice(0)) this.#options.onLost(alert, "the gateway ended");
  }

  #next(): void {
    if (this.#sending !== null) return;
    const now = this.#options.clock.now();
    const index = this.#waiting.findIndex(({ at }) => at <= now);
    const [pending] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (pending === undefined) {
      if (this.#waiting.length > 0) return;
      this.#stop?.();
      this.#stop = null;
      return;
    }
    this.#sending = this.#try(pending).finally(() => {
      this.#sending = null;
      if (this.#stop !== null) this.#next();
    });
  }

  async #try(pending: Pending): Promise<void> {
    const { url, headers, timeout, clock, onLost } = this.#options;
    let why: string;
    let lasting = false;
    try {
      const response = await this.#fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(pending.alert),
        redirect: "manual",
        signal: AbortSignal.any([AbortSignal.timeout(timeout), this.#closing.signal]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      const { status } = response;
      why = `status ${status}`;
      lasting = status < 500 && status !== 408 && status !== 429;
    } catch (error) {
      // What fetch says may hold the URL, which is a secret.
      why = error instanceof DOMException ? "no answer in time" : "no connection";
    }
    pending.tries++;
    if (lasting || pending.tries >= MAX_TRIES) return onLost(pending.alert, why);
    pending.at = clock.now() + FIRST_WAIT * 2 ** (pending.tries - 1);
    this.#waiting.push(pending);
  }
}
