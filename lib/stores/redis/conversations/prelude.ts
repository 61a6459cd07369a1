/** After its time, how long a key stays: clocks of machines differ. Whether it is over is by the field `at`. */
const SLACK_MS = 60_000;

/**
 * Before every script about an owner's entries. ARGV[1] is now, ARGV[2] how long entries are kept, both in milliseconds.
 * An entry is a hash: `at`, when its time began; `used`; `bytes`; and what its kind has.
 */
export const PRELUDE = `
local now, ttl = tonumber(ARGV[1]), tonumber(ARGV[2])
local function alive(at) return at and tonumber(at) > now - ttl end
local function keep(keys) for _, key in ipairs(keys) do redis.call('PEXPIRE', key, ttl + ${SLACK_MS}) end end
`;
