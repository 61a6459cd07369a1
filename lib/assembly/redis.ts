import type { Clock } from "../clock.ts";
import type { RedisConfig } from "../config/redis.ts";
import type { Deadlines } from "../deadlines.ts";
import type { RedisClientOptions } from "../stores/redis/redis_client.ts";
import type { RedisAddress } from "../stores/redis/redis_server_options.ts";

/** What every client of a store has around it. */
export interface StoreSurroundings {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
}

/** What a store in Redis is opened with. @param onHealth is called with why it fails, and with null when it works again. */
export function redisOptions(
  { prefix, ...server }: RedisConfig,
  { clock, deadlines, random }: StoreSurroundings,
  onHealth: (failure: string | null) => void,
): RedisClientOptions & { readonly prefix: string } {
  const { address, password, tls } = server;
  return {
    server: {
      ...server,
      address: revealed(address),
      password: password?.reveal() ?? null,
      tls: tls === null ? null : { ...tls, key: tls.key?.reveal() ?? null },
    },
    prefix,
    clock,
    deadlines,
    random,
    onHealth,
  };
}

function revealed(address: RedisConfig["address"]): RedisAddress {
  switch (address.kind) {
    case "server":
      return { kind: "server", url: address.url.reveal() };
    case "sentinels":
      return { ...address, password: address.password?.reveal() ?? null };
    case "cluster":
      return { kind: "cluster", urls: address.urls.map((url) => url.reveal()) };
  }
}
