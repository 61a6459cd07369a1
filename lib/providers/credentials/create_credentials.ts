import type { Clock } from "../../clock.ts";
import type { AuthScheme } from "../catalog.ts";
import type { AskAws } from "./aws/aws_keys.ts";
import { type AwsSettings, createAwsCredentials } from "./aws/create_aws_credentials.ts";
import { type CredentialSource, NO_CREDENTIALS } from "./credential_source.ts";
import { GoogleServiceAccount, serviceAccount } from "./google_service_account.ts";
import { KeyRing, type WeightedKey } from "./key_ring.ts";
import { OAuthClient, type OAuthClientSettings } from "./oauth_client.ts";
import { PassthroughCredentials } from "./passthrough.ts";
import type { Revealable } from "./revealable.ts";
import { TokenCredentials, type TokenIssuer } from "./token_credentials.ts";
import type { TokenEndpoint } from "./token_endpoint.ts";

/** How a provider's requests are authenticated: one kind each. */
export type AuthSettings =
  | { readonly kind: "none" }
  /** At least one. */
  | { readonly kind: "keys"; readonly keys: readonly WeightedKey[] }
  /** The client's own. */
  | { readonly kind: "passthrough" }
  | ({ readonly kind: "oauth"; readonly tokenUrl: string } & OAuthClientSettings)
  | ({ readonly kind: "aws" } & AwsSettings)
  /** The text of a service account's key file. */
  | { readonly kind: "google"; readonly key: Revealable };

export interface CredentialSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Hears of what an operator should know: a key that cools. Never of a secret. */
  readonly onWarning: (message: string) => void;
  /** A token endpoint, reached as the provider itself is. */
  readonly tokenEndpoint: (url: URL) => TokenEndpoint;
  /** Asks the container or the instance for AWS's keys. */
  readonly askAws: AskAws;
}

/**
 * Makes the source of a provider's credentials. @param scheme how the provider takes a key.
 * @throws {TypeError} where the settings name no token endpoint.
 */
export function createCredentials(
  provider: string,
  scheme: AuthScheme,
  settings: AuthSettings,
  surroundings: CredentialSurroundings,
): CredentialSource {
  const { clock, random, onWarning, tokenEndpoint } = surroundings;
  const tokens = (issuer: TokenIssuer) =>
    new TokenCredentials(issuer, clock, (message) => onWarning(`provider ${provider}: ${message}`));
  switch (settings.kind) {
    case "none":
      return NO_CREDENTIALS;
    case "passthrough":
      return new PassthroughCredentials(provider, scheme);
    case "oauth":
      return tokens(new OAuthClient(tokenEndpoint(new URL(settings.tokenUrl)), settings));
    case "aws":
      return createAwsCredentials(
        settings,
        clock,
        surroundings.askAws,
        (message) => onWarning(`provider ${provider}: ${message}`),
      );
    case "google": {
      const account = serviceAccount(settings.key.reveal());
      if (account === null) throw new TypeError(`Cannot create provider "${provider}": its key file is none`);
      const endpoint = tokenEndpoint(new URL(account.token_uri));
      return tokens(new GoogleServiceAccount(settings.key, endpoint, clock));
    }
    case "keys":
      return new KeyRing(settings.keys, {
        scheme,
        clock,
        random,
        onCooling: (tail, status, ms) =>
          onWarning(
            `provider ${provider} refused the key that ends in ${tail} (status ${status}): it rests for ${
              Math.ceil(ms / 1000)
            } s`,
          ),
      });
  }
}
