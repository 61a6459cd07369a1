/** What was said, told in traces: off by default, redacted, in every format that clients speak. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { attributesOf, type PrintedSpan, spansOf } from "./spans.ts";

const SECRET = `sk-${"a1B2".repeat(6)}`;
const SAID = `tea for ${SECRET}`;

const config = (observability: string, upstream = "http://127.0.0.1:1") => `
server: { drain_delay: 0s }
providers:
  mock: { type: mock }
  paced: { type: mock, mock: { tokens_per_second: 20 } }
  claude: { type: anthropic, base_url: "${upstream}" }
models: { mock: mock/mock, claude: claude/mock, slow: paced/mock }
observability: { tracing: { exporter: { type: stdout } } ${observability} }
`;
const CAPTURED = ", capture_content: true, conventions: [gateway, gen_ai, openinference]";

type Body = Readonly<Record<string, unknown>>;

interface Api {
  readonly path: (stream: boolean) => string;
  readonly body: (text: string, stream: boolean) => Body;
}

const messages = (content: string) => [{ role: "user", content }];
const contents = (text: string) => [{ role: "user", parts: [{ text }] }];

const APIS: Readonly<Record<string, Api>> = {
  "chat completions": {
    path: () => "/v1/chat/completions",
    body: (text, stream) => ({ model: "mock", stream, messages: messages(text) }),
  },
  "chat completions by another format": {
    path: () => "/v1/chat/completions",
    body: (text, stream) => ({ model: "claude", stream, messages: messages(text) }),
  },
  "the responses API": {
    path: () => "/v1/responses",
    body: (text, stream) => ({ model: "mock", stream, input: text }),
  },
  "messages": {
    path: () => "/v1/messages",
    body: (text, stream) => ({ model: "mock", stream, max_tokens: 99, messages: messages(text) }),
  },
  "generateContent": {
    path: (stream) => `/v1beta/models/mock:${stream ? "streamGenerateContent" : "generateContent"}`,
    body: (text) => ({ contents: contents(text) }),
  },
  "interactions": {
    path: () => "/v1beta/interactions",
    body: (text, stream) => ({ model: "mock", stream, input: text }),
  },
  "Ollama's chat": {
    path: () => "/api/chat",
    body: (text, stream) => ({ model: "mock", stream, messages: messages(text) }),
  },
  "Ollama's generate": {
    path: () => "/api/generate",
    body: (text, stream) => ({ model: "mock", stream, prompt: text }),
  },
  "Cohere's chat": {
    path: () => "/v2/chat",
    body: (text, stream) => ({ model: "mock", stream, messages: messages(text) }),
  },
  "completions": {
    path: () => "/v1/completions",
    body: (text, stream) => ({ model: "mock", stream, prompt: text }),
  },
};

/** Asks, and gives the span of the model's call in a trace of its own. */
async function asked(gateway: GatewayProcess, path: string, body: Body): Promise<PrintedSpan> {
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const response = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assertEquals(response.status, 200, text);
  return callIn(await spansOf(gateway, traceId, 3));
}

function callIn(spans: readonly PrintedSpan[]): PrintedSpan {
  const call = spans.find(({ Name }) => Name.startsWith("provider."));
  if (call === undefined) throw new Error(`no call among ${spans.map(({ Name }) => Name).join()}`);
  return call;
}

Deno.test("by default traces say nothing of what was said", async () => {
  await using gateway = await GatewayProcess.start({ config: config("") });
  const { "chat completions by another format": _, ...apis } = APIS;
  for (const { path, body } of Object.values(apis)) {
    for (const stream of [false, true]) await asked(gateway, path(stream), body("planted tea", stream));
  }
  assertEquals(gateway.lines.filter((line) => /planted|mock provider/.test(line)), []);
});

