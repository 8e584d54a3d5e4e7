-- Dead letters: A: sub, ids, act ('replay' or 'drop'). Answers how many there were.
local letters, done = P .. 'dead:' .. A.sub, 0
for _, id in ipairs(A.ids) do
  local text = redis.call('HGET', letters, id)
  if text then
    redis.call('HDEL', letters, id)
    redis.call('ZREM', P .. 'deadorder:' .. A.sub, id)
    done = done + 1
    if A.act == 'replay' then
      count('replayed', A.sub)
      push(A.sub, cjson.decode(text).lane, id, 0)
    else
      unref(id)
    end
  end
end
return done
