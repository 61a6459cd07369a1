import { redisScript } from "../redis/redis_script.ts";

/**
 * The decisions of the limits' store, each one script, so that they are one step for all processes. Every rule has two
 * keys: its counter and, for what is held by requests under way, a sorted set of leases by the time at which they end.
 * All keys have one hash tag, for a script of a cluster may touch one slot alone.
 */

/** Adds up what leases hold, and forgets those whose process died; for a budget, and what is spent. `t` is the time, milliseconds. */
const HELD = `
local function prune(counter, leases, t)
  local ended = redis.call('ZRANGEBYSCORE', leases, '-inf', t, 'LIMIT', 0, 1000)
  for _, lease in ipairs(ended) do
    redis.call('ZREM', leases, lease)
    redis.call('HINCRBY', counter, 'held', '-' .. string.match(lease, '|(%d+)$'))
  end
end
local function taken(counter, leases, kind, t)
  prune(counter, leases, t)
  local held = tonumber(redis.call('HGET', counter, 'held') or '0')
  if kind ~= 'b' then return held end
  return held + tonumber(redis.call('HGET', counter, 'spent') or '0')
end
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number) return string.format('%.0f', number == 0 and 0 or number) end
`;

/**
 * ARGV: lease, its milliseconds, width of a slice, slices that count, then for each rule kind, limit, amount (empty:
 * nobody knows) and the milliseconds for which its counter is kept. Answers with 1 or 0, the slice, the milliseconds
 * into it, and for each rule what was used before and, where it refuses a minute's tokens or requests, the wait.
 */
export const TAKE = redisScript(`${HELD}
local t = clock()
local width, counted = tonumber(ARGV[3]), tonumber(ARGV[4])
local slice = math.floor(t / width)
local fits, answer = 1, { 0, whole(slice), whole(t % width) }
local amounts = {}
for i = 1, #KEYS / 2 do
  local counter, leases, at = KEYS[2 * i - 1], KEYS[2 * i], 4 + (i - 1) * 4
  local kind, limit, amount = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local used, wait, slices = 0, 0, {}
  if kind == 'w' then
    local found = redis.call('HGETALL', counter)
    for j = 1, #found, 2 do
      local one = tonumber(found[j])
      if one <= slice - counted then redis.call('HDEL', counter, found[j])
      else
        slices[one] = tonumber(found[j + 1])
        used = used + slices[one]
      end
    end
  else
    used = taken(counter, leases, kind, t)
  end
  local passes = amount == 0 or (amount == nil and used < limit) or (amount ~= nil and used + amount <= limit)
  if not passes then
    fits = 0
    wait = -1
    if kind == 'w' and amount <= limit then
      local over = used + amount - limit
      for one = slice - counted + 1, slice do
        over = over - (slices[one] or 0)
        if over <= 0 then
          wait = (one + counted) * width - t
          break
        end
      end
    end
  end
  amounts[i] = amount or 0
  answer[#answer + 1] = whole(used)
  answer[#answer + 1] = passes and -2 or wait
end
if fits == 0 then return answer end
answer[1] = 1
for i = 1, #KEYS / 2 do
  local counter, leases, at = KEYS[2 * i - 1], KEYS[2 * i], 4 + (i - 1) * 4
  if ARGV[at + 1] == 'w' then
    redis.call('HINCRBY', counter, whole(slice), whole(amounts[i]))
  else
    redis.call('HINCRBY', counter, 'held', whole(amounts[i]))
    redis.call('ZADD', leases, t + tonumber(ARGV[2]), ARGV[1] .. '|' .. whole(amounts[i]))
    redis.call('PEXPIRE', leases, ARGV[at + 4])
  end
  redis.call('PEXPIRE', counter, ARGV[at + 4])
end
return answer`);

/**
 * ARGV: lease, slice of its time, width of a slice, slices that count, then for each rule kind, what was taken, what was
 * used and the milliseconds for which its counter is kept. Answers with what is spent of each budget, -1 for all else.
 */
export const SETTLE = redisScript(`${HELD}
local slice = math.floor(clock() / tonumber(ARGV[3]))
local taken_at, counted = tonumber(ARGV[2]), tonumber(ARGV[4])
local answer = {}
for i = 1, #KEYS / 2 do
  local counter, leases, at = KEYS[2 * i - 1], KEYS[2 * i], 4 + (i - 1) * 4
  local kind, taken, used = ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  answer[i] = -1
  if kind == 'w' then
    local more, into = used - taken, slice
    if more < 0 then into = taken_at end
    if more ~= 0 and into > slice - counted then
      if redis.call('HINCRBY', counter, whole(into), whole(more)) < 0 then
        redis.call('HSET', counter, whole(into), '0')
      end
      redis.call('PEXPIRE', counter, ARGV[at + 4])
    end
  else
    if redis.call('ZREM', leases, ARGV[1] .. '|' .. whole(taken)) == 1 then
      redis.call('HINCRBY', counter, 'held', whole(-taken))
    end
    if kind == 'b' then
      answer[i] = whole(redis.call('HINCRBY', counter, 'spent', whole(used)))
      redis.call('PEXPIRE', counter, ARGV[at + 4])
    end
  end
end
return answer`);

/** ARGV: milliseconds of a lease, then for each rule the lease with its amount. A lease that was lost is made anew. */
export const RENEW = redisScript(`${HELD}
local t = clock()
for i = 1, #KEYS / 2 do
  local counter, leases, lease = KEYS[2 * i - 1], KEYS[2 * i], ARGV[i + 1]
  if redis.call('ZADD', leases, t + tonumber(ARGV[1]), lease) == 1 then
    redis.call('HINCRBY', counter, 'held', string.match(lease, '|(%d+)$'))
  end
  local kept = math.max(redis.call('PTTL', counter), tonumber(ARGV[1]) * 2)
  redis.call('PEXPIRE', counter, kept)
  redis.call('PEXPIRE', leases, kept)
end
return 1`);

/** ARGV: what is spent at least, and the milliseconds for which it is kept. */
export const LEARN = redisScript(`
if tonumber(redis.call('HGET', KEYS[1], 'spent') or '0') < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'spent', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1`);

/** ARGV: width of a slice, slices that count, then each rule's kind. Answers with what is used of each; takes nothing. */
export const PEEK = redisScript(`${HELD}
local t = clock()
local slice = math.floor(t / tonumber(ARGV[1]))
local answer = {}
for i = 1, #KEYS / 2 do
  local counter, leases, kind = KEYS[2 * i - 1], KEYS[2 * i], ARGV[2 + i]
  local used = 0
  if kind == 'w' then
    local found = redis.call('HGETALL', counter)
    for j = 1, #found, 2 do
      if tonumber(found[j]) > slice - tonumber(ARGV[2]) then used = used + tonumber(found[j + 1]) end
    end
  else
    used = taken(counter, leases, kind, t)
  end
  answer[i] = whole(used)
end
return answer`);
