-- A token's end. A: stream, token, sub, lane, ids, outcome (ok, retry, dead, hold), due_s, reason, attempts, log.
-- Only who takes the token out of the stream may do the rest: a worker that was given up comes too late and does nothing.
if redis.call('XACK', A.stream, 'workers', A.token) == 0 then return 'late' end
redis.call('XDEL', A.stream, A.token)
add('out', A.sub, -1)
local name, key = A.sub .. '|' .. A.lane, lane_key(A.sub, A.lane)

if redis.call('LLEN', key) > 0 then -- otherwise the subscription was forgotten meanwhile
  for _, line in ipairs(A.log) do
    redis.call('XADD', P .. 'log:' .. A.sub, 'MAXLEN', '~', A.most_logged, '*', 'a', line)
    redis.call('EXPIRE', P .. 'log:' .. A.sub, A.kept_s)
  end
  if A.outcome == 'retry' or A.outcome == 'dead' then
    count('failed', A.sub)
    redis.call('HSETNX', P .. 'sick', A.sub, A.now_s)
  end
end
if A.outcome == 'ok' or A.outcome == 'dead' then
  for _, id in ipairs(A.ids) do
    if redis.call('LINDEX', key, 0) == id then
      pop(A.sub, A.lane)
      if A.outcome == 'ok' then
        unref(id)
        count('delivered', A.sub)
      else
        bury(A.sub, A.lane, id, A.reason, A.attempts)
      end
    end
  end
  redis.call('HDEL', P .. 'tries', name)
end
if A.outcome == 'ok' and #A.ids > 0 then redis.call('HDEL', P .. 'sick', A.sub) end

if redis.call('LLEN', key) == 0 then
  redis.call('SREM', P .. 'lanes:' .. A.sub, A.lane)
elseif A.outcome == 'retry' then
  redis.call('HINCRBY', P .. 'tries', name, 1)
  redis.call('ZADD', P .. 'due', A.due_s, name)
elseif A.due_s > 0 then
  redis.call('ZADD', P .. 'due', A.due_s, name)
elseif A.outcome == 'hold' then
  redis.call('LPUSH', P .. 'w:' .. A.sub, A.lane)
else
  redis.call('RPUSH', P .. 'w:' .. A.sub, A.lane)
end
pump(A.sub)
return 'done'
