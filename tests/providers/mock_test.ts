import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { BehaviourError, createMockHandler, createMockProvider } from "../../lib/providers/mock.ts";
import type { MockHandlerOptions, MockProviderOptions } from "../../lib/providers/mock.ts";
import type { UpstreamHandle } from "../../lib/providers/provider.ts";
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import { CODECS } from "../wire/codecs.ts";
import { ManualClock } from "../manual_clock.ts";
import { ask, bodyOf, eventsOf, Listener, requestOf } from "./mock/ask.ts";

// Bedrock's binary wire has a test of its own.
const FORMATS = (Object.keys(CODECS) as WireFormat[]).filter((format) => format !== "bedrock_converse");
const PATHS: Readonly<Record<WireFormat, string>> = {
  openai_chat: "/v1/chat/completions",
  openai_responses: "/v1/responses",
  anthropic_messages: "/v1/messages",
  ollama_chat: "/v1/api/chat",
  ollama_generate: "/v1/api/generate",
  google_generate_content: "/v1beta/models/gemini-2.5-flash:generateContent",
  google_interactions: "/v1beta/interactions",
  cohere_chat: "/v2/chat",
  bedrock_converse: "/model/claude/converse",
};

/** A mock whose time a test moves. */
class Timed {
  readonly clock = new ManualClock();
  readonly listener = new Listener();
  readonly handle: UpstreamHandle;

  constructor(words: string, fields: JsonObject = {}, options: MockProviderOptions = {}) {
    const surroundings = { clock: this.clock, deadlines: new Deadlines(this.clock) };
    const provider = createMockProvider("mock", { behaviour: words, ...options }, surroundings);
    this.handle = provider.send(requestOf("openai_chat", bodyOf("openai_chat", fields)), this.listener);
  }

  /** Content events that were heard until now. */
  get content(): number {
    return eventsOf(this.listener.heard.text).filter(({ data }) =>
      data.includes('"delta":{"content":"') && !data.includes("role")
    ).length;
  }

  async after(ms: number): Promise<number> {
    await Promise.resolve();
    this.clock.advance(ms);
    return this.content;
  }
}

Deno.test("the mock in process calls nothing before its caller has the handle, and then all at once", async () => {
  const { listener } = new Timed("");
  assertEquals(listener.heard.status, 0);
  await Promise.resolve();
  assertEquals([listener.onConnected, listener.heard.status, listener.heard.ending], [1, 200, "end"]);
});

Deno.test("the mock sets no timer where no time is asked for", async () => {
  const clock = new ManualClock();
  clock.every = () => {
    throw new Error("a timer");
  };
  const listener = new Listener();
  createMockProvider("mock", {}, { clock }).send(
    requestOf("openai_chat", bodyOf("openai_chat", { stream: true })),
    listener,
  );
  await Promise.resolve();
  assertEquals(listener.heard.ending, "end");
});

Deno.test("the mock waits before the headers, before the first token and between tokens", async () => {
  const mock = new Timed("latency=100ms,ttft=50ms,tps=100,tokens=10", { stream: true });
  await mock.after(98);
  assertEquals(mock.listener.heard.status, 0);
  assertEquals(await mock.after(4), 0);
  assertEquals(mock.listener.heard.status, 200);
  assert(mock.listener.heard.text.includes('"role":"assistant"'), "the prelude does not wait");
  assertEquals(await mock.after(46), 0);
  assertEquals(await mock.after(4), 1);
  assertEquals(await mock.after(10), 2);
  assertEquals(await mock.after(50), 7);
  assertEquals(await mock.after(26), 9);
  assertEquals(mock.listener.heard.ending, "");
  assertEquals(await mock.after(4), 10);
  assertEquals(mock.listener.heard.ending, "end");
});

Deno.test("the mock keeps its pace when its timer comes late", async () => {
  const mock = new Timed("tps=1000,tokens=100", { stream: true });
  // The shared timer comes every 2 ms.
  assertEquals(await mock.after(50), 51);
});

