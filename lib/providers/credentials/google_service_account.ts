import { Buffer } from "node:buffer";
import { sign } from "node:crypto";
import type { Clock } from "../../clock.ts";
import { CredentialError } from "./credential_source.ts";
import type { Revealable } from "./revealable.ts";
import type { TokenIssuer } from "./token_credentials.ts";
import type { IssuedToken, TokenEndpoint } from "./token_endpoint.ts";

/** What Vertex AI asks for. */
const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
/** The longest that Google takes, seconds. */
const LIFETIME = 3600;

/** What is needed of a service account's key file. */
interface ServiceAccount {
  readonly client_email: string;
  readonly private_key: string;
  readonly private_key_id?: string;
  readonly token_uri: string;
}

/**
 * Tokens for a service account of Google's, from the key file that its console gives out: a signed statement of who
 * asks is exchanged for a token.
 * @see https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
export class GoogleServiceAccount implements TokenIssuer {
  readonly #key: Revealable;
  readonly #endpoint: TokenEndpoint;
  readonly #clock: Clock;

  /** @param key the file's text. @param endpoint the account's `token_uri`. */
  constructor(key: Revealable, endpoint: TokenEndpoint, clock: Clock) {
    this.#key = key;
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  issue(): Promise<IssuedToken> {
    const account = serviceAccount(this.#key.reveal());
    if (account === null) {
      return Promise.reject(new CredentialError("credentials_failed", "no token: the key file is not one"));
    }
    return this.#endpoint.issue({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: assertion(account, Math.floor(this.#clock.wall() / 1000)),
    });
  }

  secrets(): readonly string[] {
    return [serviceAccount(this.#key.reveal())?.private_key ?? this.#key.reveal()];
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }
}

/** The account of a key file; null where the text is none. */
export function serviceAccount(text: string): ServiceAccount | null {
  try {
    const json: unknown = JSON.parse(text);
    return isServiceAccount(json) ? json : null;
  } catch {
    return null;
  }
}

function isServiceAccount(json: unknown): json is ServiceAccount {
  if (typeof json !== "object" || json === null) return false;
  const fields = json as Record<string, unknown>;
  return ["client_email", "private_key", "token_uri"].every((name) => typeof fields[name] === "string") &&
    URL.canParse(String(fields["token_uri"]));
}

/** @param now Unix seconds. */
function assertion(account: ServiceAccount, now: number): string {
  const { client_email, private_key, private_key_id, token_uri } = account;
  const header = { alg: "RS256", typ: "JWT", kid: private_key_id };
  const claims = { iss: client_email, scope: SCOPE, aud: token_uri, iat: now, exp: now + LIFETIME };
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`;
  const signature = sign("RSA-SHA256", Buffer.from(signed), private_key);
  return `${signed}.${signature.toString("base64url")}`;
}

function base64url(text: string): string {
  return Buffer.from(text).toString("base64url");
}
