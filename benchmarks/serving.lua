-- For wrk: POST the lines of a file in turn, then say what came of it as one line of JSON.

local requests = {}
local next_one = 0

function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for body in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format(nil, nil, nil, body)
  end
end

function request()
  next_one = next_one % #requests + 1
  return requests[next_one]
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"rate": %.3f, "p50": %.4f, "p99": %.4f, "errors": %d}',
    summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, -- milliseconds
    latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
