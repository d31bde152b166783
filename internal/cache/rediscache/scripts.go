package rediscache

import "github.com/redis/go-redis/v9"

// The decisions that must be one step for all nodes. Each takes one key, so it
// runs on any slot of a cluster, and takes the time from the server, so that
// the nodes' clocks need not agree. They decide as the functions reserve and
// allow of package cache do.
//
// Numbers are whole microseconds; those of this century need 51 bits, which a
// Lua number holds exactly. They are written by %.0f, because Lua would write
// them with 14 digits.
var (
	// lease: holder, time to live in milliseconds. Answers 1 if holder has it.
	leaseScript = redis.NewScript(`
local other = redis.call('GET', KEYS[1])
if other and other ~= ARGV[1] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

	// release: holder.
	releaseScript = redis.NewScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1])
end
return 1
`)

	// reserve: gap, longest wait. Answers whether it is booked, and the wait.
	reserveScript = redis.NewScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local gap, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local slot = tonumber(redis.call('GET', KEYS[1]) or now)
if not slot or not (slot > now) then
  slot = now
end
local wait = slot - now
if wait > most then
  return {0, wait}
end
local ends = math.ceil((slot + gap - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', slot + gap), 'PX', string.format('%.0f', ends))
return {1, wait}
`)

	// allow: time between requests, how far a burst may run ahead. Answers
	// whether it is allowed, and after how long to retry.
	allowScript = redis.NewScript(`
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local interval, ahead = tonumber(ARGV[1]), tonumber(ARGV[2])
local tat = tonumber(redis.call('GET', KEYS[1]) or now)
if not tat or not (tat > now) then
  tat = now
end
tat = tat + interval
local retry = tat - ahead - now
if retry > 0 then
  return {0, retry}
end
local ends = math.ceil((tat - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', string.format('%.0f', ends))
return {1, 0}
`)
)
