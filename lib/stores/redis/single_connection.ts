import type { ConnectionOptions, RedisConnection } from "./redis_connection.ts";
import { RedisNode } from "./redis_node.ts";
import { parseRedisUrl } from "./redis_url.ts";

/** A server that is always the same. */
export function connectSingle(
  url: string,
  { server, clock, deadlines, onReady, onLost }: ConnectionOptions,
): RedisConnection {
  const said = parseRedisUrl(url);
  const node = new RedisNode({
    ...server,
    host: said.host,
    port: said.port,
    username: said.username ?? server.username,
    password: said.password ?? server.password,
    database: said.database ?? server.database ?? 0,
    clock,
    deadlines,
    onReady,
    onLost,
  });
  return { send: (_key, args) => node.send(args), close: () => node.close() };
}
