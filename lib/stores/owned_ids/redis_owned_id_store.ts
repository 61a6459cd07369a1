import type { OwnedId, OwnedIdStore } from "../owned_id_store.ts";
import { RedisClient, type RedisClientOptions } from "../redis/redis_client.ts";
import { redisScript } from "../redis/redis_script.ts";

export interface RedisOwnedIdOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
  /** Ids that are known. */
  readonly most: number;
}

/** KEYS: the owners by id, the ids in the order in which they came, and their number. ARGV: most, owner, ids. */
const ADD = redisScript(`
for i = 3, #ARGV do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[2]) == 1 then
    redis.call('ZADD', KEYS[2], redis.call('INCR', KEYS[3]), ARGV[i])
  end
end
local over = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[1])
if over > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], over)
  for i = 1, #oldest, 2 do redis.call('HDEL', KEYS[1], oldest[i]) end
end
return 1`);

/** KEYS: the owners by id. ARGV: owner, ids. */
const OF = redisScript(`
local found = {}
for i = 2, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then found[#found + 1] = ARGV[i] end
end
return found`);

/** KEYS as ADD's first two. ARGV: the number behind which to begin. Gives ids, each with its number and its owner. */
const PAGE = redisScript(`
local ids = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, 500)
local found = {}
for i = 1, #ids, 2 do
  found[#found + 1] = ids[i]
  found[#found + 1] = ids[i + 1]
  found[#found + 1] = redis.call('HGET', KEYS[1], ids[i]) or ''
end
return found`);

/** KEYS as ADD's first two. ARGV: owner, id. */
const REMOVE = redisScript(`
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1`);

/** In a Redis or Valkey server (5 or newer), for any number of processes and machines; in one slot of a cluster. */
export class RedisOwnedIdStore implements OwnedIdStore {
  readonly backend = "redis";
  readonly #client: RedisClient;
  readonly #key: string;
  readonly #most: number;

  private constructor(client: RedisClient, { prefix, most }: RedisOwnedIdOptions) {
    this.#client = client;
    this.#key = `{${prefix}owned}`;
    this.#most = most;
  }

  static open(options: RedisOwnedIdOptions): RedisOwnedIdStore {
    return new RedisOwnedIdStore(RedisClient.open(options), options);
  }

  async add(owner: string, ids: readonly string[]): Promise<void> {
    const keys = [`${this.#key}:owners`, `${this.#key}:order`, `${this.#key}:number`] as const;
    await this.#client.script(ADD, keys, [this.#most, owner, ...ids]);
  }

  async of(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = await this.#client.script(OF, [`${this.#key}:owners`], [owner, ...ids]);
    return new Set(Array.isArray(found) ? found.map(String) : []);
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#client.script(REMOVE, [`${this.#key}:owners`, `${this.#key}:order`], [owner, id]);
  }

  async *all(): AsyncGenerator<OwnedId> {
    for (let after = 0;;) {
      const keys = [`${this.#key}:owners`, `${this.#key}:order`] as const;
      const found = await this.#client.script(PAGE, keys, [after]);
      const page = Array.isArray(found) ? found.map(String) : [];
      for (let at = 0; at + 2 < page.length; at += 3) {
        const [id = "", number, owner = ""] = page.slice(at);
        after = Number(number);
        yield { owner, id };
      }
      if (page.length === 0) return;
    }
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }
}
