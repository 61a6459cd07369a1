import type { Clock } from "../../clock.ts";
import type { AuthScheme } from "../catalog.ts";
import { type CredentialSource, NO_CREDENTIALS } from "./credential_source.ts";
import { KeyRing, type WeightedKey } from "./key_ring.ts";
import { PassthroughCredentials } from "./passthrough.ts";

/** How a provider's requests are authenticated: one kind each. */
export type AuthSettings =
  | { readonly kind: "none" }
  /** At least one. */
  | { readonly kind: "keys"; readonly keys: readonly WeightedKey[] }
  /** The client's own. */
  | { readonly kind: "passthrough" };

export interface CredentialSurroundings {
  readonly clock: Clock;
  readonly random: () => number;
  /** Hears of what an operator should know: a key that cools. Never of a secret. */
  readonly onWarning: (message: string) => void;
}

/** Makes the source of a provider's credentials. @param scheme how the provider takes a key. */
export function createCredentials(
  provider: string,
  scheme: AuthScheme,
  settings: AuthSettings,
  surroundings: CredentialSurroundings,
): CredentialSource {
  const { clock, random, onWarning } = surroundings;
  switch (settings.kind) {
    case "none":
      return NO_CREDENTIALS;
    case "passthrough":
      return new PassthroughCredentials(provider, scheme);
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
