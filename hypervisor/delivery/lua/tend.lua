-- Whatever time brings. A: held [subs] (all that are), released [subs], kept_since_s, subs [all subscriptions].
-- Lanes whose moment has come wait for a token.
local due = redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', A.now_s, 'LIMIT', 0, 200)
for _, name in ipairs(due) do
  local sub, lane = name:match('^([^|]*)|(.*)$')
  redis.call('ZREM', P .. 'due', name)
  if redis.call('LLEN', lane_key(sub, lane)) > 0 then
    redis.call('RPUSH', P .. 'w:' .. sub, lane)
    pump(sub)
  end
end
return #due
