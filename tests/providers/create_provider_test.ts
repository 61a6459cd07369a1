import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import {
  createProvider,
  type ProviderSettings,
  type ProviderSurroundings,
} from "../../lib/providers/create_provider.ts";
import { PassedKey } from "../../lib/providers/credentials/passed_key.ts";
import type { UpstreamRequest } from "../../lib/providers/provider.ts";
import { ManualClock } from "../manual_clock.ts";
import { RawServer } from "./raw_server.ts";
import { RecordedAnswer } from "./recorded_answer.ts";

const clock = new ManualClock();

const SURROUNDINGS: ProviderSurroundings = {
  clock,
  deadlines: new Deadlines(clock),
  proxyEnvironment: {},
  userAgent: "llm-gateway/1.2.3",
  random: () => 0,
  onWarning: () => {},
};

const SETTINGS: ProviderSettings = {
  type: "openai",
  baseUrl: null,
  auth: { kind: "none" },
  headers: {},
  timeouts: { connect: 5_000, firstChunk: 5_000, betweenChunks: 5_000, total: 0 },
  proxy: null,
  ca: null,
  maxConnections: 8,
  maxQueue: 8,
};

const REQUEST: UpstreamRequest = {
  operation: "generate",
  format: "openai_chat",
  model: "m",
  stream: false,
  body: new TextEncoder().encode("{}"),
  headers: [],
  query: "",
};

function secret(value: string): { reveal(): string } {
  return { reveal: () => value };
}

function keys(...values: string[]): ProviderSettings["auth"] {
  return { kind: "keys", keys: values.map((value) => ({ key: secret(value), weight: 1 })) };
}

/** What a provider sends: the request line and the headers, the body. */
async function sent(
  settings: Partial<ProviderSettings>,
  request: Partial<UpstreamRequest> = {},
): Promise<{ line: string; headers: Headers; body: string }> {
  let seen = "";
  const server = new RawServer(async (connection) => {
    seen = await connection.request() ?? "";
    await connection.answer("{}");
    await connection.drain();
  });
  const base = settings.baseUrl ?? "";
  const provider = await createProvider(
    "p",
    { ...SETTINGS, ...settings, baseUrl: server.url.origin + base },
    SURROUNDINGS,
  );
  const answer = new RecordedAnswer();
  provider.send({ ...REQUEST, ...request }, answer, ["traceparent", "00-1-2-01"]);
  assertEquals(await answer.over, "end");
  await provider.close();
  await server.close();
  const [head = "", body = ""] = seen.split("\r\n\r\n");
  const [line = "", ...fields] = head.split("\r\n");
  return { line, body, headers: new Headers(fields.map((field) => field.split(": ") as [string, string])) };
}

Deno.test("an OpenAI provider sends its key, and the client's headers and query", async () => {
  const { line, headers, body } = await sent({ auth: keys("sk-1"), baseUrl: "/v1/" }, {
    headers: ["openai-beta", "x"],
    query: "?beta=true",
  });
  assertEquals(line, "POST /v1/chat/completions?beta=true HTTP/1.1");
  assertEquals(body, "{}");
  assertEquals(headers.get("authorization"), "Bearer sk-1");
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("accept-encoding"), "identity");
  assertEquals(headers.get("user-agent"), "llm-gateway/1.2.3");
  assertEquals(headers.get("openai-beta"), "x");
  assertEquals(headers.get("traceparent"), "00-1-2-01");
  assertEquals(headers.get("anthropic-version"), null);
});

Deno.test("an Anthropic provider sends its key and a version, the client's where it gave one", async () => {
  const request = { format: "anthropic_messages" } as const;
  const first = await sent({ type: "anthropic", auth: keys("sk-ant") }, request);
  assertEquals(first.line, "POST /v1/messages HTTP/1.1");
  assertEquals(first.headers.get("x-api-key"), "sk-ant");
  assertEquals(first.headers.get("authorization"), null);
  assertEquals(first.headers.get("anthropic-version"), "2023-06-01");
  const second = await sent({ type: "anthropic" }, {
    ...request,
    headers: ["anthropic-version", "2025-01-01"],
  });
  assertEquals(second.headers.get("anthropic-version"), "2025-01-01");
  assertEquals(second.headers.get("x-api-key"), null);
});

Deno.test("configured headers replace the provider's and the client's own", async () => {
  const settings: Partial<ProviderSettings> = {
    type: "anthropic",
    headers: {
      "Anthropic-Version": secret("mine"),
      "X-Team": secret("blue"),
      "Authorization": secret("Basic abc"),
    },
  };
  const { headers } = await sent(settings, { format: "anthropic_messages" });
  assertEquals(headers.get("anthropic-version"), "mine");
  assertEquals(headers.get("x-team"), "blue");
  assertEquals(headers.get("authorization"), "Basic abc");
  const provider = await createProvider("p", { ...SETTINGS, ...settings }, SURROUNDINGS);
  assert(!provider.forwardHeaders.includes("anthropic-version"));
  assert(provider.forwardHeaders.includes("anthropic-beta"));
  await provider.close();
});

