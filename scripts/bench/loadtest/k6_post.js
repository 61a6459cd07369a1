// The benchmark's request, as fast as k6 sends it.
import http from "k6/http";

export const options = { discardResponseBodies: true, summaryTrendStats: ["med", "p(90)", "p(99)", "count"] };
const params = { headers: { "content-type": "application/json", authorization: "Bearer sk-bench" } };

export default function post() {
  http.post(__ENV.BENCH_URL, __ENV.BENCH_BODY, params);
}
