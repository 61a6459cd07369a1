import { redisScript } from "../redis_script.ts";
import { PRELUDE } from "./prelude.ts";

/** What an item takes besides its JSON, about. */
const ITEM_BYTES = 128;

/**
 * A conversation has `json`, itself without its metadata; `metadata`, JSON; and `last`, the number of its last item. KEYS
 * are its hash, a hash of its items, and a sorted set of their ids by number.
 */
const ITEMS = `${PRELUDE}
local function fresh(from)
  local found, seen, bytes = {}, {}, 0
  for i = from, #ARGV - 1, 2 do
    if not seen[ARGV[i]] and redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then
      seen[ARGV[i]] = true
      found[#found + 1] = i
      bytes = bytes + ${ITEM_BYTES} + #ARGV[i + 1]
    end
  end
  return found, bytes
end
local function add(found)
  for _, i in ipairs(found) do
    redis.call('ZADD', KEYS[3], redis.call('HINCRBY', KEYS[1], 'last', 1), ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  end
end
local function grow(bytes)
  redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
  redis.call('HSET', KEYS[1], 'at', now, 'used', now)
  keep(KEYS)
end
`;

/** ARGV from 3: json, metadata, bytes without items, the most bytes, then ids and items. @returns bytes. */
export const PUT_CONVERSATION = redisScript(`${ITEMS}
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
local found, bytes = fresh(7)
bytes = bytes + ARGV[5]
if bytes > tonumber(ARGV[6]) then return 'large' end
redis.call('HSET', KEYS[1], 'json', ARGV[3], 'metadata', ARGV[4], 'bytes', 0)
add(found)
grow(bytes)
return bytes`);

/** ARGV from 3: metadata. @returns by how many bytes it grew, and its json. */
export const UPDATE_CONVERSATION = redisScript(`${ITEMS}
local it = redis.call('HMGET', KEYS[1], 'at', 'json', 'metadata')
if not alive(it[1]) then return false end
local grown = #ARGV[3] - #it[3]
redis.call('HSET', KEYS[1], 'metadata', ARGV[3])
grow(grown)
return { grown, it[2] }`);

/** ARGV from 3: the most bytes, then ids and items. @returns by how many bytes it grew. */
export const APPEND_ITEMS = redisScript(`${ITEMS}
local it = redis.call('HMGET', KEYS[1], 'at', 'bytes')
if not alive(it[1]) then return false end
local found, bytes = fresh(4)
if bytes > 0 and it[2] + bytes > tonumber(ARGV[3]) then return 'large' end
add(found)
grow(bytes)
return bytes`);

/** Of what is read, in slices that a call can take. */
const READ = `
local function read(ids)
  local found = {}
  for from = 1, #ids, 1000 do
    local slice = redis.call('HMGET', KEYS[2], unpack(ids, from, math.min(from + 999, #ids)))
    for _, item in ipairs(slice) do found[#found + 1] = item end
  end
  return found
end
`;

/** ARGV from 3: the most bytes. @returns when it was used, and all items. */
export const ALL_ITEMS = redisScript(`${PRELUDE}${READ}
local it = redis.call('HMGET', KEYS[1], 'at', 'used', 'bytes')
if not alive(it[1]) then return false end
if tonumber(it[3]) > tonumber(ARGV[3]) then return 'large' end
local found = read(redis.call('ZRANGE', KEYS[3], 0, -1))
table.insert(found, 1, it[2])
return found`);

/** ARGV from 3: '' or '=ID' of the one before, how many, asc or desc. @returns when it was used, and items. */
export const LIST_ITEMS = redisScript(`${PRELUDE}${READ}
local it = redis.call('HMGET', KEYS[1], 'at', 'used')
if not alive(it[1]) then return false end
local from
if ARGV[3] ~= '' then
  local number = redis.call('ZSCORE', KEYS[3], string.sub(ARGV[3], 2))
  if not number then return false end
  from = '(' .. number
end
local ids
if ARGV[5] == 'asc' then
  ids = redis.call('ZRANGEBYSCORE', KEYS[3], from or '-inf', '+inf', 'LIMIT', 0, ARGV[4])
else
  ids = redis.call('ZREVRANGEBYSCORE', KEYS[3], from or '+inf', '-inf', 'LIMIT', 0, ARGV[4])
end
local found = read(ids)
table.insert(found, 1, it[2])
return found`);

/** ARGV from 3: its id. */
export const ITEM = redisScript(`${PRELUDE}
if not alive(redis.call('HGET', KEYS[1], 'at')) then return false end
return redis.call('HGET', KEYS[2], ARGV[3])`);

/** ARGV from 3: its id. @returns by how many bytes the conversation grew. */
export const REMOVE_ITEM = redisScript(`${ITEMS}
if not alive(redis.call('HGET', KEYS[1], 'at')) then return false end
local item = redis.call('HGET', KEYS[2], ARGV[3])
if not item then return false end
redis.call('HDEL', KEYS[2], ARGV[3])
redis.call('ZREM', KEYS[3], ARGV[3])
local grown = -(${ITEM_BYTES} + #item)
grow(grown)
return grown`);
