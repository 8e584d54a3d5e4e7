-- Keep values of sensors: each once, in the buckets of its own time.
-- ARGV[1]: prefix; ARGV[2]: JSON {now_s, now_ms, seen_s, seen_most, open, announce_s, changed, changed_s, kept: [[step_s, kept_s], …],
-- values: [[sensor, measure, time_ms, value, s, t, interval_s, delay_s, finest_s], …]}. Buckets shorter than finest_s
-- (the shortest that holds an interval) are not kept: most of them could only be empty.
-- Answers one word a value: kept, late, repeated, full.
local prefix, call = ARGV[1], cjson.decode(ARGV[2])
local answers = {}

local function text(number)
  return string.format('%.17g', number)
end

local function whole(number)
  return string.format('%d', number)
end

local function number(found, other)
  return tonumber(found or nil) or other
end

-- Returns whether the value came after its bucket was due. Two calls for a bucket that is there already: a table has a
-- hundred thousand values.
local function put(v, step, kept_s)
  local at_s = v[3] / 1000
  local start = math.floor(at_s / step) * step
  local ends = start + step
  if ends + kept_s <= call.now_s then return true end
  local key = prefix .. 's:' .. v[1] .. ':b:' .. whole(step) .. ':' .. whole(start)
  local m, late = v[2], ends + v[8] <= call.now_s
  local quarter = m .. '|q' .. whole(math.floor((at_s - start) / 900))
  local had = redis.call('HMGET', key, 'n', m .. '|n', m .. '|s', m .. '|t', m .. '|min', m .. '|max', m .. '|late', quarter)
  local fields = {
    'n', whole(number(had[1], 0) + 1),
    m .. '|n', whole(number(had[2], 0) + 1),
    m .. '|s', text(number(had[3], 0) + v[5]),
    m .. '|min', text(math.min(number(had[5], v[4]), v[4])),
    m .. '|max', text(math.max(number(had[6], v[4]), v[4])),
    m .. '|i', whole(v[7]),
  }
  local function also(name, value)
    fields[#fields + 1], fields[#fields + 2] = name, value
  end
  if v[6] ~= 0 then also(m .. '|t', text(number(had[4], 0) + v[6])) end
  if step == 3600 then also(quarter, whole(number(had[8], 0) + 1)) end
  if late then also(m .. '|late', whole(number(had[7], 0) + 1)) end
  local history = late and ends < call.now_s - call.announce_s -- nobody waits to be told of it
  if not had[1] and history then also('sealed', 1) end
  redis.call('HSET', key, unpack(fields))
  if step == 3600 and ends + 3600 <= call.now_s then -- its day may lie in a file: the keeper of history looks here
    redis.call('ZADD', call.changed, call.now_s, v[1] .. '|' .. whole(start))
    redis.call('ZREMRANGEBYSCORE', call.changed, '-inf', call.now_s - call.changed_s)
    redis.call('EXPIRE', call.changed, call.changed_s)
  end
  if not had[1] then
    -- By the caller's clock, which also says what is late.
    redis.call('EXPIRE', key, whole(math.ceil(ends + kept_s - call.now_s)))
    if not history then
      redis.call('ZADD', call.open, 'NX', ends + v[8], v[1] .. '|' .. whole(step) .. '|' .. whole(start))
    end
  end
  return late
end

local function newest(v)
  local key = prefix .. 's:' .. v[1] .. ':last'
  local before = redis.call('HGET', key, v[2])
  if not before or tonumber(before:match('^(%d+)|')) <= v[3] then
    redis.call('HSET', key, v[2], whole(v[3]) .. '|' .. text(v[4]) .. '|' .. whole(call.now_ms))
  end
  redis.call('EXPIRE', key, 400 * 86400)
end

for i, v in ipairs(call.values) do
  local hour = math.floor(v[3] / 3600000)
  local seen = prefix .. 's:' .. v[1] .. ':seen:' .. v[2] .. ':' .. whole(hour)
  if redis.call('SISMEMBER', seen, whole(v[3] - hour * 3600000)) == 1 then
    answers[i] = 'repeated'
  elseif redis.call('SCARD', seen) >= call.seen_most then
    answers[i] = 'full'
  else
    redis.call('SADD', seen, whole(v[3] - hour * 3600000))
    redis.call('EXPIRE', seen, whole(math.ceil((hour + 1) * 3600 + call.seen_s - call.now_s)))
    local late = false
    for _, one in ipairs(call.kept) do
      if one[1] >= v[9] then
        late = put(v, one[1], one[2]) and one[1] == v[9] or late
      end
    end
    newest(v)
    answers[i] = late and 'late' or 'kept'
  end
end
return answers
