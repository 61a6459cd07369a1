/** Every row of the catalogue at work: a real gateway before a server that answers as the row's fixture says. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { CATALOG_ROWS, type ProviderRow } from "../../lib/providers/catalog.ts";
import type { JsonObject, JsonValue } from "../../lib/wire/canonical.ts";
import { anthropicMessages } from "../../lib/wire/anthropic_messages.ts";
import type { Codec } from "../../lib/wire/codec.ts";
import { cohereChat } from "../../lib/wire/cohere_chat.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import type { Usage } from "../../lib/wire/canonical.ts";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { sseEvent } from "../wire/recordings.ts";
import { type ExpectedUsage, fixtureOf, type ProviderFixture } from "./fixtures.ts";

type Format = "openai_chat" | "anthropic_messages" | "cohere_chat";

interface Subject {
  /** Of the provider and its model in the configuration: the type, or that of a variant. */
  readonly name: string;
  readonly type: string;
  readonly row: ProviderRow;
  readonly format: Format;
  readonly fixture: ProviderFixture;
}

/** Rows of other formats have contracts of their own. */
const SUBJECTS: readonly Subject[] = CATALOG_ROWS.flatMap(([type, row]) => {
  const format = Object.keys(row.paths)[0];
  if (format !== "openai_chat" && format !== "anthropic_messages" && format !== "cohere_chat") return [];
  const fixture = fixtureOf(type);
  if (fixture === null) throw new Error(`Cannot test the row "${type}": it has no fixtures/${type}.jsonl`);
  const variants = Object.entries(fixture.variants ?? {});
  return [[type, {}] as const, ...variants].map(([name, changes]) => (
    { name, type, row, format, fixture: { ...fixture, ...changes } }
  ));
});

const TOOL = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

/** With everything that some provider wants otherwise. The client's spelling of numbers has to survive. */
const STANDARD: Readonly<Record<Format, string>> = {
  openai_chat: JSON.stringify({
    model: "MODEL",
    messages: [
      { role: "developer", content: "Be brief." },
      { role: "user", name: "ada", content: "Weather?" },
      {
        role: "assistant",
        content: null,
        reasoning_content: "Look.",
        tool_calls: [{
          id: "call_abc123",
          type: "function",
          function: { name: "weather", arguments: '{"city":"Paris"}' },
        }],
      },
      { role: "tool", tool_call_id: "call_abc123", content: "21" },
    ],
    tools: [{ type: "function", function: { name: "weather", parameters: TOOL } }],
    tool_choice: "required",
    max_completion_tokens: 50,
    seed: 7,
    temperature: 0.5,
    presence_penalty: 0.1,
    logit_bias: { "1": 2 },
    user: "u1",
    store: false,
  }).replace("}]}", "}] }"),
  cohere_chat: JSON.stringify({
    model: "MODEL",
    messages: [{ role: "user", content: "Weather?" }],
    tools: [{ type: "function", function: { name: "weather", parameters: TOOL } }],
  }).replace("}]}", "}] }"),
  anthropic_messages: JSON.stringify({
    model: "MODEL",
    max_tokens: 50,
    messages: [{ role: "user", content: "Weather?" }],
    tools: [{ name: "weather", input_schema: TOOL }],
  }).replace("}]}", "}] }"),
};
const CODECS: Readonly<Record<Format, Codec>> = {
  openai_chat: openaiChat,
  anthropic_messages: anthropicMessages,
  cohere_chat: cohereChat,
};
const CLIENT_PATH: Readonly<Record<Format, string>> = {
  cohere_chat: "/v2/chat",
  openai_chat: "/v1/chat/completions",
  anthropic_messages: "/v1/messages",
};

interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

