// Does it work at all? 5 users for 30 s.
//
//   k6 run smoke-test.js
//   k6 run --vus 2 --duration 5s smoke-test.js
//
// Settings (-e NAME=VALUE, or the environment): GATEWAY_URL, GATEWAY_API_KEY, MODELS, MAX_TOKENS.
import { sleep } from "k6";
import { chat, findServer } from "./gateway.js";

export const options = {
  vus: 5,
  duration: "30s",
  thresholds: {
    http_req_failed: ["rate<0.01"],
    checks: ["rate>0.99"],
    http_req_duration: ["p(95)<30000"],
  },
};

export const setup = findServer;

export default function smoke(server) {
  chat(server);
  sleep(1);
}
