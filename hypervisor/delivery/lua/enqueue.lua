-- Queue messages and move the marks, if they are where the caller read from and it still holds the lease.
-- A: fence?, expect {name: position}, marks {name: position}, bodies {id: json}, items [[sub, lane, id, due_s], …].
if A.fence then
  local held = redis.call('GET', A.fence.key)
  if not held or held:match('|(%d+)$') ~= tostring(A.fence.token) then return 'fenced' end
end
for name, position in pairs(A.expect) do
  if (redis.call('HGET', KEYS[1], name) or '') ~= position then return 'moved' end
end
for _, item in ipairs(A.items) do
  local sub, lane, id, due_s = item[1], item[2], item[3], item[4]
  redis.call('HSETNX', P .. 'body', id, A.bodies[id])
  redis.call('HINCRBY', P .. 'refs', id, 1)
  count('queued', sub)
  push(sub, lane, id, due_s)
end
for name, position in pairs(A.marks) do redis.call('HSET', KEYS[1], name, position) end
return 'done'