Deno.test("what says whose account it is goes on with a client's own key alone", async () => {
  const account = ["openai-organization", "openai-project"];
  for (const type of ["openai", "litellm"]) {
    for (const [auth, goesOn] of [[keys("sk-ours"), false], [{ kind: "passthrough" }, true]] as const) {
      const provider = await createProvider("p", { ...SETTINGS, type, auth }, SURROUNDINGS);
      const forwarded = account.map((name) => provider.forwardHeaders.includes(name));
      assertEquals(forwarded, [goesOn, goesOn], `${type}, ${auth.kind}`);
      await provider.close();
    }
  }
});

Deno.test("the base URL's query comes before the client's", async () => {
  const both = await sent({ baseUrl: "/v1?api-version=1" }, { query: "?beta=true" });
  assertEquals(both.line, "POST /v1/chat/completions?api-version=1&beta=true HTTP/1.1");
  const own = await sent({ baseUrl: "/v1?api-version=1" });
  assertEquals(own.line, "POST /v1/chat/completions?api-version=1 HTTP/1.1");
});

Deno.test("a provider that passes keys sends the client's, and nothing where there is none", async () => {
  const passedKey = new PassedKey("sk-passed", "authorization", "openai");
  const { headers } = await sent({ auth: { kind: "passthrough" } }, { passedKey });
  assertEquals(headers.get("authorization"), "Bearer sk-passed");

  const provider = await createProvider("p", { ...SETTINGS, auth: { kind: "passthrough" } }, SURROUNDINGS);
  assertEquals(provider.passesKeys, true);
  const answer = new RecordedAnswer();
  provider.send(REQUEST, answer);
  assertEquals(answer.calls, [], "nobody hears of an error before having the handle");
  assertEquals(await answer.over, "credentials_missing");
  assertEquals(answer.error?.sent, false);
  const late = new RecordedAnswer();
  provider.send(REQUEST, late).abort();
  await Promise.resolve();
  assertEquals(late.calls, []);
  await provider.close();
});

Deno.test("a provider whose key is refused tells of the other one before the answer", async () => {
  const told: string[] = [];
  const keysSeen: string[] = [];
  const server = new RawServer(async (connection) => {
    for (let request = await connection.request(); request !== null; request = await connection.request()) {
      keysSeen.push(/Bearer (\S+)/.exec(request)?.[1] ?? "");
      if (keysSeen.length === 1) await connection.answer("{}", "429 Too Many Requests", "retry-after: 7\r\n");
      else await connection.answer("{}");
    }
  });
  const provider = await createProvider("p", {
    ...SETTINGS,
    baseUrl: server.url.origin,
    auth: keys("sk-first-0001", "sk-second-0002"),
  }, { ...SURROUNDINGS, onWarning: (message) => told.push(message) });
  for (const expected of [["connect", "other key", "response"], ["connect", "response"]]) {
    const answer = new RecordedAnswer();
    provider.send(REQUEST, Object.assign(answer, { onOtherKey: () => answer.calls.push("other key") }));
    assertEquals(await answer.over, "end");
    assertEquals(answer.calls.slice(0, expected.length), expected);
  }
  assertEquals(keysSeen, ["sk-first-0001", "sk-second-0002"]);
  assertEquals(told, ["provider p refused the key that ends in 0001 (status 429): it rests for 7 s"]);
  await provider.close();
  await server.close();
});

Deno.test("decodeError() tells a client of its own key's refusal, without the key", async () => {
  const provider = await createProvider("p", { ...SETTINGS, auth: { kind: "passthrough" } }, SURROUNDINGS);
  const passedKey = new PassedKey("planted-key", "authorization", "openai");
  const body = new TextEncoder().encode('{"error":{"message":"no planted-key here"}}');
  const decode = (status: number, key: PassedKey | null) =>
    provider.decodeError(status, { get: () => null, entries: () => [] }, body, key);
  assertEquals([decode(401, passedKey).status, decode(401, passedKey).code], [401, "invalid_api_key"]);
  assertEquals(decode(401, passedKey).message, "The provider 'p' did not accept your API key.");
  assertEquals([decode(403, passedKey).status, decode(403, passedKey).message], [403, "no *** here"]);
  assertEquals(decode(400, passedKey).message, "no *** here");
  assertEquals(decode(401, null).code, "upstream_authentication_failed");
  await provider.close();
});

Deno.test("an empty key is none", async () => {
  const { headers } = await sent({ auth: keys("") });
  assertEquals(headers.get("authorization"), null);
});

Deno.test("a provider says what it is", async () => {
  const openai = await createProvider("mine", SETTINGS, SURROUNDINGS);
  assertEquals([openai.name, openai.system, openai.serverAddress, openai.serverPort], [
    "mine",
    "openai",
    "api.openai.com",
    443,
  ]);
  assertEquals(openai.formats, ["openai_chat", "openai_responses"]);
  const together = await createProvider("t", { ...SETTINGS, type: "together" }, SURROUNDINGS);
  assertEquals(together.quirks, undefined);
  const ollama = await createProvider("o", { ...SETTINGS, type: "ollama" }, SURROUNDINGS);
  assertEquals([ollama.serverAddress, ollama.serverPort], ["localhost", 11434]);
  assertEquals(ollama.quirks?.renames, { max_completion_tokens: "max_tokens" });
  for (const provider of [openai, together, ollama]) await provider.close();
});

