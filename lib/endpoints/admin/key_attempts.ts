import { addressBucket } from "../../address.ts";
import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { Exchange } from "../../telemetry/exchange.ts";

/** Wrong keys that one address may show in a minute. Whoever knows a key needs one. */
const MOST_WRONG = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; then the oldest go, whose minute is over first. */
const MOST_ADDRESSES = 10_000;

interface Wrong {
  count: number;
  /** Monotonic milliseconds of the first of them. */
  readonly since: number;
}

/**
 * Counts the wrong keys that are shown to the admin API and the console, by address, so that keys of operators cannot
 * be guessed. Whoever has shown too many is asked to wait, whichever key comes next. There is no bound for all
 * addresses together: with one, anybody could lock out everybody.
 */
export class KeyAttempts {
  readonly #clock: Clock;
  readonly #wrong = new Map<string, Wrong>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {GatewayError} where this address may show no key for a while. */
  admit(exchange: Exchange): void {
    const wrong = this.#of(addressBucket(exchange.clientAddress));
    if (wrong === null || wrong.count < MOST_WRONG) return;
    exchange.rateLimit = "operator_keys";
    throw new GatewayError("rate_limit_exceeded", "Too many wrong keys have come from this address.", {
      retryAfter: Math.max(1, Math.ceil((wrong.since + WINDOW_MS - this.#clock.now()) / 1000)),
    });
  }

  /** The key that was shown is nobody's. */
  wrong(exchange: Exchange): void {
    const address = addressBucket(exchange.clientAddress);
    const known = this.#of(address);
    if (known !== null) {
      known.count++;
      return;
    }
    // Behind all others, also where it was there before.
    this.#wrong.delete(address);
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size >= MOST_ADDRESSES && oldest !== undefined) this.#wrong.delete(oldest);
    this.#wrong.set(address, { count: 1, since: this.#clock.now() });
  }

  /** Null: its minute is over, or has not begun. */
  #of(address: string): Wrong | null {
    const wrong = this.#wrong.get(address);
    return wrong === undefined || this.#clock.now() - wrong.since >= WINDOW_MS ? null : wrong;
  }
}
