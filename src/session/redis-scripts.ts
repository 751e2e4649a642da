// Each takes one key, so that a cluster runs it where the key lives.

const BEGINS_WITH = `redis.call('EXISTS', KEYS[1]) == 1
  and string.sub(redis.call('GETRANGE', KEYS[1], 0, #ARGV[1]), 1, #ARGV[1]) == ARGV[1]`

/** KEYS: record. ARGV: how it must begin, value, milliseconds. */
export const SWAP = `if ${BEGINS_WITH} then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return 0`

/** KEYS: record. ARGV: how it must begin. */
export const REMOVE = `if ${BEGINS_WITH} then return redis.call('DEL', KEYS[1]) end
return 0`

/**
 * KEYS: set, a sorted one scored by each member's end. ARGV: member, its end, now. Times to live are relative, because
 * the clocks of Doorward and of Redis may differ.
 */
export const INCLUDE = `redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIRE', KEYS[1], last[2] - ARGV[3])
return 1`
