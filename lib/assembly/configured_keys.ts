import type { Config } from "../config/config.ts";
import { type ApiKeyOptions, limitedAccount } from "../middleware/api_keys.ts";
import { keyDigest } from "../stores/virtual_key.ts";
import type { LimitedAccount } from "../telemetry/exchange.ts";
import { limitOf } from "./request_limit.ts";

/** The keys of the configuration, as the layers want them. */
export function configuredKeys({ auth }: Config): ApiKeyOptions[] {
  const teams = new Map(
    Object.entries(auth.teams).map(([name, team]) => [name, limitedAccount("team", name, name, team)]),
  );
  return auth.keys.map((entry) => {
    const above = auth.teams[entry.team ?? ""];
    const limited: readonly LimitedAccount[] = [
      ...limitedAccount("key", entry.name, entry.name, entry),
      ...teams.get(entry.team ?? "") ?? [],
    ];
    return {
      name: entry.name,
      sha256: entry.sha256 ?? keyDigest(entry.key?.reveal() ?? ""),
      owner: entry.owner ?? undefined,
      tags: entry.tags,
      limit: limitOf(entry.rate_limit) ?? undefined,
      team: entry.team ?? undefined,
      user: entry.user ?? undefined,
      limited,
      grants: [entry, ...above === undefined ? [] : [above]],
      expiresAt: entry.expires_at ?? undefined,
    };
  });
}
