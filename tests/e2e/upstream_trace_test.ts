/** Whatever is asked of a provider, and however often: it is told the id of the very span that is exported for it. */
import { assert, assertEquals } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type PrintedSpan, spansOf } from "./spans.ts";

const BAGGAGE = "tenant=a";
const STATE = "vendor=1,other=2";

interface Received {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
  readonly state: string | null;
  readonly baggage: string | null;
}

/** A provider that notes who asks; of each trace the first `failures` requests fail. */
class Upstream implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(failures: number) {
    const answer = createMockHandler({});
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      const [, traceId = "", spanId = "", flags = ""] = request.headers.get("traceparent")?.split("-") ?? [];
      const state = request.headers.get("tracestate");
      this.received.push({ traceId, spanId, flags, state, baggage: request.headers.get("baggage") });
      if (this.of(traceId).length > failures) return answer(request);
      await request.bytes();
      return Response.json({ error: { message: "not now" } }, { status: 503 });
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  of(traceId: string): Received[] {
    return this.received.filter((each) => each.traceId === traceId);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function start(upstream: Upstream): Promise<GatewayProcess> {
  const { origin } = upstream;
  return GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
retry: { attempts: 3, base_delay: 1ms, max_delay: 2ms, budget: 1 }
providers:
  openai: { type: openai, base_url: "${origin}/v1", api_key: planted-key, baggage: true }
  chat: { type: openai_compatible, base_url: "${origin}/v1" }
  anthropic: { type: anthropic, base_url: "${origin}", api_key: planted-key }
  gemini: { type: gemini, base_url: "${origin}/v1beta", api_key: planted-key }
models: { openai: openai/m, chat: chat/m, anthropic: anthropic/m, gemini: gemini/m }
pass_through: { provider: openai }
observability: { tracing: { exporter: { type: stdout } } }
`,
  });
}

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  /** Its request goes on as it comes, so that it cannot be sent again. */
  readonly once?: true;
}

const messages = [{ role: "user", content: "Hi" }];
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];

function form(): FormData {
  const data = new FormData();
  data.append("model", "openai");
  data.append("file", new File(["x".repeat(1000)], "a.mp3"));
  return data;
}

const MODELS = ["openai", "chat", "anthropic", "gemini"];
const CALLS: Readonly<Record<string, Call>> = {
  ...Object.fromEntries(
    MODELS.flatMap((model) =>
      [false, true].map((stream) => [
        `chat completions by ${model}${stream ? ", streamed" : ""}`,
        { path: "/v1/chat/completions", body: { model, stream, messages } },
      ])
    ),
  ),
  "responses": { path: "/v1/responses", body: { model: "openai", input: "Hi" } },
  "responses in the background": {
    path: "/v1/responses",
    body: { model: "openai", input: "Hi", background: true },
  },
  "messages": { path: "/v1/messages", body: { model: "anthropic", max_tokens: 9, messages } },
  "count_tokens": { path: "/v1/messages/count_tokens", body: { model: "anthropic", messages } },
  "generateContent": { path: "/v1beta/models/gemini:generateContent", body: { contents } },
  "embedContent": { path: "/v1beta/models/gemini:embedContent", body: { content: contents[0] } },
  "Ollama's chat": { path: "/api/chat", body: { model: "chat", messages } },
  "Cohere's chat": { path: "/v2/chat", body: { model: "openai", messages } },
  "completions": { path: "/v1/completions", body: { model: "openai", prompt: "Hi" } },
  "completions by chat": { path: "/v1/completions", body: { model: "anthropic", prompt: "Hi" } },
  "embeddings": { path: "/v1/embeddings", body: { model: "openai", input: "Hi" } },
  "moderations": { path: "/v1/moderations", body: { model: "openai", input: "Hi" } },
  "rerank": { path: "/v1/rerank", body: { model: "chat", query: "Hi", documents: ["a", "b"] } },
  "speech": { path: "/v1/audio/speech", body: { model: "openai", input: "Hi", voice: "alloy" } },
  "transcriptions": { path: "/v1/audio/transcriptions", body: form, once: true },
  "images": { path: "/v1/images/generations", body: { model: "openai", prompt: "Hi" } },
  "files": { method: "GET", path: "/v1/files" },
  "batches": { method: "GET", path: "/v1/batches" },
  "vector stores": { method: "GET", path: "/v1/vector_stores" },
};

async function ask(gateway: GatewayProcess, traceId: string, call: Call): Promise<Response> {
  const body = typeof call.body === "function" ? call.body() : JSON.stringify(call.body);
  return await fetch(gateway.url + call.path, {
    method: call.method ?? "POST",
    ...(call.body === undefined ? {} : { body }),
    headers: {
      ...(body instanceof FormData ? {} : { "content-type": "application/json" }),
      traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      tracestate: STATE,
      baggage: BAGGAGE,
    },
  });
}

/** Asks in a trace of its own, and waits until the spans of all its attempts are there. */
async function traced(
  gateway: GatewayProcess,
  upstream: Upstream,
  call: Call,
  attempts: number,
): Promise<{ spans: readonly PrintedSpan[]; received: readonly Received[] }> {
  const traceId = crypto.randomUUID().replaceAll("-", "");
  const response = await ask(gateway, traceId, call);
  const text = await response.text();
  assertEquals(response.status, 200, text);
  // The request, the call and its attempts; of a run in the background also the run.
  let spans: readonly PrintedSpan[] = [];
  for (let count = attempts + 2; attemptsIn(spans).length < attempts; count++) {
    spans = await spansOf(gateway, traceId, count);
  }
  return { spans, received: upstream.of(traceId) };
}

/** The spans of attempts: children of the call of the model. */
function attemptsIn(spans: readonly PrintedSpan[]): readonly PrintedSpan[] {
  const calls = spans.filter(({ Name }) => Name.startsWith("provider.")).map(({ SpanContext }) =>
    SpanContext.SpanID
  );
  return spans.filter(({ Parent }) => calls.includes(Parent.SpanID));
}

// A retry a request is all that a retry budget of 1 allows.
for (const failures of [0, 1]) {
  Deno.test(`providers are told the exported span of each attempt, ${failures + 1} of them, on every API`, async (test) => {
    await using upstream = new Upstream(failures);
    await using gateway = await start(upstream);
    for (const [name, call] of Object.entries(CALLS)) {
      if (failures > 0 && call.once) continue;
      await test.step(name, async () => {
        const { spans, received } = await traced(gateway, upstream, call, failures + 1);
        assertEquals(received.length, failures + 1);
        const exported = attemptsIn(spans);
        assertEquals(
          exported.map(({ SpanContext }) => SpanContext.SpanID),
          received.map(({ spanId }) => spanId),
        );
        assertEquals(new Set(received.map(({ spanId }) => spanId)).size, failures + 1);
        for (const { state, flags } of received) assertEquals([state, flags], [STATE, "01"]);
        assert(exported.every(({ SpanKind }) => /client/i.test(SpanKind)));
        const allowed = exported.length > 0 && received.every(({ baggage }) => baggage === BAGGAGE);
        const provider = spans.flatMap(({ Attributes }) => Attributes)
          .find(({ Key }) => Key === "provider.name")?.Value;
        assertEquals(allowed, provider === "openai", String(provider));
        if (!allowed) assert(received.every(({ baggage }) => baggage === null));
      });
    }
  });
}

Deno.test("two retries of one request are two more spans", async () => {
  await using upstream = new Upstream(2);
  await using gateway = await start(upstream);
  const call = { path: "/v1/chat/completions", body: { model: "chat", messages } };
  const { spans, received } = await traced(gateway, upstream, call, 3);
  const exported = attemptsIn(spans);
  assertEquals(exported.map(({ SpanContext }) => SpanContext.SpanID), received.map(({ spanId }) => spanId));
  const resent = exported.map(({ Attributes }) =>
    Attributes.find(({ Key }) => Key === "http.request.resend_count")?.Value ?? 0
  );
  assertEquals(resent, [0, 1, 2]);
});

Deno.test("a conversation's own requests to the provider are told its trace too", async () => {
  await using upstream = new Upstream(0);
  await using gateway = await start(upstream);
  const created = await fetch(`${gateway.url}/v1/conversations`, { method: "POST", body: "{}" });
  const { id } = await created.json();
  const call = { path: "/v1/responses", body: { model: "openai", input: "Hi", conversation: id } };
  for (let turn = 0; turn < 2; turn++) {
    const { spans, received } = await traced(gateway, upstream, call, 1);
    assertEquals(
      attemptsIn(spans).map(({ SpanContext }) => SpanContext.SpanID),
      received.map((it) => it.spanId),
    );
  }
});
