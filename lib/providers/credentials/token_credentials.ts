import type { Clock } from "../../clock.ts";
import { authHeader } from "./auth_scheme.ts";
import { type Credential, CredentialError, type CredentialSource } from "./credential_source.ts";
import type { IssuedToken } from "./token_endpoint.ts";

/** Where tokens come from. */
export interface TokenIssuer {
  /** @throws {CredentialError} */
  issue(): Promise<IssuedToken>;
  /** What proves to the issuer who we are. */
  secrets(): readonly string[];
  close(): Promise<void>;
}

/** Of a token whose issuer does not say how long it lasts, milliseconds. */
const DEFAULT_LIFETIME = 300_000;
/** A token is renewed in the last tenth of its life, but not earlier than this before its end. */
const MARGIN = 300_000;
/** Between two tries at an issuer that failed. */
const PAUSE = 1_000;
/** How long one that was got because of a refusal is not given up because of another. */
const TRUST = 30_000;

/** A token with its life, monotonic milliseconds. */
class Token {
  constructor(
    readonly credential: Credential,
    readonly secret: string,
    readonly renewAt: number,
    readonly expiresAt: number,
    /** Until when a refusal is not the token's fault. */
    readonly trustedUntil: number,
  ) {}
}

/**
 * A bearer token that is got when it is first needed and renewed before it expires, beside the requests that use
 * the old one. However many requests wait, the issuer is asked once. A token that is refused is replaced once.
 */
export class TokenCredentials implements CredentialSource {
  readonly headerNames = ["authorization"];
  readonly #issuer: TokenIssuer;
  readonly #clock: Clock;
  readonly #onFailure: (message: string) => void;
  #token: Token | null = null;
  #renewal: Promise<Token> | null = null;
  #failure: { readonly error: CredentialError; readonly until: number } | null = null;
  #refused = false;

  /** @param onFailure hears of the first failure after a success. */
  constructor(issuer: TokenIssuer, clock: Clock, onFailure: (message: string) => void) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  credential(): Credential | Promise<Credential> {
    const token = this.#token;
    const now = this.#clock.now();
    if (token === null || now >= token.expiresAt) {
      return this.#renew(now).then(({ credential }) => credential);
    }
    // The old one is good still, so nobody waits, and a failure is told when it counts.
    if (now >= token.renewAt) this.#renew(now).catch(() => {});
    return token.credential;
  }

  secrets(): readonly string[] {
    return [...this.#issuer.secrets(), ...(this.#token === null ? [] : [this.#token.secret])];
  }

  close(): Promise<void> {
    return this.#issuer.close();
  }

  #renew(now: number): Promise<Token> {
    if (this.#renewal !== null) return this.#renewal;
    if (this.#failure !== null && now < this.#failure.until) return Promise.reject(this.#failure.error);
    this.#renewal = this.#issuer.issue().then(
      (issued) => this.#use(issued),
      (cause: unknown) => {
        throw this.#failed(cause);
      },
    ).finally(() => this.#renewal = null);
    return this.#renewal;
  }

  #use({ token: secret, lifetime }: IssuedToken): Token {
    const now = this.#clock.now();
    const life = lifetime ?? DEFAULT_LIFETIME;
    const credential: Credential = {
      headers: authHeader("bearer", secret),
      refused: (status) => status === 401 && this.#replace(credential),
    };
    this.#token = new Token(
      credential,
      secret,
      now + life - Math.min(MARGIN, life / 10),
      now + life,
      this.#refused ? now + TRUST : now,
    );
    this.#failure = null;
    this.#refused = false;
    return this.#token;
  }

  #failed(cause: unknown): CredentialError {
    const error = cause instanceof CredentialError
      ? cause
      : new CredentialError("credentials_failed", "no token: the request for it could not be made");
    if (this.#failure === null) this.#onFailure(error.message);
    this.#failure = { error, until: this.#clock.now() + PAUSE };
    return error;
  }

  /** @returns whether there is, or will be, another than the one that was refused. */
  #replace(refused: Credential): boolean {
    const token = this.#token;
    if (token === null || token.credential !== refused) return true;
    if (this.#clock.now() < token.trustedUntil) return false;
    this.#token = null;
    this.#refused = true;
    return true;
  }
}
