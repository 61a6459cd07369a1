/** What the accounting test's requests do besides chat: each with 7 tokens in and, where it tells any, 3 out. */
import { encodeSse, SSE_DONE } from "../../lib/wire/sse.ts";
import type { Behaviour, Plan, Serve } from "./accounting_plans.ts";
import type { UpstreamCall } from "./upstream_server.ts";

type MakeRequest = NonNullable<Behaviour["request"]>;

const USAGE = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
const MEDIA_USAGE = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };
const WITH_OPERATIONS = ["openai", "chat"] as const;
/** Audio as it goes by: the text tells the client that content has come. */
const AUDIO = "Hello".repeat(100);

function nameOf(plan: Plan): string {
  return `plan-${plan.number}`;
}

function post(path: string, fields: Record<string, unknown>): MakeRequest {
  return (url, plan) =>
    new Request(url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: plan.model, ...fields, user: nameOf(plan) }),
    });
}

function ask(method: string, path: string): MakeRequest {
  return (url, plan) => new Request(url + path.replace("{plan}", nameOf(plan)), { method });
}

/** @param size bytes of its file: a large one goes on as it comes. */
function upload(path: string, size: number): MakeRequest {
  return (url, plan) => {
    const form = new FormData();
    form.append("model", plan.model);
    form.append("prompt", nameOf(plan));
    form.append("file", new File(["x".repeat(size)], "a.mp3"));
    return new Request(url + path, { method: "POST", body: form });
  };
}

function json(body: Record<string, unknown>): Serve {
  return (call) => call.answer(200, JSON.stringify(body));
}

const EMBEDDINGS = {
  object: "list",
  data: [{ object: "embedding", index: 0, embedding: [0.5] }],
  model: "up-model",
  usage: { prompt_tokens: 7, total_tokens: 7 },
};

const COMPLETION = { id: "cmpl-up", object: "text_completion", created: 1, model: "up-model" };

function completion(text: string, finish: string | null): string {
  const choices = [{ text, index: 0, logprobs: null, finish_reason: finish }];
  return encodeSse(JSON.stringify({ ...COMPLETION, choices }));
}

const COMPLETION_END = completion("", "stop") +
  encodeSse(JSON.stringify({ ...COMPLETION, choices: [], usage: USAGE })) + SSE_DONE;

async function complete(call: UpstreamCall, plan: Plan): Promise<void> {
  if (!plan.stream) {
    const choices = [{ text: "Hello", index: 0, logprobs: null, finish_reason: "stop" }];
    return await call.answer(200, JSON.stringify({ ...COMPLETION, choices, usage: USAGE }));
  }
  await call.stream();
  await call.chunk(completion("Hello", null) + COMPLETION_END);
  await call.end();
}

const COMPLETIONS: MakeRequest = (url, plan) =>
  new Request(`${url}/v1/completions`, {
    method: "POST",
    body: JSON.stringify({ model: plan.model, prompt: nameOf(plan), stream: plan.stream }),
  });

async function audio(call: UpstreamCall, end: "end" | "cut" | "wait"): Promise<void> {
  await call.head(200, { "content-type": "audio/mpeg" });
  await call.chunk(AUDIO);
  if (end === "end") await call.end();
  else if (end === "cut") call.cut();
  else await call.closed;
}

const COUNT: MakeRequest = (url, plan) =>
  new Request(`${url}/v1/messages/count_tokens`, {
    method: "POST",
    body: JSON.stringify({ model: plan.model, messages: [{ role: "user", content: nameOf(plan) }] }),
  });

const SPEECH = post("/v1/audio/speech", { input: "x", voice: "alloy" });
const INPUT_ALONE = [7, undefined] as const;
const NO_TOKENS = [undefined, undefined] as const;

