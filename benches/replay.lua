-- wrk replays prepared requests, each once: requests-<thread>.bin of the folder after `--`, every one its length in eight digits and itself.
-- At the end of its file a thread begins again. `done` prints one line of JSON.

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init(args)
  file = assert(io.open(args[1] .. "/requests-" .. number .. ".bin", "rb"))
end

function request()
  local length = file:read(8)
  if not length then
    file:seek("set")
    length = file:read(8)
  end
  return file:read(tonumber(length))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"answers": %d, "seconds": %f, "refused": %d, "broken": %d, "ms": {"p50": %.2f, "p99": %.2f, "max": %.2f}}\n',
    summary.requests, summary.duration / 1e6, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
