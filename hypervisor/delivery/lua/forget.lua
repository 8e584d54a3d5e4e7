-- A subscription is gone: nothing of it stays. A: sub, most (lanes in one call). Answers how many lanes are left.
local lanes = redis.call('SRANDMEMBER', P .. 'lanes:' .. A.sub, A.lanes)
for _, lane in ipairs(lanes) do
  for _, id in ipairs(redis.call('LRANGE', lane_key(A.sub, lane), 0, -1)) do unref(id) end
  redis.call('DEL', lane_key(A.sub, lane))
  redis.call('SREM', P .. 'lanes:' .. A.sub, lane)
  redis.call('ZREM', P .. 'due', A.sub .. '|' .. lane)
  redis.call('HDEL', P .. 'tries', A.sub .. '|' .. lane)
end
local left = redis.call('SCARD', P .. 'lanes:' .. A.sub)
if left > 0 then return left end
for _, id in ipairs(redis.call('ZRANGE', P .. 'deadorder:' .. A.sub, 0, -1)) do unref(id) end
for _, name in ipairs({'dead:', 'deadorder:', 'log:', 'w:', 'lanes:'}) do redis.call('DEL', P .. name .. A.sub) end
for _, name in ipairs({'len', 'sick'}) do redis.call('HDEL', P .. name, A.sub) end
for _, what in ipairs({'queued', 'delivered', 'failed', 'dead', 'dead_dropped', 'overflow', 'replayed'}) do
  redis.call('HDEL', P .. 'counts', what .. '|' .. A.sub)
end
redis.call('SREM', P .. 'held', A.sub)
return 0
