import { createHash, timingSafeEqual } from "node:crypto";
import { GatewayError } from "../../errors.ts";
import type { Endpoint, Exchange } from "../../telemetry/exchange.ts";
import { addHeader } from "../../stages/add_header.ts";
import type { KeyAttempts } from "./key_attempts.ts";

export const MISSING_MASTER_KEY =
  "The admin API is off: there is no master key. Set auth.master_key in the configuration, or GATEWAY_MASTER_KEY.";
const MISSING = "The admin API asks for the master key. Send it as 'Authorization: Bearer YOUR_MASTER_KEY'.";
const INCORRECT = "Incorrect master key provided.";

const BEARER = /^bearer +/i;
/** Longer than any key: not worth hashing. */
const LONGEST = 1024;

/** The key of those who may administer the gateway, of which only the digest is kept. */
export class MasterKey {
  readonly #digest: Uint8Array;

  /** @param attempts counts what is shown in its place. */
  constructor(key: string, readonly attempts: KeyAttempts) {
    this.#digest = digest(key);
  }

  matches(presented: string): boolean {
    return presented.length <= LONGEST && timingSafeEqual(digest(presented), this.#digest);
  }
}

/**
 * Lets in who presents the master key, and nobody where there is none.
 * @param key null: the configuration has none.
 */
export function masterKeyOnly(key: MasterKey | null, endpoint: Endpoint): Endpoint {
  return async function masterKeyOnly(exchange, params) {
    try {
      admit(key, exchange);
      // What it shows is for these eyes and for now.
      addHeader(exchange, "cache-control", "no-store");
      return await endpoint(exchange, params);
    } catch (error) {
      // Unlike what succeeds, which would only fill the log.
      exchange.background = false;
      throw error;
    }
  };
}

function admit(key: MasterKey | null, exchange: Exchange): void {
  if (key === null) throw new GatewayError("permission_denied", MISSING_MASTER_KEY);
  const presented = presentedKey(exchange);
  if (presented !== null) {
    key.attempts.admit(exchange);
    if (key.matches(presented)) return;
    key.attempts.wrong(exchange);
  }
  addHeader(exchange, "www-authenticate", "Bearer");
  throw new GatewayError("invalid_api_key", presented === null ? MISSING : INCORRECT);
}

export function presentedKey(exchange: Exchange): string | null {
  const headers = exchange.request?.headers;
  const authorization = headers?.get("authorization") ?? null;
  if (authorization !== null && BEARER.test(authorization)) return authorization.replace(BEARER, "");
  return headers?.get("x-api-key") ?? null;
}

function digest(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}
