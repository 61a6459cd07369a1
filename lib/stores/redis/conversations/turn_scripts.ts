import { redisScript } from "../redis_script.ts";
import { PRELUDE } from "./prelude.ts";

/** What an event takes besides its text, about. */
export const EVENT_BYTES = 32;

/**
 * A turn has `json`, itself without its response; `response`; `previous`, empty or `=ID`; and of a run `open`, 1 until
 * it is over. Its events are a sorted set of `SEQUENCE TEXT`.
 */

/** KEYS: turn, events. ARGV from 3: json, response, previous, bytes, open, then sequences and texts. */
export const PUT_TURN = redisScript(`${PRELUDE}
redis.call('UNLINK', KEYS[1], KEYS[2])
redis.call('HSET', KEYS[1], 'at', now, 'used', now, 'json', ARGV[3], 'response', ARGV[4], 'previous', ARGV[5],
  'bytes', ARGV[6], 'open', ARGV[7])
for i = 8, #ARGV - 1, 2 do redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i] .. ' ' .. ARGV[i + 1]) end
keep(KEYS)`);

/** KEYS: turn. ARGV from 3: what stands before an id in a key, the id, the most bytes. */
export const CHAIN = redisScript(`${PRELUDE}
local found, seen, bytes, id = {}, {}, 0, ARGV[4]
while id do
  if seen[id] then return false end
  seen[id] = true
  local it = redis.call('HMGET', ARGV[3] .. id, 'at', 'used', 'json', 'response', 'previous')
  if not alive(it[1]) then return false end
  bytes = bytes + #it[3] + #it[4]
  if bytes > tonumber(ARGV[5]) then return 'large' end
  found[#found + 1] = it[2]
  found[#found + 1] = it[3]
  found[#found + 1] = it[4]
  id = it[5] ~= '' and string.sub(it[5], 2)
end
return found`);

/** KEYS: entries of one owner. */
export const TOUCH = redisScript(`${PRELUDE}
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'used', now) end
end`);

/** KEYS: an entry, its parts. @returns whether it was there. */
export const REMOVE = redisScript(`${PRELUDE}
local there = alive(redis.call('HGET', KEYS[1], 'at'))
redis.call('UNLINK', unpack(KEYS))
return there and 1 or 0`);

/**
 * KEYS: turn, events. ARGV from 3: a response or '', 1 where it is over, the most bytes, then sequences and texts.
 * @returns by how many bytes it grew; nothing where no such run is open.
 */
export const CHANGE_RUN = redisScript(`${PRELUDE}
local it = redis.call('HMGET', KEYS[1], 'at', 'open', 'bytes', 'response')
if not alive(it[1]) or it[2] ~= '1' then return false end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
last = last and tonumber(last)
local grown, added = 0, {}
if ARGV[3] ~= '' then grown = #ARGV[3] - #it[4] end
for i = 6, #ARGV - 1, 2 do
  if not last or tonumber(ARGV[i]) > last then
    added[#added + 1] = i
    grown = grown + ${EVENT_BYTES} + #ARGV[i + 1]
  end
end
if grown > 0 and it[3] + grown > tonumber(ARGV[5]) then return 'large' end
for _, i in ipairs(added) do redis.call('ZADD', KEYS[2], ARGV[i], ARGV[i] .. ' ' .. ARGV[i + 1]) end
if #added > 0 then redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1])) end
redis.call('HINCRBY', KEYS[1], 'bytes', grown)
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'response', ARGV[3]) end
if ARGV[4] == '1' then redis.call('HSET', KEYS[1], 'open', '0') end
return grown`);

/** KEYS: turn, events. ARGV from 3: the sequence before the first, how many. @returns whether it is open, and events. */
export const EVENTS = redisScript(`${PRELUDE}
local it = redis.call('HMGET', KEYS[1], 'at', 'open')
if not alive(it[1]) or it[2] == '' then return false end
local found = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[3], '+inf', 'LIMIT', 0, ARGV[4])
table.insert(found, 1, it[2])
return found`);
