-- Writes wrk's figures as one line of JSON, after the report that people read.
-- Without a `request` or `response` function wrk stays as fast as it is.
function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p99Microseconds":%d,"failures":%d}\n',
    summary.requests, summary.duration, latency:percentile(99), failures
  ))
end
