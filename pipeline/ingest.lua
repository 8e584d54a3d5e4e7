#!lua
-- Apply a batch of entries of one producer, each of them once, wholly, in order.
--
-- KEYS: the producer's mark, the camera's stream, its deposits by their end and by when they expire, how its zones are
--       watched, then the bucket index of every step.
-- ARGV: the batch as JSON, what bucket keys begin with, entries and seconds that the stream keeps, seconds that the
--       mark is kept, what keys of deposits begin with, seconds and entries that a deposit keeps, then step and seconds
--       of retention for every index.
-- A batch is a list of {seq, at, observation or '', {step, ...}, {{field, value, is_max}, ...}, {kind, name, end}}; the
-- last says where an observation is kept beside the stream (`stored_as` in redis_client.py).
-- Returns {applied, repeated, late}.
--
-- Bucket keys are computed here, because which buckets an entry changes is only known here. They carry the camera's
-- hash tag like all KEYS, so a cluster keeps them on the same node. Changes are added up first and written at the
-- end: the script is atomic, so nobody sees the difference, and 200 entries of one minute cost a few commands.

local mark, stream, deposits, deposits_kept, watch = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local prefix, events_max, events_s, mark_s = ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local deposit_prefix, deposits_s, deposit_told = ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local index, kept_s = {}, {}
for i = 6, #KEYS do
  local step = tonumber(ARGV[2 * i - 3])
  index[step], kept_s[step] = KEYS[i], tonumber(ARGV[2 * i - 2])
end

local now = tonumber(redis.call('TIME')[1])
local known = redis.call('HMGET', mark, 'seq', 'newest', 'sealed')
local seq = tonumber(known[1] or '-1')
local newest = tonumber(known[2] or '-inf')
local sealed = tonumber(known[3] or '-inf')
local applied, repeated, late = 0, 0, 0
local changed = {} -- step -> start -> {add = {field -> sum}, max = {field -> highest}}

local function floor_to(step, at)
  return math.floor(at / step) * step
end

local function bucket(step, start)
  changed[step] = changed[step] or {}
  changed[step][start] = changed[step][start] or { add = {}, max = {} }
  return changed[step][start]
end

local function add(target, field, value)
  target.add[field] = (target.add[field] or 0) + value
end

local function is_sealing(increments)
  for _, increment in ipairs(increments) do
    if increment[1] == 'q|sealed' then
      return true
    end
  end
  return false
end

local function count(step, at, increments, sealing)
  if at + kept_s[step] < newest then -- its bucket is gone, or about to: say so where it can be seen
    add(bucket(step, floor_to(step, newest)), 'q|late', 1)
    late = late + 1
    return
  end
  local target = bucket(step, floor_to(step, at))
  for _, increment in ipairs(increments) do
    local field, value, is_max = unpack(increment)
    if is_max then
      target.max[field] = math.max(target.max[field] or value, value)
    else
      add(target, field, value)
    end
  end
  if not sealing and floor_to(step, at) + step <= sealed then
    add(target, 'q|late', 1)
    late = late + 1
  end
end

local function keep(observation, kind, name, ended)
  if kind == 'watch' then
    redis.call('HSET', watch, name, observation)
    redis.call('EXPIRE', watch, deposits_s)
  elseif kind == 'deposit' then
    local key = deposit_prefix .. name
    redis.call('RPUSH', key, observation)
    redis.call('LTRIM', key, -deposit_told, -1)
    redis.call('EXPIRE', key, deposits_s)
    redis.call('ZADD', deposits, ended < 0 and '+inf' or ended, name)
    redis.call('ZADD', deposits_kept, now + deposits_s, name)
    for _, old in ipairs(redis.call('ZRANGEBYSCORE', deposits_kept, '-inf', now, 'LIMIT', 0, 100)) do
      redis.call('ZREM', deposits, old)
      redis.call('ZREM', deposits_kept, old)
    end
    redis.call('EXPIRE', deposits, deposits_s)
    redis.call('EXPIRE', deposits_kept, deposits_s)
  end
end

local function apply(at, observation, steps, increments, place)
  newest = math.max(newest, at)
  if observation ~= '' then
    redis.call('XADD', stream, 'MAXLEN', '~', events_max, '*', 'o', observation)
    keep(observation, unpack(place))
  end
  if #increments == 0 or #steps == 0 then
    return
  end
  local sealing = is_sealing(increments)
  for _, step in ipairs(steps) do
    count(step, at, increments, sealing)
  end
  if sealing then -- the camera's clock has passed the end of the shortest bucket that is sealed
    local shortest = math.min(unpack(steps))
    sealed = math.max(sealed, floor_to(shortest, at) + shortest)
  end
end

local function write_bucket(step, start, target)
  local key = prefix .. step .. ':' .. start
  for field, value in pairs(target.add) do
    redis.call('HINCRBY', key, field, value)
  end
  for field, value in pairs(target.max) do
    if value > tonumber(redis.call('HGET', key, field) or '-inf') then
      redis.call('HSET', key, field, value)
    end
  end
  redis.call('EXPIRE', key, kept_s[step])
  redis.call('ZADD', index[step], now + kept_s[step], start)
end

for _, entry in ipairs(cjson.decode(ARGV[1])) do
  local number, at, observation, steps, increments, place = unpack(entry)
  if number <= seq then
    repeated = repeated + 1
  else
    seq = number
    applied = applied + 1
    apply(at, observation, steps, increments, place)
  end
end

if applied > 0 then
  for step, starts in pairs(changed) do
    for start, target in pairs(starts) do
      write_bucket(step, start, target)
    end
    redis.call('ZREMRANGEBYSCORE', index[step], '-inf', now)
    redis.call('EXPIRE', index[step], kept_s[step])
  end
  redis.call('XTRIM', stream, 'MINID', '~', (now - events_s) * 1000)
  redis.call('EXPIRE', stream, events_s)
  redis.call('HSET', mark, 'seq', seq, 'newest', newest)
  if sealed > -math.huge then
    redis.call('HSET', mark, 'sealed', sealed)
  end
  redis.call('EXPIRE', mark, mark_s)
end
return { applied, repeated, late }