Deno.test("the mock sends nothing while it is paused and loses nothing", async () => {
  const mock = new Timed("tps=100,tokens=10", { stream: true });
  await mock.after(22);
  mock.handle.pause();
  const before = mock.content;
  assertEquals(await mock.after(1000), before);
  mock.handle.resume();
  assertEquals(await mock.after(0), 10);
  assertEquals(mock.listener.heard.ending, "end");
  assert(mock.listener.heard.text.endsWith("data: [DONE]\n\n"));
});

Deno.test("the mock heeds a pause from within a chunk, and a resume", async () => {
  const listener = new Listener();
  const provider = createMockProvider("mock", { behaviour: "tokens=5" });
  let chunks = 0;
  const handle: UpstreamHandle = provider.send(
    requestOf("openai_chat", bodyOf("openai_chat", { stream: true })),
    {
      onResponse: listener.onResponse,
      onData(chunk) {
        chunks++;
        handle.pause();
        if (chunks === 1) handle.resume();
        listener.onData(chunk);
      },
      onEnd: () => listener.onEnd(),
      onError: listener.onError,
    },
  );
  await Promise.resolve();
  assertEquals(chunks, 2);
  while (listener.heard.ending === "") {
    const before = chunks;
    handle.resume();
    assert(chunks <= before + 1);
  }
  assertEquals(chunks, 8);
});

Deno.test("the mock calls nothing after abort()", async () => {
  const early = new Timed("");
  early.handle.abort();
  await early.after(10);
  assertEquals(early.listener.heard.status, 0);
  const late = new Timed("tps=100,tokens=10", { stream: true });
  await late.after(22);
  const before = late.content;
  late.handle.abort();
  late.handle.abort();
  late.handle.resume();
  assertEquals(await late.after(1000), before);
  assertEquals(late.listener.heard.ending, "");
});

