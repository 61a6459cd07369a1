import type { UpstreamBody } from "../provider.ts";
import type { PassedKey } from "./passed_key.ts";

/** A request as it is about to go out: for a source that signs it or looks at who asks. */
export interface OutgoingRequest {
  readonly method: string;
  /** `https://host:port`, as the provider was configured. */
  readonly origin: string;
  /** With the query. */
  readonly path: string;
  /** Null: none. One that streams can be read by nobody else. */
  readonly body: UpstreamBody | null;
  /** The client's own key, where it passed one and the provider takes it. */
  readonly passedKey: PassedKey | null;
}

/** What authenticates one request. */
export interface Credential {
  /** `[name, value, …]`, names in lower case. */
  readonly headers: readonly string[];
  /**
   * Told that a provider refused the credential: 401, 402, 403 or 429.
   * @param retryAfter seconds, where the provider gave them.
   * @returns whether the same request deserves another try at once, with another credential.
   */
  refused?(status: number, retryAfter: number | null): boolean;
}

/** Where a provider gets what authenticates its requests. */
export interface CredentialSource {
  /** Headers that it may set, lower case: a client's of the same name are not forwarded. */
  readonly headerNames: readonly string[];
  /**
   * The credential of a request, asked for once for each attempt: at once where it is at hand.
   * @throws {CredentialError} or rejects with it.
   */
  credential(request: OutgoingRequest): Credential | Promise<Credential>;
  /** Values that must be in no message now. */
  secrets(): readonly string[];
  close?(): Promise<void>;
}

/** There is no credential for a request. Its message names no secret. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";

  /** @param kind `credentials_missing`: the client passed no key; `credentials_failed`: none could be got. */
  constructor(readonly kind: "credentials_missing" | "credentials_failed", message: string) {
    super(message);
  }
}

/** For a provider that asks for nothing. */
export const NO_CREDENTIALS: CredentialSource = {
  headerNames: [],
  credential: () => NOTHING,
  secrets: () => [],
};

const NOTHING: Credential = { headers: [] };
