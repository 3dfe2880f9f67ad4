-- Random ranges of one file, for wrk: `wrk -s ranges.lua URL -- FILE-SIZE RANGE-LENGTH`; the last line it prints is JSON.

function init(args)
  size, length = tonumber(args[1]), tonumber(args[2])
  math.randomseed(os.time())
end

function request()
  local start = math.random(0, math.floor((size - length) / 4096)) * 4096
  return wrk.format(nil, nil, { Range = string.format("bytes=%d-%d", start, start + length - 1) })
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"bytes":%d,"p50Ms":%.4f,"p99Ms":%.4f,"errors":%d}',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
