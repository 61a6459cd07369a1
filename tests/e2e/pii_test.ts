/** Personal data between clients and providers of every format, whole and streamed. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ChatRequest, JsonObject, Part } from "../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../lib/wire/codec.ts";
import { CODECS } from "../../lib/wire/codecs.ts";
import { openaiCompletions } from "../../lib/wire/openai_completions.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { PiiUpstream } from "./pii_upstream.ts";

const MAIL = "anna.b@client.example";
const PROVIDERS = ["openai", "anthropic", "google", "cohere", "ollama"];
const QUESTION = `Write to ${MAIL}, and to ${MAIL} again.`;

interface ClientApi {
  readonly codec: ClientCodec;
  path(model: string, stream: boolean): string;
  body(model: string, text: string, stream: boolean): JsonObject;
  /** Whether its answers can call tools. */
  readonly calls: boolean;
}

function chat(model: string, text: string, stream: boolean): JsonObject {
  return { model, stream, messages: [{ role: "user", content: text }] };
}

const CLIENTS: Readonly<Record<string, ClientApi>> = {
  openai_chat: { codec: CODECS.openai_chat, path: () => "/v1/chat/completions", body: chat, calls: true },
  openai_responses: {
    codec: CODECS.openai_responses,
    path: () => "/v1/responses",
    body: (model, input, stream) => ({ model, input, stream }),
    calls: true,
  },
  anthropic_messages: {
    codec: CODECS.anthropic_messages,
    path: () => "/v1/messages",
    body: (...args) => ({ ...chat(...args), max_tokens: 100 }),
    calls: true,
  },
  google: {
    codec: CODECS.google_generate_content,
    path: (model, stream) =>
      `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    body: (_, text) => ({ contents: [{ role: "user", parts: [{ text }] }] }),
    calls: true,
  },
  google_interactions: {
    codec: CODECS.google_interactions,
    path: () => "/v1beta/interactions",
    body: (model, input, stream) => ({ model, input, stream }),
    calls: true,
  },
  cohere: { codec: CODECS.cohere_chat, path: () => "/v2/chat", body: chat, calls: true },
  ollama_chat: { codec: CODECS.ollama_chat, path: () => "/api/chat", body: chat, calls: true },
  ollama_generate: {
    codec: CODECS.ollama_generate,
    path: () => "/api/generate",
    body: (model, prompt, stream) => ({ model, prompt, stream }),
    calls: false,
  },
  completions: {
    codec: openaiCompletions,
    path: () => "/v1/completions",
    body: (model, prompt, stream) => ({ model, prompt, stream }),
    calls: false,
  },
};

/** Says again what was said to it, and an address of its own. */
function echo(calls: boolean) {
  return (request: ChatRequest): Part[] => {
    const said = JSON.stringify(request.messages.at(-1)?.parts).match(/<EMAIL_\d+>/)?.[0] ?? "nobody";
    const text: Part = { type: "text", text: `To ${said}, from me@model.example.` };
    const call: Part = {
      type: "tool_call",
      id: "call_1",
      name: "send",
      arguments: `{"to": "${said}", "n": 1}`,
    };
    return calls ? [text, call] : [text];
  };
}

async function start(upstream: PiiUpstream, pii: string): Promise<GatewayProcess> {
  return await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
logging: { format: json }
providers:${upstream.providers}
models: { ${PROVIDERS.map((name) => `${name}: ${name}/m`).join(", ")} }
retry: { attempts: 0 }
pii: ${pii}
`,
  });
}

/** Text and arguments of an answer in the client's format. */
function read(codec: ClientCodec, body: string, stream: boolean): { text: string; args: string } {
  if (!stream) {
    const parts = codec.decodeResponse(JSON.parse(body)).choices.flatMap((choice) => choice.parts);
    return {
      text: parts.map((part) => part.type === "text" ? part.text : "").join(""),
      args: parts.map((part) => part.type === "tool_call" ? part.arguments : "").join(""),
    };
  }
  const decoder = codec.eventDecoder();
  let [text, args] = ["", ""];
  const parser = codec.framing.parser((event) => {
    for (const each of decoder.push(event)) {
      if (each.type === "text_delta") text += each.text;
      if (each.type === "arguments_delta") args += each.text;
      if (each.type === "part_start" && each.value.type === "text") text += each.value.text;
      if (each.type === "part_start" && each.value.type === "tool_call") args += each.value.arguments;
    }
  }, { maxEventBytes: 1 << 20 });
  parser.push(new TextEncoder().encode(body));
  parser.end();
  return { text, args };
}

