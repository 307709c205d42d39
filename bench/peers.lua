-- One script for every case of bench/peers.py. Its arguments: a file with the case, Lua that returns a table of
-- start(id) -> state, request(state) -> text, response(state, status, headers, body) -> true, false, or nil (goes on);
-- and after how many of them a thread stops.
local threads = {}
finished, failed = 0, 0

function setup(thread)
  thread:set("id", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  case = dofile(arguments[1])
  state = case.start(id)
  limit = tonumber(arguments[2])
end

function request()
  return case.request(state)
end

function response(status, headers, body)
  local good = case.response(state, status, headers, body)
  if good == true then
    finished = finished + 1
  elseif good == false then
    failed = failed + 1
    if failed == 1 then io.stderr:write(status, " ", body, "\n") end
  end
  if finished + failed >= limit then wrk.thread:stop() end
end

function done(summary, latency, requests)
  local all, bad = 0, 0
  for _, thread in ipairs(threads) do
    all, bad = all + thread:get("finished"), bad + thread:get("failed")
  end
  local errors = summary.errors
  bad = bad + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("RESULT %.1f %.2f %.2f %d %d\n",
    all / (summary.duration / 1e6), latency:percentile(50) / 1000, latency:percentile(99) / 1000, bad, all))
end
