-- Requests the paths in the file PATHS one after the other, each thread starting at a different place, and prints the figures of
-- the run: requests per second, median and 99th percentile in ms, failed answers.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  requests = {}
  for path in io.lines(os.getenv("PATHS")) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
  place = math.floor(number * #requests / 2)
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local rate = summary.requests / summary.duration * 1000000
  print(string.format("RESULT %.1f %.3f %.3f %d", rate, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
