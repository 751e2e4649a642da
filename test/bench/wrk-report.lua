-- Writes wrk's figures as one line of JSON, after the report that people read.
-- Without a `request` or `response` function wrk stays as fast as it is, so there is one only where cookies take turns.
function init(args)
  if args[1] == nil then return end
  local requests, turn = {}, 0
  for line in io.lines(args[1]) do
    local host, cookie = line:match('^(%S+) (.+)$')
    requests[#requests + 1] = wrk.format(nil, nil, { Host = host, Cookie = cookie })
  end
  function request()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p99Microseconds":%d,"failures":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), failures
  ))
end
