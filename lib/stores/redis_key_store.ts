import type { KeyRecords, RecordKind } from "./key_records.ts";
import { foundKey, type KeyRow, recordOf, rowOf } from "./key_rows.ts";
import type { Change, Creation, FoundKey, KeyStore, RecordPage } from "./key_store.ts";
import { RedisClient, type RedisClientOptions } from "./redis/redis_client.ts";
import { type RedisScript, redisScript } from "./redis/redis_script.ts";

export interface RedisKeyOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
}

/**
 * KEYS[1] is what all keys begin with, in braces, so that they are in one slot of a cluster: `:version`, `:digests`
 * (digest → id of its key), `:KIND` (id → row as JSON), and sorted sets of ids: `:KIND:ids`, `:KIND:team:TEAM`,
 * `:KIND:user:USER`. A row is read by scripts, what it says of the record (`body`) is text to them.
 */
const SHARED = `
local function row(kind, id)
  local text = redis.call('HGET', KEYS[1] .. ':' .. kind, id)
  return text and cjson.decode(text) or nil
end
local function sets(kind, it)
  local at = KEYS[1] .. ':' .. kind
  return { at .. ':ids', at .. ':team:' .. it.team, at .. ':user:' .. it.user }
end
local function taken(it)
  for _, digest in ipairs(it.digests) do
    local key = redis.call('HGET', KEYS[1] .. ':digests', digest)
    if key and key ~= it.id then return true end
  end
  return false
end
local function put(kind, it, text)
  redis.call('HSET', KEYS[1] .. ':' .. kind, it.id, text)
  for _, set in ipairs(sets(kind, it)) do redis.call('ZADD', set, 0, it.id) end
  for _, digest in ipairs(it.digests) do redis.call('HSET', KEYS[1] .. ':digests', digest, it.id) end
  redis.call('INCR', KEYS[1] .. ':version')
end
local function forget(kind, it)
  redis.call('HDEL', KEYS[1] .. ':' .. kind, it.id)
  for _, set in ipairs(sets(kind, it)) do redis.call('ZREM', set, it.id) end
  for _, digest in ipairs(it.digests) do redis.call('HDEL', KEYS[1] .. ':digests', digest) end
end
`;

const FIND = redisScript(`${SHARED}
local id = redis.call('HGET', KEYS[1] .. ':digests', ARGV[1])
local key = id and row('key', id)
if not key then return false end
local team, user = row('team', key.team), row('user', key.user)
return { key.body, team and team.body or '', user and user.body or '' }`);

const GET = redisScript(`${SHARED}
local found = row(ARGV[1], ARGV[2])
return found and found.body or false`);

/** ARGV: kind, after, limit, and for each of team, user and disabled '=VALUE' or ''. */
const LIST = redisScript(`${SHARED}
local kind, after, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function is(filter, value) return filter == '' or filter == '=' .. value end
local set = KEYS[1] .. ':' .. kind .. ':ids'
if ARGV[4] ~= '' then set = KEYS[1] .. ':' .. kind .. ':team:' .. string.sub(ARGV[4], 2)
elseif ARGV[5] ~= '' then set = KEYS[1] .. ':' .. kind .. ':user:' .. string.sub(ARGV[5], 2) end
local found, from = {}, after == '' and '-' or '(' .. after
while #found < limit do
  local ids = redis.call('ZRANGEBYLEX', set, from, '+', 'LIMIT', 0, limit)
  for _, id in ipairs(ids) do
    local it = row(kind, id)
    if it and is(ARGV[4], it.team) and is(ARGV[5], it.user) and is(ARGV[6], tostring(it.disabled)) then
      found[#found + 1] = it.body
      if #found == limit then break end
    end
  end
  if #ids < limit then break end
  from = '(' .. ids[#ids]
end
return found`);

/** ARGV: kind, row, and how many of the kind there may be or ''. */
const CREATE = redisScript(`${SHARED}
local it = cjson.decode(ARGV[2])
if row(ARGV[1], it.id) or taken(it) then return 'conflict' end
if ARGV[3] ~= '' and redis.call('ZCARD', KEYS[1] .. ':' .. ARGV[1] .. ':ids') >= tonumber(ARGV[3]) then return 'full' end
put(ARGV[1], it, ARGV[2])
return 'done'`);

const REPLACE = redisScript(`${SHARED}
local it = cjson.decode(ARGV[2])
local before = row(ARGV[1], it.id)
if not before then return 'not_found' end
if before.revision ~= it.revision - 1 or taken(it) then return 'conflict' end
forget(ARGV[1], before)
put(ARGV[1], it, ARGV[2])
return 'done'`);

/** ARGV: kind, id, and the revision or ''. */
const REMOVE = redisScript(`${SHARED}
local before = row(ARGV[1], ARGV[2])
if not before then return 'not_found' end
if ARGV[3] ~= '' and before.revision ~= tonumber(ARGV[3]) then return 'conflict' end
forget(ARGV[1], before)
redis.call('INCR', KEYS[1] .. ':version')
return 'done'`);

/** In a Redis or Valkey server (5 or newer), for any number of processes. As durable as that server is. */
export class RedisKeyStore implements KeyStore {
  readonly backend = "redis";
  readonly #client: RedisClient;
  readonly #key: string;

  private constructor(client: RedisClient, prefix: string) {
    this.#client = client;
    this.#key = `{${prefix}keys}`;
  }

  static open(options: RedisKeyOptions): RedisKeyStore {
    return new RedisKeyStore(RedisClient.open(options), options.prefix);
  }

  async version(): Promise<number> {
    return Number(await this.#client.run("GET", `${this.#key}:version`) ?? 0);
  }

  async find(sha256: string): Promise<FoundKey | null> {
    const found = await this.#script(FIND, sha256);
    if (!Array.isArray(found)) return null;
    const [key, team, user] = found.map(String);
    return key === undefined ? null : foundKey([key, team || null, user || null]);
  }

  async get<K extends RecordKind>(kind: K, id: string): Promise<KeyRecords[K] | null> {
    const body = await this.#script(GET, kind, id);
    return typeof body === "string" ? recordOf<K>(body) : null;
  }

  async list<K extends RecordKind>(kind: K, page: RecordPage): Promise<readonly KeyRecords[K][]> {
    const { after, limit, team, user, disabled } = page;
    const filters = [team, user, disabled].map((value) => value === undefined ? "" : `=${value}`);
    const found = await this.#script(LIST, kind, after, String(limit), ...filters);
    return Array.isArray(found) ? found.map((body) => recordOf<K>(String(body))) : [];
  }

  async create<K extends RecordKind>(kind: K, record: KeyRecords[K], most = Infinity): Promise<Creation> {
    const bound = most === Infinity ? "" : String(most);
    return await this.#script(CREATE, kind, textOf(rowOf(record)), bound) as Creation;
  }

  async replace<K extends RecordKind>(kind: K, record: KeyRecords[K]): Promise<Change> {
    return await this.#script(REPLACE, kind, textOf(rowOf(record))) as Change;
  }

  async remove(kind: RecordKind, id: string, revision?: number): Promise<Change> {
    return await this.#script(REMOVE, kind, id, revision === undefined ? "" : String(revision)) as Change;
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    this.#client.close();
    return Promise.resolve();
  }

  #script(script: RedisScript, ...args: readonly string[]): Promise<unknown> {
    return this.#client.script(script, [this.#key], args);
  }
}

function textOf(row: KeyRow): string {
  return JSON.stringify(row);
}