/** Answers as the fixtures say: the first segment is the name, the client's `idempotency-key` what is wanted. */
class ScriptedProviders implements AsyncDisposable {
  seen: SeenRequest | null = null;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => this.#answer(request),
  );

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.addr as Deno.NetAddr).port}`;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const [, name = ""] = pathname.split("/");
    const path = pathname.slice(name.length + 1) + search;
    this.seen = { method: request.method, path, headers: request.headers, text: await request.text() };
    const fixture = SUBJECTS.find((subject) => subject.name === name)?.fixture;
    if (fixture === undefined) return new Response(null, { status: 404 });
    const json = (body: JsonValue, status = 200) =>
      new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
    switch (request.headers.get("idempotency-key")) {
      case "plain":
        return json(fixture.plain);
      case "tool":
        return json(fixture.tool);
      case "error":
        return json(fixture.error.body, fixture.error.status);
      default:
        return new Response(sse(fixture.chunks), { headers: { "content-type": "text/event-stream" } });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function sse(chunks: readonly JsonObject[]): string {
  const events = chunks.map((chunk) =>
    `${typeof chunk.type === "string" ? `event: ${chunk.type}\n` : ""}data: ${JSON.stringify(chunk)}\n\n`
  );
  return events.join("") + (chunks[0]?.type === undefined ? "data: [DONE]\n\n" : "");
}

function config(origin: string): string {
  const lines = SUBJECTS.map(({ name, type, row, fixture }) => {
    const path = fixture.base ?? new URL(row.baseUrl ?? "http://none").pathname.replace(/\/$/, "");
    return `  ${name}: { type: ${type}, base_url: "${origin}/${name}${path}", api_key: KEY${
      fixture.settings === undefined ? "" : `, ${fixture.settings}`
    } }`;
  });
  const models = SUBJECTS.map(({ name, fixture }) => `  ${name}: "${name}/${fixture.model}"`);
  return `server: { drain_delay: 0s }\nretry: { attempts: 1 }\nproviders:\n${lines.join("\n")}\nmodels:\n${
    models.join("\n")
  }\n`;
}

/** The standard request as the provider shall get it. */
function expectedBody({ fixture, format }: Subject, stream: boolean): JsonObject {
  const body: JsonObject = JSON.parse(request(format, fixture.model, stream));
  for (const [path, value] of Object.entries(fixture.sends)) {
    const steps = path.split(".");
    const last = steps.pop() ?? "";
    // deno-lint-ignore no-explicit-any -- a path into JSON
    const holder = steps.reduce((at: any, step) => at[step], body);
    if (value === null) delete holder[last];
    else holder[last] = value;
  }
  if (fixture.streamOptions === false) delete body.stream_options;
  return body;
}

function request(format: Format, model: string, stream: boolean): string {
  const text = STANDARD[format].replace('"MODEL"', JSON.stringify(model));
  if (!stream) return text;
  const options = format === "openai_chat" ? ',"stream_options":{"include_usage":true}' : "";
  return `${text.slice(0, -1)},"stream":true${options}}`;
}

/** Ids made of others are checked by their form. */
function withoutShortIds(body: JsonObject): JsonObject {
  const short = /^[A-Za-z0-9]{9}$/;
  return JSON.parse(
    JSON.stringify(body),
    (key, value) => (key === "id" || key === "tool_call_id") && short.test(value) ? "SHORT" : value,
  );
}

/** Name and arguments of the call in an answer of either family. */
// deno-lint-ignore no-explicit-any -- what a client was sent
function callOf(answer: any): unknown[] {
  if (answer.stop_reason === "tool_use") {
    const { name, input } = answer.content.find(({ type }: { type: string }) => type === "tool_use");
    return [name, input];
  }
  const [call] = answer.choices[0].message.tool_calls;
  return [call.function.name, JSON.parse(call.function.arguments)];
}

function counts(usage: Usage | null | undefined): ExpectedUsage {
  const { input, output, cached, reasoning } = usage ?? { input: NaN, output: NaN };
  return {
    input,
    output,
    ...(cached === undefined ? {} : { cached }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

Deno.test("every row of the catalogue sends what its provider takes, and reads what it answers", async (t) => {
  await using providers = new ScriptedProviders();
  await using gateway = await GatewayProcess.start({ config: config(providers.origin) });

  const ask = async (path: string, wanted: string, body: string) => {
    const response = await fetch(gateway.url + path, {
      method: "POST",
      body,
      headers: {
        "content-type": "application/json",
        "idempotency-key": wanted,
        "openai-organization": "org-1",
        cookie: "a=b",
        authorization: "Bearer client",
      },
    });
    const text = await response.text();
    const id = response.headers.get("x-request-id");
    const line = () => gateway.log((each) => each.request_id === id && each.status !== undefined);
    const sent = providers.seen;
    if (sent === null) throw new Error(`nothing was sent: ${text}`);
    return { response, text, sent, line };
  };

  for (const subject of SUBJECTS) {
    const { name, row, format, fixture } = subject;
    const client = CLIENT_PATH[format];

    await t.step(`${name}: a whole answer`, async () => {
      const { response, text, sent, line } = await ask(client, "plain", request(format, name, false));
      assertEquals([response.status, text], [200, JSON.stringify(fixture.plain)]);
      assertEquals([sent.method, sent.path], ["POST", fixture.path]);
      const [header = "", value] = fixture.auth.split(": ");
      assertEquals(sent.headers.get(header), value);
      assertEquals(sent.headers.get("cookie"), null);
      assertMatch(sent.headers.get("user-agent") ?? "", /^llm-gateway\//);
      // Whose account it is goes with whose key it is.
      assertEquals(sent.headers.get("openai-organization"), null);
      assertEquals(withoutShortIds(JSON.parse(sent.text)), expectedBody(subject, false));
      if (Object.keys(fixture.sends).length === 0) {
        assertEquals(sent.text, request(format, fixture.model, false), "the client's very bytes");
      }
      assertEquals(response.headers.get("x-gateway-dropped-params"), fixture.dropped.join(",") || null);
      const { input_tokens, output_tokens, cached_tokens, provider, model } = await line();
      assertEquals([provider, model], [name, fixture.model]);
      assertEquals([input_tokens, output_tokens], [fixture.usage.input, fixture.usage.output]);
      assertEquals(cached_tokens ?? 0, fixture.usage.cached ?? 0);
    });

    await t.step(`${name}: a stream`, async () => {
      const { response, text, sent, line } = await ask(client, "stream", request(format, name, true));
      assertEquals([response.status, text], [200, sse(fixture.chunks)]);
      assertEquals(withoutShortIds(JSON.parse(sent.text)), expectedBody(subject, true));
      const { input_tokens, output_tokens, cached_tokens, finish_reason } = await line();
      assertEquals([input_tokens, output_tokens], [fixture.streamUsage.input, fixture.streamUsage.output]);
      assertEquals([cached_tokens ?? 0, finish_reason], [fixture.streamUsage.cached ?? 0, "stop"]);
    });

    const other = format === "openai_chat" ? "anthropic_messages" : "openai_chat";
    const translates = !(other in row.paths);

    await t.step({
      name: `${name}: a stream for the other family's client`,
      ignore: !translates,
      fn: async () => {
        const { response, text } = await ask(CLIENT_PATH[other], "stream", request(other, name, true));
        assertEquals(response.status, 200);
        const told = [...text.matchAll(/"(?:text|content)":"([^"]*)"/g)].map(([, piece]) => piece).join("");
        assertEquals(told, "Hello there.");
      },
    });

    await t.step(`${name}: a call of a tool`, async () => {
      const asked = translates ? "anthropic_messages" : format;
      const { response, text } = await ask(CLIENT_PATH[asked], "tool", request(asked, name, false));
      assertEquals(response.status, 200);
      assertEquals(callOf(JSON.parse(text)), ["weather", { city: "Paris" }]);
    });

    await t.step(`${name}: an error`, async () => {
      const { response, text } = await ask(client, "error", request(format, name, false));
      const body = JSON.parse(text);
      const error = body.error ?? body;
      const { status, message, param, code } = fixture.says;
      assertEquals([response.status, error.message], [status, message]);
      if (param !== undefined) assertEquals(error.param, param);
      if (code !== undefined) assertEquals(error.code, code);
    });

    await t.step({
      name: `${name}: the responses API has its path`,
      ignore: !("openai_responses" in row.paths),
      fn: async () => {
        const { sent } = await ask("/v1/responses", "plain", JSON.stringify({ model: name, input: "Hi" }));
        assertEquals(sent.path, fixture.responses);
      },
    });
  }
});

for (const { name, format, fixture } of SUBJECTS) {
  Deno.test(`usage of ${name} means what everybody's does`, () => {
    const codec = CODECS[format];
    assertEquals(counts(codec.decodeResponse(fixture.plain).usage), fixture.usage);
    assertEquals(counts(codec.observeResponse(fixture.plain).usage), fixture.usage);
    const observer = codec.streamObserver();
    const decoder = codec.eventDecoder();
    let decoded: Usage | undefined;
    for (const chunk of fixture.chunks) {
      const event = sseEvent(chunk, typeof chunk.type === "string" ? chunk.type : "");
      observer.push(event);
      for (const each of decoder.push(event)) if (each.type === "usage") decoded = each.usage;
    }
    assertEquals(counts(observer.observed.usage), fixture.streamUsage);
    assertEquals(counts(decoded), fixture.streamUsage);
    const { input, output, cached = 0, reasoning = 0 } = fixture.usage;
    assert(cached <= input && reasoning <= output, "parts of the whole");
  });
}

Deno.test("every row's fixture says where its shapes are from", () => {
  for (const { type, fixture } of SUBJECTS) {
    assert(fixture.source.length > 0 && fixture.source.every((url) => URL.canParse(url)), type);
  }
});
