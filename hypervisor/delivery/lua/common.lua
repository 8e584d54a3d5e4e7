-- What all calls of the queue share. ARGV[1]: prefix of keys; ARGV[2]: what to do, as JSON. KEYS[1]: the marks.
local P, A = ARGV[1], cjson.decode(ARGV[2])

local function lane_key(sub, lane) return P .. 'l:' .. sub .. '|' .. lane end
local function add(hash, field, n)
  if redis.call('HINCRBY', P .. hash, field, n) <= 0 then redis.call('HDEL', P .. hash, field) end
end
local function count(what, sub, n) redis.call('HINCRBY', P .. 'counts', what .. '|' .. sub, n or 1) end

-- One who needs a message less: with the last one it goes.
local function unref(id)
  if redis.call('HINCRBY', P .. 'refs', id, -1) <= 0 then
    redis.call('HDEL', P .. 'refs', id)
    redis.call('HDEL', P .. 'body', id)
  end
end

-- Hand out tokens as long as the subscription may have more.
local function pump(sub)
  if redis.call('SISMEMBER', P .. 'held', sub) == 1 then return end
  local sick = redis.call('HEXISTS', P .. 'sick', sub) == 1
  local most = sick and 1 or A.most
  while tonumber(redis.call('HGET', P .. 'out', sub) or '0') < most do
    local lane = redis.call('LPOP', P .. 'w:' .. sub)
    if not lane then return end
    redis.call('XADD', P .. (sick and 'ready:sick' or 'ready'), '*', 's', sub, 'l', lane)
    redis.call('HINCRBY', P .. 'out', sub, 1)
  end
end

-- Lay a message aside for good, within a bound: the oldest give way, and are counted.
local function bury(sub, lane, id, reason, attempts)
  local letters, order = P .. 'dead:' .. sub, P .. 'deadorder:' .. sub
  if redis.call('HEXISTS', letters, id) == 1 then unref(id) end
  redis.call('HSET', letters, id, cjson.encode({lane = lane, reason = reason, attempts = attempts, at_s = A.now_s}))
  redis.call('ZADD', order, A.now_s, id)
  count('dead', sub)
  while redis.call('ZCARD', order) > A.most_dead do
    local oldest = redis.call('ZPOPMIN', order)[1]
    redis.call('HDEL', letters, oldest)
    unref(oldest)
    count('dead_dropped', sub)
  end
end

-- Append a message to its lane; the caller has counted one more who needs it.
local function push(sub, lane, id, due_s)
  if tonumber(redis.call('HGET', P .. 'len', sub) or '0') >= A.most_waiting then
    bury(sub, lane, id, 'overflow: ' .. A.most_waiting .. ' messages wait already', 0)
    count('overflow', sub)
    return
  end
  add('len', sub, 1)
  if redis.call('RPUSH', lane_key(sub, lane), id) > 1 then return end -- the lane is somewhere already
  redis.call('SADD', P .. 'lanes:' .. sub, lane)
  if due_s and due_s > 0 then
    redis.call('ZADD', P .. 'due', due_s, sub .. '|' .. lane)
  else
    redis.call('RPUSH', P .. 'w:' .. sub, lane)
    pump(sub)
  end
end

-- Take the head of a lane away; tell whether something is left.
local function pop(sub, lane)
  redis.call('LPOP', lane_key(sub, lane))
  add('len', sub, -1)
end
