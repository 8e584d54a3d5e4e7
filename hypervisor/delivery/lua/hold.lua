-- Stop or go on handing out a subscription's lanes. A: sub, held (bool), retry (bool: what waits for a moment goes now).
if A.held then
  redis.call('SADD', P .. 'held', A.sub)
  return 0
end
redis.call('SREM', P .. 'held', A.sub)
if A.retry then
  for _, lane in ipairs(redis.call('SMEMBERS', P .. 'lanes:' .. A.sub)) do
    if redis.call('ZREM', P .. 'due', A.sub .. '|' .. lane) == 1 then redis.call('RPUSH', P .. 'w:' .. A.sub, lane) end
  end
  redis.call('HDEL', P .. 'sick', A.sub)
end
pump(A.sub)
return tonumber(redis.call('HGET', P .. 'out', A.sub) or '0')