Deno.test("every client's address is hidden from every provider and put back, the model's own is redacted", async (test) => {
  await using upstream = new PiiUpstream();
  await using gateway = await start(upstream, "{ enabled: true }");
  for (const [name, { codec, path, body, calls }] of Object.entries(CLIENTS)) {
    for (const provider of PROVIDERS) {
      for (const stream of [false, true]) {
        await test.step(`${name} to ${provider}${stream ? ", streamed" : ""}`, async () => {
          upstream.bodies.length = 0;
          upstream.script = echo(calls);
          const response = await fetch(gateway.url + path(provider, stream), {
            method: "POST",
            headers: { "content-type": "application/json", "anthropic-version": "2023-06-01" },
            body: JSON.stringify(body(provider, QUESTION, stream)),
          });
          const answer = await response.text();
          assertEquals(response.status, 200, answer);
          const [sent = ""] = upstream.bodies;
          assert(!sent.includes(MAIL), sent);
          assertStringIncludes(sent, "Write to <EMAIL_1>, and to <EMAIL_1> again.");
          const { text, args } = read(codec, answer, stream);
          assertEquals(text, `To ${MAIL}, from <EMAIL_2>.`);
          if (calls) assertEquals(JSON.parse(args), { to: MAIL, n: 1 });
          assert(!answer.includes("me@model.example") && !answer.includes("EMAIL_1"), answer);
        });
      }
    }
  }
});

