import type { Clock } from "../../clock.ts";
import type { OutboundPost } from "../../providers/outbound_post.ts";
import type { JsonObject } from "../../wire/canonical.ts";

export interface AlertWebhookOptions {
  /** The configured one; closed with this. */
  readonly place: Pick<OutboundPost, "post" | "close">;
  readonly clock: Clock;
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

/** Posts alerts to one configured place, one after the other, again where that may help. */
export class AlertWebhook {
  readonly #options: AlertWebhookOptions;
  #waiting: Pending[] = [];
  #sending: Promise<void> | null = null;
  #stop: (() => void) | null = null;

  constructor(options: AlertWebhookOptions) {
    this.#options = options;
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
    for (const { alert } of this.#waiting.splice(0)) this.#options.onLost(alert, "the gateway ended");
    await this.#options.place.close();
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
    const { place, clock, onLost } = this.#options;
    const posted = await place.post(pending.alert);
    let why: string;
    let lasting = false;
    if ("failure" in posted) why = posted.failure;
    else {
      const { status } = posted;
      if (status >= 200 && status < 300) return;
      why = `status ${status}`;
      lasting = status < 500 && status !== 408 && status !== 429;
    }
    pending.tries++;
    if (lasting || pending.tries >= MAX_TRIES) return onLost(pending.alert, why);
    pending.at = clock.now() + FIRST_WAIT * 2 ** (pending.tries - 1);
    this.#waiting.push(pending);
  }
}
