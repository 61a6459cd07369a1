import { Buffer } from "node:buffer";
import type { Revealable } from "./revealable.ts";
import type { TokenIssuer } from "./token_credentials.ts";
import type { IssuedToken, TokenEndpoint } from "./token_endpoint.ts";

export interface OAuthClientSettings {
  readonly clientId: string;
  readonly clientSecret: Revealable;
  /** How the client proves who it is: in the form, or in `Authorization: Basic`. */
  readonly clientAuth: "client_secret_post" | "client_secret_basic";
  readonly scope: string | null;
  /** As Auth0 and others ask for. */
  readonly audience: string | null;
  /** @see https://www.rfc-editor.org/rfc/rfc8707 */
  readonly resource: string | null;
}

/**
 * Tokens by OAuth 2.0's grant for client credentials, Microsoft Entra's among them.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 */
export class OAuthClient implements TokenIssuer {
  readonly #endpoint: TokenEndpoint;
  readonly #settings: OAuthClientSettings;

  constructor(endpoint: TokenEndpoint, settings: OAuthClientSettings) {
    this.#endpoint = endpoint;
    this.#settings = settings;
  }

  issue(): Promise<IssuedToken> {
    const { clientId, clientAuth, scope, audience, resource } = this.#settings;
    const secret = this.#settings.clientSecret.reveal();
    const form: Record<string, string> = { grant_type: "client_credentials" };
    for (const [name, value] of Object.entries({ scope, audience, resource })) {
      if (value !== null) form[name] = value;
    }
    if (clientAuth === "client_secret_basic") {
      // Both are form-encoded before they are joined: RFC 6749, section 2.3.1.
      const pair = `${formEncoded(clientId)}:${formEncoded(secret)}`;
      return this.#endpoint.issue(form, ["authorization", `Basic ${Buffer.from(pair).toString("base64")}`]);
    }
    return this.#endpoint.issue({ ...form, client_id: clientId, client_secret: secret });
  }

  secrets(): readonly string[] {
    return [this.#settings.clientSecret.reveal()];
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}
