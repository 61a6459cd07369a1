import { GatewayError } from "../errors.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { ApiKey } from "./api_keys.ts";

/**
 * Why a known key is not let in; null where it is. Which models it may ask for is looked at once one is named.
 * @param now Unix milliseconds.
 */
export function refusalOf(key: ApiKey, exchange: Exchange, now: number): GatewayError | null {
  if (key.off !== null) return new GatewayError("invalid_api_key", key.off);
  if (now >= key.expiresAt) {
    const since = new Date(key.expiresAt).toISOString();
    return new GatewayError("invalid_api_key", `This API key has expired: it was valid until ${since}.`);
  }
  const { access } = key;
  if (access === null) return null;
  const { clientAddress, route, path } = exchange;
  if (!access.hasAddress(clientAddress)) {
    return new GatewayError("permission_denied", `This API key may not be used from ${clientAddress}.`);
  }
  if (route !== "other" && !access.routes.has(route)) {
    const allowed = access.routes.shown().slice(0, SHOWN).join(", ");
    const message = `This API key may not call '${path}'. ` +
      (allowed === "" ? "It may call nothing." : `It may call: ${allowed}.`);
    return new GatewayError("permission_denied", message);
  }
  return null;
}

const SHOWN = 20;
