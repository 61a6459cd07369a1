import { RedisClient, type RedisClientOptions } from "./redis/redis_client.ts";
import { redisScript } from "./redis/redis_script.ts";
import type { UsageStore } from "./usage_store.ts";

export interface RedisUsageOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
}

/**
 * A hash a slice of ten seconds, by the server's own clock: those of many machines differ. KEYS[1] is what all keys
 * begin with, in braces, so that they are in one slot of a cluster; ARGV are pairs of a name and tokens.
 */
const ADD = redisScript(`
local slice = math.floor(redis.call('TIME')[1] / 10)
local now = KEYS[1] .. ':' .. slice
for i = 1, #ARGV - 1, 2 do redis.call('HINCRBY', now, ARGV[i], ARGV[i + 1]) end
if #ARGV > 0 then redis.call('EXPIRE', now, 120) end
local used = {}
for back = 0, 5 do
  local found = redis.call('HGETALL', KEYS[1] .. ':' .. (slice - back))
  for i = 1, #found do used[#used + 1] = found[i] end
end
return used`);

/** In a Redis or Valkey server (5 or newer), for any number of processes. */
export class RedisUsageStore implements UsageStore {
  readonly #client: RedisClient;
  readonly #key: string;

  constructor(options: RedisUsageOptions) {
    this.#client = RedisClient.open(options);
    this.#key = `{${options.prefix}usage}`;
  }

  async add(used: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, number>> {
    const pairs = [...used].flatMap(([name, tokens]) => [name, String(Math.round(tokens))]);
    const found = await this.#client.script(ADD, [this.#key], pairs);
    const all = new Map<string, number>();
    if (!Array.isArray(found)) return all;
    for (let i = 0; i + 1 < found.length; i += 2) {
      const name = String(found[i]);
      all.set(name, (all.get(name) ?? 0) + Number(found[i + 1]));
    }
    return all;
  }

  close(): void {
    this.#client.close();
  }
}
