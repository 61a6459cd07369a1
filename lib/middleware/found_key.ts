import type { Account } from "../stores/key_records.ts";
import type { FoundKey } from "../stores/key_store.ts";
import type { LimitedAccount } from "../telemetry/exchange.ts";
import { ApiKey, limitedAccount } from "./api_keys.ts";

/** Whose is what is stored for a virtual key that names no owner. */
export type KeyOwner = "key" | "user" | "team";

/** A virtual key as the layers want it. @param sha256 what was presented: the key itself, or the one before it. */
export function apiKeyOf({ key, team, user }: FoundKey, sha256: string, owner: KeyOwner): ApiKey {
  const accounts: readonly (readonly [LimitedAccount["kind"], Account | null])[] = [
    ["key", key],
    ["user", user],
    ["team", team],
  ];
  const there = accounts.flatMap(([kind, account]) => account === null ? [] : [[kind, account] as const]);
  const ends = there.flatMap(([, { expires_at }]) => expires_at ?? []);
  if (key.previous !== null && sha256 === key.previous.sha256) ends.push(key.previous.until);
  return new ApiKey({
    id: key.id,
    name: key.name === "" ? key.id : key.name,
    sha256,
    owner: key.owner === "" ? ownerOf(key, owner) : key.owner,
    tags: key.tags,
    team: key.team,
    user: key.user,
    grants: there.map(([, account]) => account),
    limited: there.flatMap(([kind, account]) => limitedAccount(kind, account.id, account.name, account)),
    expiresAt: ends.length === 0 ? undefined : Math.min(...ends),
    off: whyOff({ key, team, user }) ?? undefined,
  });
}

function ownerOf({ id, user, team }: FoundKey["key"], owner: KeyOwner): string {
  if (owner === "team" && team !== "") return `team:${team}`;
  if (owner === "user" && user !== "") return `user:${user}`;
  return `key:${id}`;
}

/** Who is above a key and is not there any more cannot say what it may do. */
function whyOff({ key, team, user }: FoundKey): string | null {
  if (key.disabled) return "This API key is disabled.";
  for (const [kind, id, account] of [["team", key.team, team], ["user", key.user, user]] as const) {
    if (id === "") continue;
    if (account === null) return `The ${kind} of this API key does not exist any more.`;
    if (account.disabled) return `The ${kind} of this API key is disabled.`;
  }
  if (key.role === "management") return "This API key is for managing keys; it may not be used for requests.";
  return null;
}
