import { GatewayError } from "../../../errors.ts";
import { Access } from "../../../stores/key_access.ts";
import type { FoundKey } from "../../../stores/key_store.ts";

/** Why a key may not manage others; null where it may. */
export function refusedManager(
  { key, team, user }: FoundKey,
  sha256: string,
  address: string,
  now: number,
): GatewayError | null {
  if (key.role !== "management") {
    return new GatewayError("permission_denied", "This API key is not for managing keys.");
  }
  const accounts = [key, team, ...(key.user === "" ? [] : [user])];
  const previous = key.previous?.sha256 === sha256 ? key.previous.until : Infinity;
  const isOver = accounts.some((it) =>
    it === null || it.disabled || (it.expires_at !== null && now >= it.expires_at)
  );
  if (isOver || now >= previous) {
    return new GatewayError(
      "invalid_api_key",
      "This management key, its team or its user is disabled or has expired.",
    );
  }
  const access = new Access(accounts.flatMap((it) => it ?? []));
  if (access.hasAddress(address)) return null;
  return new GatewayError("permission_denied", `This management key may not be used from ${address}.`);
}
