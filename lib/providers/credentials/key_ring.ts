import type { Clock } from "../../clock.ts";
import type { AuthScheme } from "../catalog.ts";
import { authHeader, authHeaderName } from "./auth_scheme.ts";
import type { Credential, CredentialSource } from "./credential_source.ts";
import type { Revealable } from "./revealable.ts";

/** One of a provider's keys. */
export interface WeightedKey {
  readonly key: Revealable;
  /** Share of the requests, relative to the other keys; 0 takes part only while the others cool. */
  readonly weight: number;
}

export interface KeyRingOptions {
  readonly scheme: AuthScheme;
  readonly clock: Clock;
  readonly random: () => number;
  /** A key begins to cool. @param tail its last four characters. @param ms for how long. */
  readonly onCooling?: ((tail: string, status: number, ms: number) => void) | undefined;
}

/** How long a key cools that has reached its limit, where the provider does not say, milliseconds. */
const LIMITED = 10_000;
/** How long one cools that the provider does not accept. */
const REFUSED = 60_000;
/** The longest that a provider's `Retry-After` keeps a key out. */
const LONGEST = 300_000;

/**
 * The keys of a provider. Each request gets one by weight, at random; one that the provider refuses rests, alone,
 * and the request takes another at once. Where all rest, the one that is ready soonest is used all the same: the
 * provider says no better than we could.
 */
export class KeyRing implements CredentialSource {
  readonly headerNames: readonly string[];
  readonly #keys: readonly RingKey[];
  readonly #options: KeyRingOptions;
  /** The only key; null where there are several. */
  readonly #only: RingKey | null;

  /** @param keys at least one. */
  constructor(keys: readonly WeightedKey[], options: KeyRingOptions) {
    this.#options = options;
    this.headerNames = [authHeaderName(options.scheme)];
    this.#keys = keys.map((each) => new RingKey(each, options.scheme));
    const [first] = this.#keys;
    this.#only = first !== undefined && this.#keys.length === 1 ? first : null;
    if (this.#only !== null) return;
    for (const key of this.#keys) key.onRefused = (status, retryAfter) => this.#cool(key, status, retryAfter);
  }

  credential(): Credential {
    return (this.#only ?? this.#pick()).current();
  }

  secrets(): readonly string[] {
    return this.#keys.map(({ secret }) => secret);
  }

  #pick(): RingKey {
    const now = this.#options.clock.now();
    const ready = this.#keys.filter(({ readyAt }) => readyAt <= now);
    const [spare] = ready;
    if (spare === undefined) return this.#keys.reduce((a, b) => b.readyAt < a.readyAt ? b : a);
    let draw = this.#options.random() * ready.reduce((sum, { weight }) => sum + weight, 0);
    return ready.find(({ weight }) => weight > 0 && (draw -= weight) < 0) ?? spare;
  }

  #cool(key: RingKey, status: number, retryAfter: number | null): boolean {
    const { clock, onCooling } = this.#options;
    const now = clock.now();
    const asked = status === 429 && retryAfter !== null && retryAfter >= 0 ? retryAfter * 1000 : null;
    const ms = Math.min(LONGEST, asked ?? (status === 429 ? LIMITED : REFUSED));
    // Requests that went out before it rested say the same again.
    if (key.readyAt <= now) onCooling?.(key.secret.slice(-4), status, ms);
    key.rest(now + ms);
    return this.#keys.some(({ readyAt }) => readyAt <= now);
  }
}

class RingKey {
  readonly weight: number;
  /** Told of a refusal; undefined where the ring has no other key. */
  onRefused: ((status: number, retryAfter: number | null) => boolean) | undefined;
  readonly #key: Revealable;
  readonly #scheme: AuthScheme;
  #secret: string | null = null;
  #readyAt = -Infinity;
  #credential: Credential = { headers: [] };

  constructor({ key, weight }: WeightedKey, scheme: AuthScheme) {
    this.#key = key;
    this.#scheme = scheme;
    this.weight = weight;
  }

  get secret(): string {
    return this.#key.reveal();
  }

  /** When it may be used, monotonic milliseconds. What was said of an old secret does not count for a new one. */
  get readyAt(): number {
    return this.#key.reveal() === this.#secret ? this.#readyAt : -Infinity;
  }

  rest(until: number): void {
    this.#readyAt = Math.max(this.#readyAt, until);
  }

  current(): Credential {
    const secret = this.#key.reveal();
    if (secret === this.#secret) return this.#credential;
    this.#secret = secret;
    this.#readyAt = -Infinity;
    const headers = secret === "" ? [] : authHeader(this.#scheme, secret);
    const { onRefused } = this;
    this.#credential = onRefused === undefined
      ? { headers }
      : { headers, refused: (...refusal) => this.#secret !== secret || onRefused(...refusal) };
    return this.#credential;
  }
}
