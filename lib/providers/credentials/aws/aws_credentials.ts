import type { Clock } from "../../../clock.ts";
import {
  type Credential,
  CredentialError,
  type CredentialSource,
  type OutgoingRequest,
} from "../credential_source.ts";
import type { AwsKeys, AwsKeySource } from "./aws_keys.ts";
import { sign, SIGNATURE_HEADERS, type SigningScope } from "./sign.ts";

/** Temporary keys are renewed so long before their end, milliseconds. */
const MARGIN = 300_000;
/** Between two looks at sources that failed. */
const PAUSE = 1_000;
/** How long keys that were got because of a refusal are not given up because of another. */
const TRUST = 60_000;
/** Keys derived for signing: one a day, region and service; more is a leak. */
const MOST_DERIVED = 16;

/**
 * Signs requests with the keys of the first source that has some. Keys that expire are renewed before they do,
 * beside the requests that use the old ones; however many requests wait, the sources are asked once. Keys that are
 * refused are got again once.
 */
export class AwsCredentials implements CredentialSource {
  readonly headerNames = SIGNATURE_HEADERS;
  readonly #sources: readonly AwsKeySource[];
  readonly #scope: SigningScope;
  readonly #clock: Clock;
  readonly #onFailure: (message: string) => void;
  readonly #derived = new Map<string, ArrayBuffer>();
  #keys: AwsKeys | null = null;
  /** Monotonic; before it a refusal is not the keys' fault. */
  #trustedUntil = -Infinity;
  #loading: Promise<AwsKeys> | null = null;
  #failure: { readonly error: CredentialError; readonly until: number } | null = null;

  /** @param onFailure hears of the first failure after a success. */
  constructor(
    sources: readonly AwsKeySource[],
    scope: SigningScope,
    clock: Clock,
    onFailure: (message: string) => void,
  ) {
    this.#sources = sources;
    this.#scope = scope;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  async credential(request: OutgoingRequest): Promise<Credential> {
    const keys = await this.#current();
    if (this.#derived.size > MOST_DERIVED) this.#derived.clear();
    return {
      headers: await sign(request, keys, this.#scope, this.#clock.wall(), this.#derived),
      refused: (status) => (status === 401 || status === 403) && this.#giveUp(keys),
    };
  }

  secrets(): readonly string[] {
    const keys = this.#keys;
    if (keys === null) return [];
    return keys.sessionToken === null ? [keys.secretAccessKey] : [keys.secretAccessKey, keys.sessionToken];
  }

  #current(): AwsKeys | Promise<AwsKeys> {
    const keys = this.#keys;
    const left = keys === null ? 0 : (keys.expiresAt ?? Infinity) - this.#clock.wall();
    if (keys === null || left <= 0) return this.#load();
    // The old ones are good still, so nobody waits, and a failure is told when it counts.
    if (left < MARGIN) this.#load().catch(() => {});
    return keys;
  }

  #load(): Promise<AwsKeys> {
    if (this.#loading !== null) return this.#loading;
    if (this.#failure !== null && this.#clock.now() < this.#failure.until) {
      return Promise.reject(this.#failure.error);
    }
    this.#loading = this.#first().then((keys) => {
      this.#keys = keys;
      this.#failure = null;
      return keys;
    }, (cause: unknown) => {
      throw this.#failed(cause);
    }).finally(() => this.#loading = null);
    return this.#loading;
  }

  async #first(): Promise<AwsKeys> {
    for (const source of this.#sources) {
      const keys = await source.load();
      if (keys !== null) return keys;
    }
    const names = this.#sources.map(({ name }) => name).join(", ");
    throw new CredentialError("credentials_failed", `no AWS credentials: none in ${names}`);
  }

  #failed(cause: unknown): CredentialError {
    const error = cause instanceof CredentialError
      ? cause
      : new CredentialError("credentials_failed", "no AWS credentials: they could not be read");
    if (this.#failure === null) this.#onFailure(error.message);
    this.#failure = { error, until: this.#clock.now() + PAUSE };
    return error;
  }

  /** @returns whether there are, or may be, others than the ones that were refused. */
  #giveUp(refused: AwsKeys): boolean {
    // Permanent ones will be the same again.
    if (refused.expiresAt === null) return false;
    if (this.#keys !== refused) return true;
    const now = this.#clock.now();
    if (now < this.#trustedUntil) return false;
    this.#keys = null;
    this.#trustedUntil = now + TRUST;
    return true;
  }
}