Deno.test("a provider shows its key to nobody who prints it", async () => {
  const provider = await createProvider("p", { ...SETTINGS, auth: keys("sk-hidden-1") }, SURROUNDINGS);
  assert(!Deno.inspect(provider, { depth: 20 }).includes("sk-hidden-1"));
  assert(!JSON.stringify(provider).includes("sk-hidden-1"));
  await provider.close();
});

Deno.test("a provider is reached through the proxy that the environment or its settings name", async () => {
  let seen = "";
  const proxy = new RawServer(async (connection) => {
    seen = await connection.request() ?? "";
    await connection.answer("{}");
    await connection.drain();
  });
  const surroundings = { ...SURROUNDINGS, proxyEnvironment: { httpProxy: proxy.url.origin } };
  const settings = { ...SETTINGS, type: "vllm", baseUrl: "http://vllm.test:8000" };
  const provider = await createProvider("p", settings, surroundings);
  const answer = new RecordedAnswer();
  provider.send(REQUEST, answer);
  assertEquals(await answer.over, "end");
  assert(
    seen.startsWith("POST http://vllm.test:8000/v1/chat/completions HTTP/1.1\r\nhost: vllm.test:8000\r\n"),
    seen,
  );
  assertEquals([provider.serverAddress, provider.serverPort], ["vllm.test", 8000]);
  await provider.close();
  await proxy.close();
});

Deno.test("createProvider() makes the mock", async () => {
  assertEquals((await createProvider("m", { ...SETTINGS, type: "mock" }, SURROUNDINGS)).system, "mock");
});

Deno.test("createProvider() throws when the type, the base URL or the proxy is none", async () => {
  const create = (settings: Partial<ProviderSettings>) => () =>
    createProvider("p", { ...SETTINGS, ...settings }, SURROUNDINGS);
  const message = async (settings: Partial<ProviderSettings>) =>
    (await assertRejects(create(settings), TypeError)).message;
  assertEquals(await message({ type: "nobody" }), 'Cannot create provider "p": there is no type "nobody"');
  const missing = 'Cannot create provider "p": its base URL is missing or not a URL';
  assertEquals(await message({ type: "openai_compatible" }), missing);
  assertEquals(await message({ baseUrl: "not a url" }), missing);
  await assertRejects(create({ proxy: "ftp://x" }), TypeError);
});

Deno.test("send() throws when the provider does not speak the format", async () => {
  const provider = await createProvider("p", SETTINGS, SURROUNDINGS);
  const request = { ...REQUEST, format: "anthropic_messages" } as const;
  assertThrows(() => provider.send(request, new RecordedAnswer()), TypeError);
  await provider.close();
});

Deno.test("a provider gets an operation with its method, path, type and query", async () => {
  const file = await sent({ auth: keys("k-12345678"), baseUrl: "/v1?api-version=1" }, {
    format: "files",
    operation: "files",
    method: "GET",
    subpath: "/file-1/content",
    contentType: null,
    body: null,
    query: "?a=b",
  });
  assertEquals(file.line, "GET /v1/files/file-1/content?api-version=1&a=b HTTP/1.1");
  assertEquals(file.headers.get("authorization"), "Bearer k-12345678");
  assertEquals([file.headers.get("content-type"), file.headers.get("accept")], [null, "*/*"]);
  const upload = await sent({}, {
    format: "audio",
    subpath: "/transcriptions",
    contentType: "multipart/form-data; boundary=x",
    body: new TextEncoder().encode("--x--"),
  });
  assertEquals(upload.line, "POST /v1/audio/transcriptions HTTP/1.1");
  assertEquals([upload.headers.get("content-type"), upload.body], [
    "multipart/form-data; boundary=x",
    "--x--",
  ]);
  const embeddings = await sent({}, { format: "embeddings" });
  assertEquals(embeddings.line, "POST /v1/embeddings HTTP/1.1");
  assertEquals(embeddings.headers.get("content-type"), "application/json");
});

Deno.test("a provider refuses to be sent an operation that its row does not have", async () => {
  const provider = await createProvider("p", { ...SETTINGS, type: "anthropic" }, SURROUNDINGS);
  assertThrows(() => provider.send({ ...REQUEST, format: "files" }, new RecordedAnswer()), TypeError);
});

Deno.test("a provider tells the URL of a request without any query", async () => {
  const provider = await createProvider(
    "p",
    { ...SETTINGS, baseUrl: "https://example.test/v1?key=secret", auth: keys("sk-1") },
    SURROUNDINGS,
  );
  const url = provider.url?.({ ...REQUEST, query: "?api-key=secret" });
  assertEquals(url, "https://example.test/v1/chat/completions");
  await provider.close();
});
