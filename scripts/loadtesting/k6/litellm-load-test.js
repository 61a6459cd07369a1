// Three scenarios, one after the other, in 19 minutes; or one of them, or as many users as you say. A scenario that
// --scenario picks begins when it would have begun among all of them (k6 keeps its startTime); with -e SCENARIO= it
// begins at once.
//
//   k6 run litellm-load-test.js
//   k6 run litellm-load-test.js --scenario gradual_load      (k6 2.3 and later)
//   k6 run -e SCENARIO=spike_test litellm-load-test.js       (any version)
//   k6 run --vus 100 --duration 5m litellm-load-test.js
//   k6 run --summary-export=summary.json litellm-load-test.js
//
// Settings (-e NAME=VALUE, or the environment): GATEWAY_URL, GATEWAY_API_KEY, MODELS, MAX_TOKENS, and SCALE, by
// which numbers of users are multiplied, and PACE, by which times are divided.
import { sleep } from "k6";
import { chat, findServer } from "./gateway.js";

const SCALE = Number(__ENV.SCALE || 1);
const PACE = Number(__ENV.PACE || 1);

const users = (count) => Math.max(1, Math.round(count * SCALE));
const time = (seconds) => `${Math.round(seconds * 1000 / PACE)}ms`;
const stages = (pairs) =>
  pairs.map(([seconds, target]) => ({ duration: time(seconds), target: users(target) }));

const SCENARIOS = {
  // Up in steps to 50 users, and down again.
  gradual_load: {
    seconds: 540,
    executor: "ramping-vus",
    startVUs: 1,
    stages: stages([[60, 10], [120, 10], [60, 25], [120, 25], [60, 50], [60, 50], [60, 1]]),
    gracefulRampDown: "10s",
  },
  // 10 users, suddenly 100, then 10 again.
  spike_test: {
    seconds: 250,
    executor: "ramping-vus",
    startVUs: users(10),
    stages: stages([[60, 10], [5, 100], [60, 100], [5, 10], [120, 10]]),
    gracefulRampDown: "10s",
  },
  constant_load: { seconds: 300, executor: "constant-vus", vus: users(20), duration: time(300) },
};

/** All one after the other, or the one that is named. */
function chosen(name) {
  if (name && !SCENARIOS[name]) {
    throw new Error(`SCENARIO=${name}: there are ${Object.keys(SCENARIOS).join(", ")}`);
  }
  let start = 0;
  const scenarios = {};
  for (const [key, { seconds, ...scenario }] of Object.entries(SCENARIOS)) {
    if (name && name !== key) continue;
    scenarios[key] = { ...scenario, startTime: time(start), tags: { scenario: key } };
    start += seconds;
  }
  return scenarios;
}

export const options = {
  scenarios: chosen(__ENV.SCENARIO),
  thresholds: {
    http_req_failed: ["rate<0.05"],
    checks: ["rate>0.95"],
    http_req_duration: ["p(95)<30000"],
  },
};

export const setup = findServer;

export default function load(server) {
  chat(server);
  sleep(1 + Math.random() * 2);
}
