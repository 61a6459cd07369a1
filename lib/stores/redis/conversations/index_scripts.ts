import { redisScript } from "../redis_script.ts";

/**
 * Counts what there is over all owners, and says what has to go. KEYS are sorted sets of places by their last use and by
 * when their time began, a hash of their sizes, one of the totals, a sorted set of leases' ends, and a set of what a
 * process leases. ARGV: what is done, the place, bytes, now, when what is too old began, the limits of entries and
 * bytes, and when a lease ends. What is too old is counted no more; its keys end by themselves.
 * @returns how many turns there are, and the places that had to go.
 */
export const INDEX = redisScript(`
local use, age, size, totals, leases, leased = unpack(KEYS)
local act, place, bytes, now = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]

local function count(bytes, turns)
  redis.call('HINCRBY', totals, 'bytes', bytes)
  redis.call('HINCRBY', totals, 'turns', turns)
end
local function remove(name)
  local had = redis.call('HGET', size, name)
  redis.call('ZREM', leases, name)
  if not had then return end
  redis.call('HDEL', size, name)
  redis.call('ZREM', use, name)
  redis.call('ZREM', age, name)
  count(-tonumber(had), string.sub(name, 1, 1) == 't' and -1 or 0)
end

for _, name in ipairs(redis.call('ZRANGEBYSCORE', age, '-inf', ARGV[5], 'LIMIT', 0, 100)) do remove(name) end

if act == 'put' then
  remove(place)
  redis.call('HSET', size, place, bytes)
  redis.call('ZADD', use, now, place)
  redis.call('ZADD', age, now, place)
  count(bytes, string.sub(place, 1, 1) == 't' and 1 or 0)
  if ARGV[8] ~= '' then
    redis.call('ZADD', leases, ARGV[8], place)
    redis.call('SADD', leased, place)
    redis.call('EXPIRE', leased, 86400)
  end
elseif act == 'remove' then
  remove(place)
elseif act ~= 'look' and redis.call('HEXISTS', size, place) == 1 then
  redis.call('ZADD', use, now, place)
  if bytes ~= 0 then
    redis.call('HINCRBY', size, place, bytes)
    count(bytes, 0)
  end
  if act == 'prolong' then redis.call('ZADD', age, now, place) end
  if act == 'finish' then redis.call('ZREM', leases, place) end
end

local result = { 0 }
local entries, most = tonumber(ARGV[6]), tonumber(ARGV[7])
while #result <= 32 do
  local all = tonumber(redis.call('HGET', totals, 'bytes') or '0')
  if redis.call('ZCARD', use) <= entries and all <= most then break end
  local longest = redis.call('ZRANGE', use, 0, 1)
  local name = longest[1] == place and longest[2] or longest[1]
  if not name then break end
  remove(name)
  result[#result + 1] = name
end
result[1] = tonumber(redis.call('HGET', totals, 'turns') or '0')
return result`);

/** Notes when places were used. KEYS: places by their last use. ARGV: now, then places. */
export const USE = redisScript(`
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], 'XX', ARGV[1], ARGV[i]) end`);

/** KEYS: leases' ends, and what a process leases. ARGV: the new end. */
export const RENEW = redisScript(`
for _, place in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if redis.call('ZSCORE', KEYS[1], place) then redis.call('ZADD', KEYS[1], ARGV[1], place)
  else redis.call('SREM', KEYS[2], place) end
end
redis.call('EXPIRE', KEYS[2], 86400)`);