export const OPERATIONS: readonly Behaviour[] = [
  {
    name: "embeddings",
    weight: 3,
    status: 200,
    models: WITH_OPERATIONS,
    tokens: INPUT_ALONE,
    request: post("/v1/embeddings", { input: ["a", "b"] }),
    serve: json(EMBEDDINGS),
  },
  {
    name: "embeddings, a 503 first",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    tokens: INPUT_ALONE,
    request: post("/v1/embeddings", { input: "a" }),
    serve: (call, plan) => plan.attempts === 1 ? call.answer(503, "{}") : json(EMBEDDINGS)(call, plan),
  },
  {
    name: "embeddings of a provider that has none",
    weight: 1,
    status: 400,
    models: ["anthropic"],
    request: post("/v1/embeddings", { input: "a" }),
  },
  {
    name: "embeddings that break off",
    weight: 1,
    status: 502,
    models: WITH_OPERATIONS,
    request: post("/v1/embeddings", { input: "a" }),
    async serve(call) {
      await call.head(200, { "content-type": "application/json" });
      await call.chunk('{"data":');
      call.cut();
    },
  },
  {
    name: "leaves before its embeddings",
    weight: 1,
    status: 499,
    leaves: "reached",
    models: WITH_OPERATIONS,
    request: post("/v1/embeddings", { input: "a" }),
    serve: (call) => call.closed,
  },
  {
    name: "completions",
    weight: 3,
    status: 200,
    models: WITH_OPERATIONS,
    request: COMPLETIONS,
    serve: complete,
  },
  {
    name: "completions that break off",
    weight: 1,
    stream: true,
    status: 502,
    models: WITH_OPERATIONS,
    request: COMPLETIONS,
    async serve(call) {
      await call.stream();
      await call.chunk(completion("Hello", null));
      call.cut();
    },
  },
  {
    name: "leaves in the middle of its completions",
    weight: 1,
    stream: true,
    status: 499,
    leaves: "content",
    models: WITH_OPERATIONS,
    request: COMPLETIONS,
    async serve(call) {
      await call.stream();
      await call.chunk(completion("Hello", null));
      await call.closed;
    },
  },
  {
    name: "moderations without a model",
    weight: 1,
    status: 200,
    tokens: NO_TOKENS,
    request: post("/v1/moderations", { model: undefined, input: "x" }),
    serve: json({ id: "modr-1", model: "up-model", results: [] }),
  },
  {
    name: "rerank",
    weight: 1,
    status: 200,
    models: ["chat"],
    tokens: INPUT_ALONE,
    request: post("/v1/rerank", { query: "x", documents: ["y"] }),
    serve: json({ results: [], usage: { total_tokens: 7 } }),
  },
  {
    name: "an image",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    request: post("/v1/images/generations", { prompt: "x" }),
    serve: json({ created: 1, data: [], usage: MEDIA_USAGE }),
  },
  {
    name: "speech",
    weight: 2,
    status: 200,
    models: WITH_OPERATIONS,
    tokens: NO_TOKENS,
    request: SPEECH,
    serve: (call) => audio(call, "end"),
  },
  {
    name: "speech as events",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    request: SPEECH,
    async serve(call) {
      await call.stream();
      await call.chunk(encodeSse(JSON.stringify({ type: "speech.audio.delta", audio: "AAAA" })));
      await call.chunk(encodeSse(JSON.stringify({ type: "speech.audio.done", usage: MEDIA_USAGE })));
      await call.end();
    },
  },
  {
    name: "speech that breaks off",
    weight: 1,
    status: 502,
    cut: true,
    models: WITH_OPERATIONS,
    request: SPEECH,
    serve: (call) => audio(call, "cut"),
  },
  {
    name: "leaves in the middle of speech",
    weight: 1,
    status: 499,
    leaves: "content",
    models: WITH_OPERATIONS,
    request: SPEECH,
    serve: (call) => audio(call, "wait"),
  },
  {
    name: "a transcription of a small file",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    request: upload("/v1/audio/transcriptions", 1000),
    serve: json({ text: "Hello", usage: MEDIA_USAGE }),
  },
  {
    name: "a transcription of a large file",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    request: upload("/v1/audio/transcriptions", 400_000),
    serve: json({ text: "Hello", usage: MEDIA_USAGE }),
  },
  {
    name: "a file's content",
    weight: 1,
    status: 200,
    tokens: NO_TOKENS,
    request: ask("GET", "/v1/files/{plan}/content"),
    serve: (call) => audio(call, "end"),
  },
  {
    name: "a file that is not there",
    weight: 1,
    status: 404,
    request: ask("DELETE", "/v1/files/{plan}"),
    serve: (call) => call.answer(404, '{"error":{"message":"No such File object"}}'),
  },
  {
    name: "a batch that is cancelled",
    weight: 1,
    status: 200,
    tokens: NO_TOKENS,
    request: ask("POST", "/v1/batches/{plan}/cancel"),
    serve: json({ id: "batch_1", object: "batch", status: "cancelling" }),
  },
  {
    name: "tokens that the provider counts",
    weight: 2,
    status: 200,
    models: ["anthropic"],
    tokens: NO_TOKENS,
    request: COUNT,
    serve: json({ input_tokens: 7 }),
  },
  {
    name: "tokens that the provider counts in another format",
    weight: 2,
    status: 200,
    models: ["openai", "gemini", "bedrock"],
    tokens: NO_TOKENS,
    request: COUNT,
    serve: json({ input_tokens: 7, totalTokens: 7, inputTokens: 7 }),
  },
  { name: "tokens that are estimated", weight: 1, status: 200, models: ["chat", "ollama"], request: COUNT },
  {
    name: "tokens of a response's input, a 503 first",
    weight: 1,
    status: 200,
    models: ["openai"],
    tokens: NO_TOKENS,
    request: (url, plan) =>
      new Request(`${url}/v1/responses/input_tokens`, {
        method: "POST",
        body: JSON.stringify({ model: plan.model, input: nameOf(plan) }),
      }),
    serve: (call, plan) =>
      plan.attempts === 1
        ? call.answer(503, "{}")
        : json({ object: "response.input_tokens", input_tokens: 7 })(call, plan),
  },
  {
    name: "tokens that nobody counts in the end",
    weight: 1,
    status: 502,
    models: ["anthropic"],
    request: COUNT,
    serve: (call) => call.answer(500, "{}"),
  },
  {
    name: "leaves before its tokens are counted",
    weight: 1,
    status: 499,
    leaves: "reached",
    models: ["anthropic"],
    request: COUNT,
    serve: (call) => call.closed,
  },
  {
    name: "Google's embeddings",
    weight: 1,
    status: 200,
    models: WITH_OPERATIONS,
    tokens: INPUT_ALONE,
    request: (url, plan) =>
      new Request(`${url}/v1beta/models/${plan.model}:embedContent`, {
        method: "POST",
        body: JSON.stringify({ content: { parts: [{ text: nameOf(plan) }] } }),
      }),
    serve: json(EMBEDDINGS),
  },
  { name: "a method that files have not", weight: 1, status: 405, request: ask("PUT", "/v1/files/{plan}") },
  {
    name: "a deployment of Azure's",
    weight: 1,
    status: 200,
    tokens: INPUT_ALONE,
    models: WITH_OPERATIONS,
    request: (url, plan) =>
      new Request(`${url}/openai/deployments/${plan.model}/embeddings?api-version=1`, {
        method: "POST",
        body: JSON.stringify({ input: nameOf(plan) }),
      }),
    serve: json(EMBEDDINGS),
  },
];
