-- One commit: check everything, then do everything.
-- KEYS: bus, audit, marks, ends.
-- ARGV[1]: prefix; ARGV[2]: the commit as JSON (changes, messages, acts, tip, marks, fence, bus_max, now_s).
-- Answers: {'done'} | {'conflict', collection, id, version} | {'tip', hash} | {'fenced'}.
local prefix, commit = ARGV[1], cjson.decode(ARGV[2])

if commit.fence then
  local held = redis.call('GET', prefix .. 'lease:' .. commit.fence.lease)
  if not held or held:match('|(%d+)$') ~= tostring(commit.fence.token) then
    return {'fenced'}
  end
end

local function kept(change)
  local text = redis.call('HGET', prefix .. 'c:' .. change.c, change.id)
  return text and cjson.decode(text) or nil
end

for _, change in ipairs(commit.changes) do
  if change.expect >= 0 then
    local before = kept(change)
    local version = before and before.v or 0
    if version ~= change.expect then
      return {'conflict', change.c, change.id, version}
    end
  end
end

if #commit.acts > 0 then
  local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
  local tip = ''
  if last then
    for i = 1, #last[2], 2 do
      if last[2][i] == 'h' then tip = last[2][i + 1] end
    end
  end
  if tip ~= commit.tip then
    return {'tip', tip}
  end
end

local function unlist(change, before)
  redis.call('ZREM', prefix .. 'i:' .. change.c, change.id)
  for _, tag in ipairs(before.t) do
    redis.call('ZREM', prefix .. 'i:' .. change.c .. ':' .. tag, change.id)
  end
  redis.call('ZREM', KEYS[4], change.c .. '|' .. change.id)
end

local function write(change)
  local before = kept(change)
  if before then unlist(change, before) end
  if not change.body then
    redis.call('HDEL', prefix .. 'c:' .. change.c, change.id)
    return
  end
  local order = before and before.o or change.order
  local document = {v = (before and before.v or 0) + 1, o = order, t = change.tags, b = change.body}
  redis.call('HSET', prefix .. 'c:' .. change.c, change.id, cjson.encode(document))
  redis.call('ZADD', prefix .. 'i:' .. change.c, order, change.id)
  for _, tag in ipairs(change.tags) do
    redis.call('ZADD', prefix .. 'i:' .. change.c .. ':' .. tag, order, change.id)
  end
  if change.kept_s > 0 then
    redis.call('ZADD', KEYS[4], commit.now_s + change.kept_s, change.c .. '|' .. change.id)
  end
end

for _, change in ipairs(commit.changes) do write(change) end
for _, message in ipairs(commit.messages) do
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', commit.bus_max, '*', 'm', message)
end
for _, act in ipairs(commit.acts) do
  redis.call('XADD', KEYS[2], '*', 'a', act[1], 'h', act[2])
end
for name, position in pairs(commit.marks) do
  redis.call('HSET', KEYS[3], name, position)
end

-- Documents whose end has come go now, a few with every commit.
local ended = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', commit.now_s, 'LIMIT', 0, 100)
for _, name in ipairs(ended) do
  local collection, id = name:match('^([^|]*)|(.*)$')
  write({c = collection, id = id})
  redis.call('ZREM', KEYS[4], name)
end
return {'done'}
