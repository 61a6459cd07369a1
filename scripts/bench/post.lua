-- wrk's script: a POST with the body from the environment, and one line of JSON at the end.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["content-type"] = "application/json"
wrk.headers["authorization"] = "Bearer sk-bench"

function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%.6f,"p50":%d,"p90":%d,"p99":%d,"errors":%d}',
    summary.requests,
    summary.duration / 1e6,
    latency:percentile(50),
    latency:percentile(90),
    latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout
  ))
end
