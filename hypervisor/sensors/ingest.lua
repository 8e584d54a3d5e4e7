-- Keep values of sensors: each once, in the buckets of its own time.
-- ARGV[1]: prefix; ARGV[2]: JSON {now_s, now_ms, seen_s, seen_most, open, announce_s, kept: [[step_s, kept_s], …],
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

local function add(key, field, number)
  redis.call('HSET', key, field, text((tonumber(redis.call('HGET', key, field) or '0')) + number))
end

local function extreme(key, field, number, better)
  local before = tonumber(redis.call('HGET', key, field))
  if not before or better(number, before) then
    redis.call('HSET', key, field, text(number))
  end
end

local function lower(a, b) return a < b end
local function higher(a, b) return a > b end

local function fill(key, step, start, v)
  local measure, at_s = v[2], v[3] / 1000
  redis.call('HINCRBY', key, measure .. '|n', 1)
  redis.call('HINCRBY', key, 'n', 1)
  add(key, measure .. '|s', v[5])
  if v[6] ~= 0 then add(key, measure .. '|t', v[6]) end
  extreme(key, measure .. '|min', v[4], lower)
  extreme(key, measure .. '|max', v[4], higher)
  redis.call('HSET', key, measure .. '|i', whole(v[7]))
  if step == 3600 then
    redis.call('HINCRBY', key, measure .. '|q' .. whole(math.floor((at_s - start) / 900)), 1)
  end
end

-- Returns whether the value came after its bucket was due.
local function put(v, step, kept_s)
  local start = math.floor(v[3] / 1000 / step) * step
  local ends = start + step
  if ends + kept_s <= call.now_s then return true end
  local key = prefix .. 's:' .. v[1] .. ':b:' .. whole(step) .. ':' .. whole(start)
  local sealed = redis.call('HGET', key, 'sealed')
  local due = ends + v[8]
  local late = due <= call.now_s
  fill(key, step, start, v)
  if late then redis.call('HINCRBY', key, v[2] .. '|late', 1) end
  if not sealed then
    if late and ends < call.now_s - call.announce_s then
      redis.call('HSET', key, 'sealed', 1) -- history: nobody waits to be told of it
    else
      redis.call('ZADD', call.open, 'NX', due, v[1] .. '|' .. whole(step) .. '|' .. whole(start))
    end
  end
  -- by the caller's clock, which also says what is late
  redis.call('EXPIRE', key, whole(math.ceil(ends + kept_s - call.now_s)))
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
