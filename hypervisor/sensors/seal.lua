-- Seal buckets that are due, and tell of them: each once, whoever asks and however often.
-- KEYS[1]: unsealed buckets; KEYS[2]: the bus. ARGV[2]: JSON {bus_max, buckets: [[member, key, n, message or ''], …]}.
-- `n` is how many values the asker saw: if more have come since, it has to look again. Answers how many were sealed.
local call, sealed = cjson.decode(ARGV[2]), 0
for _, one in ipairs(call.buckets) do
  local member, key, n, message = unpack(one)
  if redis.call('ZSCORE', KEYS[1], member) and (redis.call('HGET', key, 'n') or '0') == n then
    redis.call('ZREM', KEYS[1], member)
    if redis.call('EXISTS', key) == 1 then redis.call('HSET', key, 'sealed', 1) end
    if message ~= '' then
      redis.call('XADD', KEYS[2], 'MAXLEN', '~', call.bus_max, '*', 'm', message)
    end
    sealed = sealed + 1
  end
end
return sealed