Deno.test("capture_content tells what was said in every API, whole and streamed, redacted", async (test) => {
  await using upstream = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    createMockHandler(),
  );
  const origin = `http://127.0.0.1:${upstream.addr.port}`;
  await using gateway = await GatewayProcess.start({ config: config(CAPTURED, origin) });
  for (const [name, { path, body }] of Object.entries(APIS)) {
    for (const stream of [false, true]) {
      await test.step(`${name}, ${stream ? "streamed" : "whole"}`, async () => {
        const told = attributesOf(await asked(gateway, path(stream), body(SAID, stream)));
        assertEquals([told["input.value"], told["input.mime_type"]], ["tea for ***", "text/plain"]);
        assertEquals(told["llm.input_messages.0.message.role"], "user");
        assertEquals(told["llm.input_messages.0.message.content"], "tea for ***");
        assertEquals(told["llm.output_messages.0.message.role"], "assistant");
        const answer = String(told["llm.output_messages.0.message.content"]);
        assert(answer.length > 10, answer);
        assertEquals(told["output.value"], answer);
        assertEquals(JSON.parse(String(told["gen_ai.input.messages"])), [
          { role: "user", parts: [{ type: "text", content: "tea for ***" }] },
        ]);
        assertEquals(JSON.parse(String(told["gen_ai.output.messages"])), [
          { role: "assistant", parts: [{ type: "text", content: answer }], finish_reason: "stop" },
        ]);
      });
    }
  }
  assertEquals(gateway.lines.some((line) => line.includes(SECRET)), false);
});

Deno.test("a conversation that goes on is told with what came before it, in the background too", async () => {
  await using gateway = await GatewayProcess.start({ config: config(CAPTURED) });
  const ask = async (body: Body) => {
    const response = await fetch(`${gateway.url}/v1/responses`, {
      method: "POST",
      body: JSON.stringify({ model: "mock", ...body }),
    });
    const traceId = response.headers.get("traceresponse")?.split("-")[1] ?? "";
    return { id: String((await response.json()).id), traceId };
  };
  const first = await ask({ instructions: "be brief", input: "first" });
  const roles = (span: PrintedSpan) =>
    JSON.parse(String(attributesOf(span)["gen_ai.input.messages"]))
      .map((message: { role: string; parts: { content: string }[] }) => message.role);
  const one = attributesOf(callIn(await spansOf(gateway, first.traceId, 3)));
  assertEquals(JSON.parse(String(one["gen_ai.system_instructions"])), [{
    type: "text",
    content: "be brief",
  }]);
  const second = await ask({ input: "second", previous_response_id: first.id });
  assertEquals(roles(callIn(await spansOf(gateway, second.traceId, 4))), ["user", "assistant", "user"]);
  const third = await ask({ input: "third", previous_response_id: second.id, background: true });
  await gateway.log((line) =>
    (line as { SpanContext?: { TraceID: string } }).SpanContext?.TraceID === third.traceId &&
    String(line["Name"]).startsWith("provider.")
  );
  const run = callIn(await spansOf(gateway, third.traceId, 1));
  assertEquals(roles(run), ["user", "assistant", "user", "assistant", "user"]);
  assertStringIncludes(String(attributesOf(run)["input.value"]), "third");
});

Deno.test("of a stream that its client left, what went out is told", async () => {
  await using gateway = await GatewayProcess.start({ config: config(CAPTURED) });
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const left = new AbortController();
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    body: JSON.stringify({ model: "slow", stream: true, messages: messages("tea") }),
    signal: left.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = "";
  while (!/"content":"[^"]/.test(seen)) seen += (await reader?.read())?.value ?? "";
  left.abort();
  await reader?.read().catch(() => {});
  const told = attributesOf(callIn(await spansOf(gateway, traceId, 3)));
  const words = String(told["output.value"]);
  assert(
    words.length > 0 && !("finish_reason" in JSON.parse(String(told["gen_ai.output.messages"]))[0]),
    words,
  );
});

Deno.test("what a guardrail kept from the model is told by no trace, and neither is the answer it was put back into", async () => {
  const guarded = `${config(CAPTURED)}pii: { enabled: true }\n`;
  await using gateway = await GatewayProcess.start({ config: guarded });
  const body = (text: string) => ({ model: "mock", messages: messages(text) });
  const clean = attributesOf(await asked(gateway, "/v1/chat/completions", body("tea")));
  assertEquals(clean["input.value"], "tea");
  const call = await asked(gateway, "/v1/chat/completions", body("tea for anna.b@client.example"));
  const told = attributesOf(call);
  assertEquals([told["input.value"], told["gen_ai.input.messages"], told["output.value"]], [
    undefined,
    undefined,
    undefined,
  ]);
  assertEquals(gateway.lines.some((line) => line.includes("anna.b")), false);
});
