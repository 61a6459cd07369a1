import { GatewayError } from "../../../errors.ts";
import type { FoundKey } from "../../../stores/key_store.ts";
import { isVirtualKey, keyDigest } from "../../../stores/virtual_key.ts";
import type { Endpoint, Exchange, PathParams } from "../../../telemetry/exchange.ts";
import { addHeader } from "../../../stages/add_header.ts";
import { type MasterKey, MISSING_MASTER_KEY, presentedKey } from "../master_key.ts";
import type { Maker } from "./key_admin.ts";
import { refusedManager } from "./refused_manager.ts";

export interface ManagerOptions {
  /** Null: the configuration has none, and the admin API is off. */
  readonly masterKey: MasterKey | null;
  /** The records behind a virtual key. */
  readonly find: (sha256: string) => Promise<FoundKey | null>;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Lets in who presents the master key, or a management key, and tells the endpoint which. */
export function managerOnly(
  options: ManagerOptions,
  endpoint: (exchange: Exchange, params: PathParams, maker: Maker) => Promise<Response>,
): Endpoint {
  return async function managerOnly(exchange, params) {
    try {
      const maker = await makerOf(exchange, options);
      // What it shows is for these eyes and for now.
      addHeader(exchange, "cache-control", "no-store");
      return await endpoint(exchange, params, maker);
    } catch (error) {
      exchange.background = false;
      throw error;
    }
  };
}

async function makerOf(exchange: Exchange, { masterKey, find, now }: ManagerOptions): Promise<Maker> {
  if (masterKey === null) throw new GatewayError("permission_denied", MISSING_MASTER_KEY);
  const presented = presentedKey(exchange);
  if (presented !== null) masterKey.attempts.admit(exchange);
  if (presented !== null && masterKey.matches(presented)) {
    return { id: "master", key: null, address: exchange.clientAddress };
  }
  const sha256 = presented !== null && isVirtualKey(presented) ? keyDigest(presented) : null;
  const found = sha256 === null ? null : await find(sha256);
  if (found === null || sha256 === null) {
    if (presented !== null) masterKey.attempts.wrong(exchange);
    addHeader(exchange, "www-authenticate", "Bearer");
    const message = presented === null
      ? "Keys are managed with the master key or a management key. Send it as 'Authorization: Bearer YOUR_KEY'."
      : "Incorrect master or management key provided.";
    throw new GatewayError("invalid_api_key", message);
  }
  const refusal = refusedManager(found, sha256, exchange.clientAddress, now());
  if (refusal !== null) throw refusal;
  return { id: found.key.id, key: found.key, address: exchange.clientAddress };
}