for (const format of FORMATS) {
  const { framing } = CODECS[format];
  const isOllama = format.startsWith("ollama");

  for (const stream of [false, true]) {
    const way = stream ? "streamed" : "whole";

    Deno.test(`the mock splits a ${way} ${format} answer into single bytes and loses none`, async () => {
      const plain = await ask(format, { stream });
      const split = await ask(format, { stream }, "split=1");
      assertEquals(split.text, plain.text);
      assert(split.chunks.every((chunk) => chunk.length === 1));
      assertEquals(split.ending, "end");
    });

    Deno.test(`the mock stalls in the middle of a ${way} ${format} answer`, async () => {
      const plain = await ask(format, { stream });
      const stalled = await ask(format, { stream }, "stall_after=2");
      assertEquals(stalled.ending, "");
      assert(
        plain.text.startsWith(stalled.text) && stalled.text.length > 0 &&
          stalled.text.length < plain.text.length,
      );
    });

    Deno.test(`the mock cuts the connection in the middle of a ${way} ${format} answer`, async () => {
      const cut = await ask(format, { stream }, "disconnect_after=2");
      assertEquals(cut.ending, "connection_reset");
      assert(cut.text.length > 0);
    });

    Deno.test(`the mock breaks the JSON of a ${way} ${format} answer`, async () => {
      const { text } = await ask(format, { stream }, "malformed");
      const bodies = stream
        ? eventsOf(text, CODECS[format].framing).map(({ data }) => data).filter((data) => data !== "[DONE]")
        : [text];
      const broken = bodies.filter((body) => {
        try {
          JSON.parse(body);
          return false;
        } catch {
          return true;
        }
      });
      assertEquals(broken.length, 1);
    });

    Deno.test(`the mock sends a page in place of a ${way} ${format} answer`, async () => {
      const heard = await ask(format, { stream }, "html");
      assertEquals([heard.status, heard.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
      assert(heard.text.startsWith("<!DOCTYPE html>"));
      assertEquals((await ask(format, { stream }, "html,status=502")).status, 502);
    });

    Deno.test(`the mock answers an error to a ${way} ${format} request in its family's shape`, async () => {
      const heard = await ask(format, { stream }, "status=429,retry_after=2");
      const body = JSON.parse(heard.text);
      assertEquals([heard.status, heard.headers.get("retry-after")], [429, "2"]);
      assertEquals(heard.headers.get("content-type"), "application/json");
      assertEquals(body.type, format === "anthropic_messages" ? "error" : undefined);
      assertEquals(typeof (body.message ?? body.error.message ?? body.error), "string");
    });
  }

  Deno.test(`the mock breaks a ${format} stream off before the first content`, async () => {
    const { text } = await ask(format, { stream: true }, "disconnect_after=0");
    assertEquals(/delta":"|text_delta|"content":"\w/.test(text), false);
    // Ollama's first line has content, and so has Google's first piece.
    assertEquals(text.length > 0, !isOllama && format !== "google_generate_content");
  });

  Deno.test(`the mock ends a ${format} stream with an error event`, async () => {
    const heard = await ask(format, { stream: true }, "error_event_after=2");
    assertEquals([heard.status, heard.ending], [200, "end"]);
    assert(eventsOf(heard.text, framing).some(({ data }) => /"error":/.test(data)));
    assertEquals(/\[DONE\]|message_stop|response\.completed/.test(heard.text), false);
  });

  Deno.test(`the mock leaves the terminal event of a ${format} stream out`, async () => {
    const whole = await ask(format, { stream: true });
    const cut = await ask(format, { stream: true }, "no_done");
    assert(whole.text.startsWith(cut.text));
    const left = eventsOf(whole.text, framing).length - eventsOf(cut.text, framing).length;
    // Interactions end with two.
    assertEquals(left, format === "google_interactions" ? 2 : 1);
    assertEquals(cut.ending, "end");
  });
}

Deno.test("the mock fails a seeded share of the requests", async () => {
  const statuses = async (seed: number) => {
    const provider = createMockProvider("mock", { behaviour: "error_rate=0.3,error_status=503", seed });
    const heard: number[] = [];
    for (let i = 0; i < 1000; i++) {
      const listener = new Listener();
      provider.send(requestOf("openai_chat", bodyOf("openai_chat")), listener);
      await Promise.resolve();
      heard.push(listener.heard.status);
    }
    return heard;
  };
  const first = await statuses(1);
  const failed = first.filter((status) => status === 503).length;
  assert(failed > 250 && failed < 350, String(failed));
  assertEquals(first.filter((status) => status === 200).length, 1000 - failed);
  assertEquals(await statuses(1), first);
  assert((await statuses(2)).join() !== first.join());
});

Deno.test("the mock takes its behaviour as fields too", async () => {
  const heard = await ask("openai_chat", {}, undefined, { behaviour: { errorRate: 1, errorStatus: 504 } });
  assertEquals(heard.status, 504);
  assertThrows(() => createMockProvider("mock", { behaviour: "nonsense" }), BehaviourError);
});

const TIMEOUTS = { connect: 5000, firstChunk: 1000, betweenChunks: 500, total: 0 };

for (
  const [what, words, timeouts, at, kind] of [
    ["has no first chunk in time", "latency=5s", TIMEOUTS, 1000, "timeout_first_chunk"],
    ["stalls before the first chunk", "latency=2s,stall_after=0", TIMEOUTS, 1000, "timeout_first_chunk"],
    ["stalls between chunks", "stall_after=2", TIMEOUTS, 500, "timeout_between_chunks"],
    ["takes too long in all", "tps=10,tokens=1000", { ...TIMEOUTS, total: 2000 }, 2000, "timeout_total"],
  ] as const
) {
  Deno.test(`the mock in process is given up when it ${what}`, async () => {
    const mock = new Timed(words, { stream: true }, { timeouts });
    await mock.after(at - 10);
    assertEquals(mock.listener.heard.ending, "");
    await mock.after(70);
    assertEquals(mock.listener.heard.ending, kind);
    const { text } = mock.listener.heard;
    await mock.after(60_000);
    assertEquals(mock.listener.heard.text, text);
  });
}

Deno.test("the mock in process is not given up while its reader pauses, nor once it has ended", async () => {
  const mock = new Timed("tps=10,tokens=3", { stream: true }, { timeouts: TIMEOUTS });
  await mock.after(110);
  mock.handle.pause();
  await mock.after(10_000);
  assertEquals(mock.listener.heard.ending, "");
  mock.handle.resume();
  await mock.after(1);
  assertEquals(mock.listener.heard.ending, "end");
  await mock.after(10_000);
  assertEquals(mock.listener.heard.ending, "end");
});

Deno.test("the mock's own errors decode to the gateway's", async () => {
  const provider = createMockProvider("mock");
  for (
    const [words, code] of [["status=429,retry_after=2", "rate_limit_exceeded"], [
      "status=500",
      "upstream_error",
    ]]
  ) {
    const heard = await ask("openai_chat", {}, words);
    const headers = { get: (name: string) => heard.headers.get(name) ?? null, entries: () => heard.headers };
    const error = provider.decodeError(heard.status, headers, new TextEncoder().encode(heard.text));
    assertEquals(error.code, code);
    assertEquals(error.retryAfter, code === "rate_limit_exceeded" ? 2 : null);
  }
});

Deno.test("the mock says what it is", () => {
  const provider = createMockProvider("demo", { formats: ["anthropic_messages"] });
  assertEquals([provider.name, provider.system, provider.formats], ["demo", "mock", ["anthropic_messages"]]);
  assertEquals(provider.forwardHeaders, ["x-mock"]);
});

// Over HTTP.

interface Server {
  readonly url: string;
}

async function serving(options: MockHandlerOptions, use: (server: Server) => Promise<void>): Promise<void> {
  // A body that is cut on purpose is told to `onError`, which prints it by default.
  const onError = () => new Response(null, { status: 500 });
  const settings = { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError };
  const server = Deno.serve(settings, createMockHandler(options));
  try {
    await use({ url: `http://127.0.0.1:${server.addr.port}` });
  } finally {
    await server.shutdown();
  }
}

function post(
  server: Server,
  format: WireFormat,
  fields: JsonObject = {},
  headers: HeadersInit = {},
): Promise<Response> {
  const { stream, ...rest } = bodyOf(format, fields);
  const isGoogle = format === "google_generate_content";
  const path = isGoogle && stream === true
    ? PATHS[format].replace(":generate", ":streamGenerate")
    : PATHS[format];
  const body = JSON.stringify(isGoogle || stream === undefined ? rest : { ...rest, stream });
  return fetch(server.url + path, { method: "POST", headers, body });
}

Deno.test("the mock over HTTP answers as it does in process, with and without /v1", async () => {
  await serving({ seededIds: true, clock: new ManualClock() }, async (server) => {
    for (const format of FORMATS) {
      for (const stream of [false, true]) {
        const response = await post(server, format, { stream });
        const text = await response.text();
        const expected = await ask(format, { stream });
        const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{32,34}/g, "");
        assertEquals(withoutIds(text), withoutIds(expected.text));
        assertEquals(response.headers.get("content-type"), expected.headers.get("content-type"));
      }
      if (format === "google_generate_content") continue;
      const bare = await fetch(server.url + PATHS[format].replace(/^\/v1(beta)?/, ""), {
        method: "POST",
        body: JSON.stringify(bodyOf(format)),
      });
      assertEquals(bare.status, 200);
      await bare.body?.cancel();
    }
  });
});

Deno.test("the mock over HTTP heeds x-mock, and names a wrong word", async () => {
  await serving({}, async (server) => {
    const failed = await post(server, "openai_chat", {}, { "x-mock": "status=503,retry_after=1" });
    assertEquals([failed.status, failed.headers.get("retry-after")], [503, "1"]);
    await failed.body?.cancel();
    const wrong = await post(server, "anthropic_messages", {}, { "x-mock": "speed=9" });
    assertEquals(wrong.status, 400);
    assert((await wrong.json()).error.message.startsWith('Unknown behaviour "speed"'));
  });
});

Deno.test("the mock over HTTP takes any key unless it knows some", async () => {
  await serving({ keys: ["sk-good"] }, async (server) => {
    for (const format of FORMATS) {
      for (
        const [headers, status] of [
          [{ authorization: "Bearer sk-good" }, 200],
          [{ "x-api-key": "sk-good" }, 200],
          [{ "x-goog-api-key": "sk-good" }, 200],
          [{ authorization: "Bearer sk-bad" }, 401],
          [{}, 401],
        ] as [Record<string, string>, number][]
      ) {
        const response = await post(server, format, {}, headers);
        const body = await response.json();
        assertEquals(response.status, status);
        if (status === 200) continue;
        if (format === "anthropic_messages") assertEquals(body.error.type, "authentication_error");
        else if (format.startsWith("ollama")) assertEquals(typeof body.error, "string");
        else if (format.startsWith("google")) assertEquals(body.error.status, "UNAUTHENTICATED");
        else if (format === "cohere_chat") assertEquals(typeof body.message, "string");
        else assertEquals(body.error.code, "invalid_api_key");
      }
    }
  });
});

Deno.test("the mock over HTTP lists models as each family does", async () => {
  await serving({ models: ["a", "b/c"] }, async (server) => {
    const get = async (path: string, headers: HeadersInit = {}) => {
      const response = await fetch(server.url + path, { headers });
      return [response.status, await response.json()] as const;
    };
    const [, openai] = await get("/v1/models");
    assertEquals([openai.object, openai.data.map((model: { id: string }) => model.id)], ["list", [
      "a",
      "b/c",
    ]]);
    const [, anthropic] = await get("/v1/models", { "anthropic-version": "2023-06-01" });
    assertEquals([anthropic.data[0].type, anthropic.first_id, anthropic.last_id], ["model", "a", "b/c"]);
    const [, google] = await get("/v1beta/models");
    assertEquals(google.models.map((model: { name: string }) => model.name), ["models/a", "models/b/c"]);
    assertEquals((await get("/models/b/c"))[1].id, "b/c");
    const [status, missing] = await get("/v1/models/x");
    assertEquals([status, missing.error.code], [404, "model_not_found"]);
    assertEquals((await get("/v1/nothing"))[0], 404);
    assertEquals((await get("/v1/chat/completions"))[0], 404);
  });
});

Deno.test("the mock over HTTP cuts the connection in the middle", async () => {
  await serving({}, async (server) => {
    const response = await post(server, "openai_chat", { stream: true }, { "x-mock": "disconnect_after=2" });
    assertEquals(response.status, 200);
    await assertRejects(() => response.text(), TypeError);
  });
});

Deno.test("the mock over HTTP stops when its client leaves", async () => {
  const clock = new ManualClock();
  let running = 0;
  const every = clock.every.bind(clock);
  clock.every = (ms, callback) => {
    running++;
    const stop = every(ms, callback);
    return () => {
      running--;
      stop();
    };
  };
  await serving({ clock }, async (server) => {
    const response = await post(server, "openai_chat", { stream: true }, { "x-mock": "tps=1,tokens=1000" });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    // The connection's end comes when it comes; the timer ends with the first tick after it.
    while (running > 0) {
      clock.advance(2);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  });
});

Deno.test("the mock over HTTP plays no more than is read", async () => {
  const handler = createMockHandler({ behaviour: "tokens=1000" });
  const response = await handler(
    new Request("http://mock/v1/chat/completions", {
      method: "POST",
      body: JSON.stringify(bodyOf("openai_chat", { stream: true })),
    }),
  );
  const reader = response.body?.getReader();
  let events = 0;
  for (let i = 0; i < 10; i++) {
    const { value } = await reader?.read() ?? {};
    events += eventsOf(new TextDecoder().decode(value)).length;
  }
  assertEquals(events, 10);
  await reader?.cancel();
});
