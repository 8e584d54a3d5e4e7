-- What a token stands for now. A: sub, lane, batch. Answers {held, attempts, failing since, id, body, id, body, …}.
local answer = {
  redis.call('SISMEMBER', P .. 'held', A.sub),
  redis.call('HGET', P .. 'tries', A.sub .. '|' .. A.lane) or '0',
  redis.call('HGET', P .. 'sick', A.sub) or '0',
}
for _, id in ipairs(redis.call('LRANGE', lane_key(A.sub, A.lane), 0, A.batch - 1)) do
  answer[#answer + 1] = id
  answer[#answer + 1] = redis.call('HGET', P .. 'body', id) or ''
end
return answer
