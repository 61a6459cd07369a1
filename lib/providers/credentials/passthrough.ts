import type { AuthScheme } from "../catalog.ts";
import { authHeaderName } from "./auth_scheme.ts";
import {
  type Credential,
  CredentialError,
  type CredentialSource,
  type OutgoingRequest,
} from "./credential_source.ts";

/** Nothing but the client's own key, which the provider's answer is about: a refusal is the client's to hear. */
export class PassthroughCredentials implements CredentialSource {
  readonly headerNames: readonly string[];
  readonly #provider: string;
  readonly #scheme: AuthScheme;

  /** @param provider its name, for messages. */
  constructor(provider: string, scheme: AuthScheme) {
    this.#provider = provider;
    this.#scheme = scheme;
    this.headerNames = [authHeaderName(scheme)];
  }

  credential({ passedKey, origin }: OutgoingRequest): Credential {
    if (passedKey === null) {
      throw new CredentialError(
        "credentials_missing",
        `The provider '${this.#provider}' takes your own key, and you sent none. Send it as ` +
          "'Authorization: Bearer YOUR_KEY' or in the header 'x-api-key', and the gateway's own key, " +
          "if it wants one, in the header 'x-gateway-key'.",
      );
    }
    const headers = passedKey.headersFor(origin, this.#scheme);
    if (headers !== null) return { headers };
    throw new CredentialError(
      "credentials_missing",
      `The provider '${this.#provider}' takes your own key, and the one you sent went to another provider.`,
    );
  }

  secrets(): readonly string[] {
    return [];
  }
}
