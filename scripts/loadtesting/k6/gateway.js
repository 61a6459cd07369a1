// What both tests share: which server, which models, one chat.
import { check, fail } from "k6";
import http from "k6/http";
import { Counter } from "k6/metrics";

const PLACES = ["http://localhost:8080", "http://localhost:4000"];
const KEY = __ENV.GATEWAY_API_KEY || __ENV.OPENAI_API_KEY || __ENV.LITELLM_MASTER_KEY;
const MAX_TOKENS = Number(__ENV.MAX_TOKENS || 100);
// Of the requests, for the first model, the second and the third.
const SHARES = [0.6, 0.25, 0.15];

const PROMPTS = [
  "What is the capital of France?",
  "Explain in two sentences how a hash table works.",
  "Write a haiku about the sea in winter.",
  "Translate into German: the train leaves at nine from platform four.",
  "A shop sells pens at 3 for 2 euros. What do 12 pens cost? Show the steps.",
];

const tokens = new Counter("output_tokens");

function headers() {
  return Object.assign({ "content-type": "application/json" }, KEY ? { authorization: `Bearer ${KEY}` } : {});
}

/** For `setup`: the server (GATEWAY_URL, else what answers) and its models (MODELS, else those that it lists). */
export function findServer() {
  const places = __ENV.GATEWAY_URL ? [__ENV.GATEWAY_URL.replace(/\/$/, "")] : PLACES;
  for (const url of places) {
    // What is looked for here is no request of the test.
    const answer = http.get(`${url}/v1/models`, {
      headers: headers(),
      responseCallback: http.expectedStatuses({ min: 0, max: 599 }),
    });
    if (answer.status === 0) continue;
    const models = __ENV.MODELS ? __ENV.MODELS.split(",") : listed(answer);
    if (models.length === 0) {
      fail(`${url}/v1/models lists nothing (${answer.status}): name models with -e MODELS=…`);
    }
    return { url, models: models.slice(0, SHARES.length) };
  }
  fail(`nothing answers at ${places.join(" or ")}: name the server with -e GATEWAY_URL=…`);
}

function listed(answer) {
  return answer.status === 200 ? answer.json("data.#.id") : [];
}

/** One chat with a model of the mix. */
export function chat({ url, models }) {
  const model = drawn(models);
  const body = {
    model,
    messages: [{ role: "user", content: PROMPTS[Math.floor(Math.random() * PROMPTS.length)] }],
    max_tokens: MAX_TOKENS,
  };
  const answer = http.post(`${url}/v1/chat/completions`, JSON.stringify(body), {
    headers: headers(),
    tags: { name: "chat", model },
    timeout: "120s",
  });
  const parsed = answer.status === 200 ? completion(answer) : null;
  check(answer, {
    "status is 200": () => answer.status === 200,
    "has an answer": () => parsed !== null && parsed.choices[0].message !== undefined,
  });
  if (parsed && parsed.usage) tokens.add(parsed.usage.completion_tokens, { model });
}

function completion(answer) {
  try {
    const body = answer.json();
    return Array.isArray(body.choices) && body.choices.length > 0 ? body : null;
  } catch {
    return null;
  }
}

function drawn(models) {
  let rest = Math.random() * models.reduce((sum, _, index) => sum + SHARES[index], 0);
  return models.find((_, index) => (rest -= SHARES[index]) < 0) || models[0];
}
