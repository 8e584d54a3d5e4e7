-- One token out of a bucket that fills steadily.
-- KEYS[1]: the bucket. ARGV: now (ms), tokens a second, tokens when full.
-- Answers: {1 if there was one, tokens left (thousandths), ms until there is one}.
local now, rate, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local found = redis.call('HMGET', KEYS[1], 'left', 'at')
local left, at = tonumber(found[1] or most), tonumber(found[2] or now)
-- A clock that is behind another process's takes nothing away.
left = math.min(most, left + math.max(0, now - at) * rate / 1000)
local taken, wait = 0, 0
if left >= 1 then
  taken, left = 1, left - 1
else
  wait = math.ceil((1 - left) * 1000 / rate)
end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'at', tostring(math.max(now, at)))
redis.call('PEXPIRE', KEYS[1], math.ceil(most * 1000 / rate) + 1000)
return {taken, math.floor(left * 1000), wait}