interface Sent {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

async function send(gateway: GatewayProcess, path: string, body: JsonObject, id = "1"): Promise<Sent> {
  const response = await fetch(gateway.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-request-id": id },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function metric(gateway: GatewayProcess, line: string): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(line));
  return Number(found?.split(" ").at(-1) ?? 0);
}

const CARD = "4111 1111 1111 1111";

Deno.test("what is blocked reaches no provider, and no client", async (test) => {
  await using upstream = new PiiUpstream();
  await using gateway = await start(upstream, "{ enabled: true, types: { card: block } }");
  const closing = (id: string) =>
    gateway.log((line) => line.request_id === id && String(line.event).startsWith("request."));

  await test.step("a request", async () => {
    for (const [name, { path, body, codec }] of Object.entries(CLIENTS)) {
      const { status, text } = await send(
        gateway,
        path("openai", false),
        body("openai", `Pay with ${CARD}`, false),
        name,
      );
      assertEquals(status, 400, text);
      assert(!text.includes("4111") && text.includes("(card)"), text);
      assertEquals(upstream.bodies, [], codec.format);
      const line = await closing(name);
      assertEquals([line.event, line.security_action, line.error_type], [
        "request.blocked",
        "blocked",
        "content_blocked",
      ]);
    }
    const counted = 'gateway_guardrail_total{stage="pii_detection",action="blocked",type="card"}';
    assertEquals(await metric(gateway, counted), Object.keys(CLIENTS).length);
  });

  await test.step("a whole answer", async () => {
    upstream.script = () => [{ type: "text", text: `It is ${CARD}, is it not?` }];
    const { status, text } = await send(
      gateway,
      "/v1/chat/completions",
      chat("openai", "Which?", false),
      "whole",
    );
    assertEquals(status, 400);
    assert(!text.includes("4111"), text);
    assertEquals((await closing("whole")).event, "request.blocked");
  });

  await test.step("the first words of a stream", async () => {
    const { status, text } = await send(
      gateway,
      "/v1/chat/completions",
      chat("openai", "Which?", true),
      "first",
    );
    assertEquals(status, 400);
    assert(!text.includes("4111"), text);
    assertEquals((await closing("first")).event, "request.blocked");
  });

  await test.step("the middle of a stream", async () => {
    upstream.script =
      () => [{ type: "text", text: `${"So many words come first. ".repeat(20)}It is ${CARD}, is it not?` }];
    for (const [name, { path, body, codec }] of Object.entries(CLIENTS)) {
      const id = `stream-${name}`;
      const { status, text } = await send(
        gateway,
        path("anthropic", true),
        body("anthropic", "Which?", true),
        id,
      );
      assertEquals(status, 200, text);
      assert(!text.includes("4111") && !text.includes("is it not"), text);
      assertStringIncludes(text, "(card)");
      const said = read(codec, text, true).text;
      assertEquals(said, `${"So many words come first. ".repeat(20)}It is `, name);
      const line = await closing(id);
      assertEquals([line.event, line.status, line.security_action], ["request.blocked", 400, "blocked"]);
    }
  });
});

Deno.test("probabilities of tokens are dropped where answers are looked at, and named", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { stream } = await request.json();
    const logprobs = {
      content: [{ token: "a@b.example", logprob: 0, bytes: null, top_logprobs: [] }],
      refusal: null,
    };
    if (stream !== true) {
      const message = { role: "assistant", content: "a@b.example" };
      return Response.json({
        id: "c",
        object: "chat.completion",
        choices: [{ index: 0, message, logprobs, finish_reason: "stop" }],
      });
    }
    const chunks = [
      { index: 0, delta: { content: "a@b.example" }, logprobs, finish_reason: null },
      { index: 0, delta: {}, finish_reason: "stop" },
    ].map((choice) =>
      `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", choices: [choice] })}\n\n`
    );
    return new Response(`${chunks.join("")}data: [DONE]\n\n`, {
      headers: { "content-type": "text/event-stream" },
    });
  });
  await using other = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
logging: { format: json }
providers: { up: { type: openai, base_url: "http://127.0.0.1:${server.addr.port}/v1", api_key: k } }
models: { m: up/m }
pii: { enabled: true }
`,
  });
  for (const stream of [false, true]) {
    const { text, headers } = await send(other, "/v1/chat/completions", {
      ...chat("m", "Hi", stream),
      logprobs: true,
    });
    assert(!text.includes("a@b.example"), text);
    assertStringIncludes(text, "<EMAIL_1>");
    assertEquals(headers.get("x-gateway-dropped-params"), "logprobs");
  }
  await server.shutdown();
});

Deno.test("thinking that is signed comes as it was signed, and its text is told of", async () => {
  await using upstream = new PiiUpstream();
  await using gateway = await start(upstream, "{ enabled: true }");
  upstream.script = () => [
    {
      type: "reasoning",
      text: `I think of <EMAIL_1> and me@model.example.`,
      signature: "c2ln",
      signatureFormat: "anthropic_messages",
    },
    { type: "text", text: "To <EMAIL_1>." },
  ];
  for (const stream of [false, true]) {
    const body = { ...chat("anthropic", QUESTION, stream), max_tokens: 100 };
    const { text } = await send(gateway, "/v1/messages", body);
    const thinking = stream
      ? [...text.matchAll(/"thinking_delta","thinking":"([^"]*)"/g)].map(([, piece]) => piece).join("")
      : JSON.parse(text).content[0].thinking;
    assertEquals(thinking, "I think of <EMAIL_1> and me@model.example.");
    assertStringIncludes(text, "c2ln");
    assertEquals(read(CODECS.anthropic_messages, text, stream).text, `To ${MAIL}.`);
  }
});

Deno.test("done events of the Responses API say what the deltas said, whatever the pieces", async () => {
  await using upstream = new PiiUpstream();
  await using gateway = await start(upstream, "{ enabled: true }");
  upstream.script = echo(true);
  for (const pieces of [1, 2, 5, 11, 1000]) {
    upstream.pieces = pieces;
    const { text } = await send(gateway, "/v1/responses", { model: "openai", input: QUESTION, stream: true });
    const events = [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
    const said = `To ${MAIL}, from <EMAIL_2>.`;
    const of = (type: string) => events.find((event) => event.type === type);
    const deltas = events.filter(({ type }) => type === "response.output_text.delta").map(({ delta }) =>
      delta
    );
    assertEquals(deltas.join(""), said);
    assertEquals(of("response.output_text.done").text, said);
    assertEquals(of("response.content_part.done").part.text, said);
    assertEquals(of("response.output_item.done").item.content[0].text, said);
    assertEquals(of("response.completed").response.output[0].content[0].text, said);
    assertEquals(JSON.parse(of("response.function_call_arguments.done").arguments), { to: MAIL, n: 1 });
    assertEquals(JSON.parse(of("response.completed").response.output[1].arguments), { to: MAIL, n: 1 });
  }
});
