/** The cache as clients see it: hits, misses and answers shared while they are made. */
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { type Embedder, ngramEmbedder } from "../../../lib/stages/embedding/embedder.ts";
import type { CacheStore } from "../../../lib/stores/cache_store.ts";
import type { JsonObject, WireFormat } from "../../../lib/wire/canonical.ts";
import { openaiCompletions } from "../../../lib/wire/openai_completions.ts";
import { CODECS } from "../../wire/codecs.ts";
import { ScriptedProvider, type Step } from "../scripted_provider.ts";
import { errorAnswer, goodAnswer, goodStream, REQUESTS, STREAM_BEGINS, STREAMS, WHOLE } from "../scripts.ts";
import { gate, turn } from "../stage_bench.ts";
import { provider } from "../stream_bench.ts";
import { CacheBench } from "./cache_bench.ts";

const CHAT = REQUESTS.openai_chat;
const FORMATS = Object.keys(STREAMS) as WireFormat[];

/** Answers whole requests whole and streamed ones as streams. */
class Willing extends ScriptedProvider {
  constructor(format: WireFormat) {
    super("up", [format], [goodAnswer(format)]);
    const { send } = this;
    const streaming = new ScriptedProvider("up", [format], [goodStream(format)]);
    this.send = (request, handler) => {
      if (!request.stream) return send.call(this, request, handler);
      this.requests.push(request);
      return streaming.send(request, handler);
    };
  }
}

for (const format of FORMATS) {
  for (const [first, second] of [[false, false], [false, true], [true, false], [true, true]] as const) {
    const kinds = `${first ? "a stream" : "a whole answer"} again as ${
      second ? "a stream" : "a whole answer"
    }`;
    Deno.test(`the cache gives ${kinds}: ${format}`, async () => {
      const up = new Willing(format);
      const bench = new CacheBench({ provider: up });
      const codec = CODECS[format];
      const begun = bench.ask({ ...REQUESTS[format], stream: first }, { codec });
      await begun.text();
      await turn();
      const again = bench.ask({ ...REQUESTS[format], stream: second }, { codec });
      const answer = await again.answer();
      assertEquals(answer.kind, second ? "stream" : "whole");
      const bytes = new Uint8Array(await new Response(answer.body as BodyInit).arrayBuffer());
      assertEquals([begun.exchange.cache, again.exchange.cache, up.requests.length], ["miss", "hit", 1]);
      assertEquals(textIn(format, bytes, second), "Hello world");
      assertEquals([again.exchange.call, again.exchange.costUsd], [null, 0]);
      const { facts } = again.exchange.stageRuns[0] ?? {};
      assert(facts !== undefined && facts !== null && "hit" in facts && facts.hit);
      if (second) assertEquals([again.exchange.outcome, again.exchange.status], ["success", 200]);
    });
  }
}

function textIn(format: WireFormat, bytes: Uint8Array, stream: boolean): string {
  const codec = CODECS[format];
  if (!stream) {
    const [choice] = codec.decodeResponse(JSON.parse(new TextDecoder().decode(bytes))).choices;
    return choice?.parts.map((part) => part.type === "text" ? part.text : "").join("") ?? "";
  }
  const decoder = codec.eventDecoder();
  let text = "";
  const parser = codec.framing.parser((event) => {
    for (const it of decoder.push(event)) if (it.type === "text_delta") text += it.text;
  }, {});
  parser.push(bytes);
  return text;
}

Deno.test("an answer of the cache's has an id of its own", async () => {
  const bench = new CacheBench({ provider: new Willing("openai_chat") });
  const ids = [];
  for (let i = 0; i < 3; i++) ids.push(JSON.parse(await bench.ask(CHAT).text()).id);
  assertEquals(new Set(ids).size, 3);
});

interface Variant {
  readonly name: string;
  readonly body?: JsonObject;
  readonly asking?: Parameters<CacheBench["ask"]>[1];
  readonly hit: boolean;
}

const BODY: JsonObject = {
  model: "asked",
  messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hi" }],
  tools: [{ type: "function", function: { name: "f", parameters: {} } }],
  temperature: 0,
};

const VARIANTS: readonly Variant[] = [
  { name: "the same", hit: true },
  { name: "another order of keys", body: Object.fromEntries(Object.entries(BODY).reverse()), hit: true },
  { name: "another user", body: { ...BODY, user: "b", metadata: { a: "b" } }, hit: true },
  { name: "a stream", body: { ...BODY, stream: true, stream_options: { include_usage: true } }, hit: true },
  { name: "another owner", asking: { owner: "b" }, hit: false },
  { name: "another model", body: { ...BODY, model: "b" }, hit: false },
  { name: "another temperature", body: { ...BODY, temperature: 0.1 }, hit: false },
  { name: "another tool", body: { ...BODY, tools: [] }, hit: false },
  { name: "a field that nobody knows", body: { ...BODY, odd: 1 }, hit: false },
  {
    name: "another system prompt",
    body: { ...BODY, messages: [{ role: "user", content: "Hi" }] },
    hit: false,
  },
  { name: "another beta", asking: { headers: { "openai-beta": "x" } }, hit: false },
  { name: "another query", asking: { query: "?beta=true" }, hit: false },
  { name: "a key for a provider", asking: { headers: { authorization: "Bearer sk-b" } }, hit: false },
  { name: "no-cache", asking: { headers: { "cache-control": "no-cache" } }, hit: false },
  { name: "max-age=0", asking: { headers: { "cache-control": "max-age=0" } }, hit: false },
  { name: "a good max-age", asking: { headers: { "cache-control": "max-age=60" } }, hit: true },
  { name: "opted out", asking: { headers: { "x-gateway-cache": "off" } }, hit: false },
];

for (const { name, body = BODY, asking = {}, hit } of VARIANTS) {
  Deno.test(`a request is ${hit ? "" : "not "}answered from the cache: ${name}`, async () => {
    const up = new Willing("openai_chat");
    const bench = new CacheBench({ provider: up });
    await bench.ask(BODY).text();
    const again = bench.ask(body, asking);
    await again.text();
    assertEquals(up.requests.length, hit ? 1 : 2);
    assertEquals(again.exchange.cache === "hit", hit);
  });
}

Deno.test("no-store keeps nothing, no-cache keeps the fresh answer, and an answer grows old", async () => {
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up });
  const ask = async (control: string) => {
    const asked = bench.ask(CHAT, control === "" ? {} : { headers: { "cache-control": control } });
    await asked.text();
    return asked.exchange.cache;
  };
  assertEquals([await ask("no-store"), await ask("no-store, no-cache"), await ask("")], [
    "miss",
    "bypass",
    "miss",
  ]);
  bench.clock.advance(10_000);
  assertEquals([await ask("max-age=11"), await ask("max-age=9"), await ask("max-age=9")], [
    "hit",
    "miss",
    "hit",
  ]);
  assertEquals([await ask("no-cache"), await ask("")], ["miss", "hit"]);
  bench.clock.advance(60_001);
  assertEquals(await ask(""), "miss");
});

const CALL = {
  ...WHOLE.openai_chat,
  choices: [{
    index: 0,
    message: {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
    },
    finish_reason: "tool_calls",
  }],
};
const FILTERED = {
  ...WHOLE.openai_chat,
  choices: [{ index: 0, message: { role: "assistant", content: "H" }, finish_reason: "content_filter" }],
};

function answering(json: JsonObject): Step[] {
  const headers = { "content-type": "application/json" };
  return [{ response: 200, headers }, { data: JSON.stringify(json) }, { end: true }];
}

const KEPT:
  readonly (readonly [name: string, script: Step[], stream: boolean, toolCalls: boolean, kept: boolean])[] = [
    ["tool calls", answering(CALL), false, false, false],
    ["tool calls where they may be", answering(CALL), false, true, true],
    ["what a filter cut", answering(FILTERED), false, true, false],
    ["an error", errorAnswer(400), false, false, false],
    [
      "a stream that broke off",
      [STREAM_BEGINS, { data: STREAMS.openai_chat.prelude + STREAMS.openai_chat.content("H") }, {
        end: true,
      }],
      true,
      false,
      false,
    ],
  ];

for (const [name, script, stream, toolCalls, kept] of KEPT) {
  Deno.test(`${name}: ${kept ? "kept" : "not kept"}`, async () => {
    const up = provider("openai_chat", script);
    const bench = new CacheBench({ provider: up, policy: { toolCalls } });
    for (let i = 0; i < 2; i++) await bench.ask({ ...CHAT, stream }).text().catch(() => "");
    assertEquals(up.requests.length, kept ? 1 : 2);
    assertEquals(bench.cache.underWay, 0);
  });
}

Deno.test("max_temperature and the models' list say which requests are looked up", async () => {
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, policy: { maxTemperature: 0.5, models: ["asked"] } });
  const results = [];
  for (
    const body of [CHAT, { ...CHAT, temperature: 0.5 }, { ...CHAT, temperature: 0.6 }, {
      ...CHAT,
      model: "b",
    }]
  ) {
    const asked = bench.ask(body);
    await asked.text();
    results.push(asked.exchange.cache);
  }
  assertEquals(results, ["bypass", "miss", "bypass", ""]);
});

Deno.test("an answer from which something was taken out is not looked up: what the client sees is not in the key", async () => {
  const bench = new CacheBench({ provider: new Willing("openai_chat") });
  const asked = bench.ask(CHAT);
  asked.exchange.securityAction = "redacted";
  await asked.text();
  assertEquals(asked.exchange.cache, "bypass");
});

Deno.test("an answer that is too large goes out whole and is not kept", async () => {
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, maxAnswerBytes: 100 });
  for (const stream of [true, false]) {
    assertStringIncludes(await bench.ask({ ...CHAT, stream }).text(), "world");
    assertStringIncludes(await bench.ask({ ...CHAT, stream }).text(), "world");
  }
  assertEquals(up.requests.length, 4);
});

Deno.test("a store that fails or does not answer is a miss", async () => {
  const broken: CacheStore = {
    backend: "broken",
    get: () => Promise.reject(new Error("down")),
    set: () => Promise.reject(new Error("down")),
    failure: () => "down",
    close: () => Promise.resolve(),
  };
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, store: broken });
  const asked = bench.ask(CHAT);
  assertStringIncludes(await asked.text(), "Hello world");
  assertEquals([asked.exchange.cache, asked.exchange.stageRuns[0]?.errorType], ["miss", "cache_unavailable"]);

  const frozen = new CacheBench({ provider: up, store: { ...broken, get: () => new Promise(() => {}) } });
  const waiting = [frozen.ask(CHAT), frozen.ask(CHAT)];
  const texts = Promise.all(waiting.map((each) => each.text()));
  await turn();
  frozen.clock.advance(1001);
  for (const text of await texts) assertStringIncludes(text, "Hello world");
  assertEquals(waiting.map(({ exchange }) => exchange.cache), ["miss", "shared"]);
  assertEquals([frozen.deadlines.size, frozen.cache.underWay], [0, 0]);
});

Deno.test("1,000 streams of one prompt at once make one upstream call", async () => {
  const half = gate();
  const { prelude, content, finish, terminal } = STREAMS.openai_chat;
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: prelude + content("Hello") },
    { wait: half.opened },
    { data: content(" world") + finish + terminal },
    { end: true },
  ]);
  const bench = new CacheBench({ provider: up });
  const all = Array.from({ length: 1000 }, () => bench.ask({ ...CHAT, stream: true }));
  const answers = await Promise.all(all.map((each) => each.answer()));
  // Each has its first words though the answer is not at its end.
  const readers = answers.map(({ body }) => (body as ReadableStream<Uint8Array>).getReader());
  for (const reader of readers) {
    assertStringIncludes(new TextDecoder().decode((await reader.read()).value), "Hello");
  }
  half.open();
  const ids = new Set<string>();
  for (const reader of readers) {
    let rest = "";
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      rest += new TextDecoder().decode(read.value);
    }
    assertStringIncludes(rest, " world");
    assertStringIncludes(rest, "[DONE]");
    ids.add(/"id":"([^"]+)"/.exec(rest)?.[1] ?? "");
  }
  assertEquals([up.requests.length, ids.size, bench.finished.length], [1, 1000, 1000]);
  assertEquals(Object.groupBy(bench.finished, ({ cache }) => cache)["shared"]?.length, 999);
  assertEquals(new Set(bench.finished.map(({ outcome }) => outcome)), new Set(["success"]));
  assertEquals([bench.openAnswers.size, bench.deadlines.size, bench.cache.underWay], [0, 0, 0]);
});

Deno.test("whole requests wait for a stream of the same, and the other way round", async () => {
  for (const stream of [true, false]) {
    const up = new Willing("openai_chat");
    const bench = new CacheBench({ provider: up });
    const asked = [stream, !stream].map((each) => bench.ask({ ...CHAT, stream: each }));
    const texts = await Promise.all(asked.map((each) => each.text()));
    for (const text of texts) assertStringIncludes(text, "world");
    assertEquals([up.requests.length, asked[1]?.exchange.cache], [1, "shared"]);
  }
});

for (const open of [false, true]) {
  Deno.test(`the client whose answer it is leaves ${open ? "in the middle" : "before headers"}: the others get it`, async () => {
    const half = gate();
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    const words = prelude + content("Hello");
    const up = provider("openai_chat", [
      STREAM_BEGINS,
      ...(open ? [{ data: words }, { wait: half.opened }] : [{ wait: half.opened }, { data: words }]),
      { data: content(" world") + finish + terminal },
      { end: true },
    ]);
    const bench = new CacheBench({ provider: up });
    const first = bench.ask({ ...CHAT, stream: true });
    const others = [1, 2].map(() => bench.ask({ ...CHAT, stream: true }));
    const leading = first.answer();
    leading.catch(() => {});
    const texts = Promise.all(others.map((each) => each.text()));
    await turn();
    if (open) await ((await leading).body as ReadableStream).cancel();
    else first.client.leave();
    await turn();
    assertEquals(up.aborted, []);
    half.open();
    for (const text of await texts) assertStringIncludes(text, " world");
    assertStringIncludes((await texts)[0] ?? "", "[DONE]");
    await turn();
    assertEquals([first.exchange.outcome, first.exchange.status], ["cancelled", 499]);
    assertEquals(first.exchange.cancelStage, open ? "streaming" : "before_headers");
    assertEquals([first.exchange.call?.inputTokens, first.exchange.call?.usageEstimated], [7, false]);
    assertEquals(bench.finished.length, 3);
    // It is kept, too.
    const later = bench.ask(CHAT);
    await later.text();
    assertEquals([later.exchange.cache, bench.openAnswers.size], ["hit", 0]);
  });
}

Deno.test("the last who wait leave: the provider is let go", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const up = provider("openai_chat", [STREAM_BEGINS, { data: prelude + content("H") }, {
    wait: new Promise(() => {}),
  }]);
  const bench = new CacheBench({ provider: up });
  const asked = Array.from({ length: 3 }, () => bench.ask({ ...CHAT, stream: true }));
  const answers = await Promise.all(asked.map((each) => each.answer()));
  for (const { body } of answers) {
    assertEquals(up.aborted, []);
    await (body as ReadableStream).cancel();
    await turn();
  }
  assertEquals([up.aborted, bench.cache.underWay, bench.openAnswers.size], [[0], 0, 0]);
  assertEquals(bench.finished.map(({ outcome }) => outcome), ["cancelled", "cancelled", "cancelled"]);
});

Deno.test("an error goes to all who wait for the answer, and to nobody afterwards", async () => {
  const up = provider("openai_chat", errorAnswer(400), goodStream("openai_chat"));
  const bench = new CacheBench({ provider: up });
  const asked = Array.from({ length: 5 }, () => bench.ask({ ...CHAT, stream: true }));
  const results = await Promise.allSettled(asked.map((each) => each.answer()));
  assertEquals(results.map(({ status }) => status), Array(5).fill("rejected"));
  assertEquals(up.requests.length, 1);
  assertStringIncludes(await bench.ask({ ...CHAT, stream: true }).text(), "world");
});

Deno.test("an answer that breaks off does so for all, with an error event", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const up = provider("openai_chat", [STREAM_BEGINS, { data: prelude + content("H") }, {
    error: "connection_reset",
  }]);
  const bench = new CacheBench({ provider: up });
  const texts = await Promise.all(
    Array.from({ length: 3 }, () => bench.ask({ ...CHAT, stream: true }).text()),
  );
  for (const text of texts) assertStringIncludes(text, '"error":{');
  assertEquals(bench.finished.map(({ outcome }) => outcome), ["error", "error", "error"]);
});

Deno.test("a reader that is slow holds up nobody, and memory is bounded", async () => {
  const { prelude, content, finish, terminal } = STREAMS.openai_chat;
  const large = content("x".repeat(50_000));
  const all = gate();
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { wait: all.opened },
    { data: prelude + large + large + large },
    { data: finish + terminal },
    { end: true },
  ]);
  const bench = new CacheBench({ provider: up });
  // The first one and one of the others read nothing.
  const asked = Array.from({ length: 3 }, () => bench.ask({ ...CHAT, stream: true }));
  const answering = Promise.all(asked.map((each) => each.answer()));
  await turn();
  all.open();
  const answers = await answering;
  const text = await new Response(answers[2]?.body as BodyInit).text();
  assertStringIncludes(text, "[DONE]");
  assertEquals(up.paused.includes(true), false);
  for (const { body } of answers.slice(0, 2)) {
    assertStringIncludes(await new Response(body as BodyInit).text(), "[DONE]");
  }
});

Deno.test("a larger answer waits for the slowest of those who share it", async () => {
  const { prelude, content, finish, terminal } = STREAMS.openai_chat;
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: prelude },
    ...Array.from({ length: 20 }, (): Step => ({ data: content("x".repeat(5000)) })),
    { data: finish + terminal },
    { end: true },
  ]);
  const bench = new CacheBench({ provider: up, maxAnswerBytes: 10_000, stream: { highWaterMark: 1000 } });
  const asked = [1, 2].map(() => bench.ask({ ...CHAT, stream: true }));
  const answers = await Promise.all(asked.map((each) => each.answer()));
  await turn();
  assert(up.paused.includes(true));
  const texts = await Promise.all(answers.map(({ body }) => new Response(body as BodyInit).text()));
  for (const text of texts) {
    assertEquals(text.split("xxxxx").length > 19_000, true);
    assertStringIncludes(text, "[DONE]");
  }
  const later = bench.ask(CHAT);
  await later.text().catch(() => "");
  assertEquals(later.exchange.cache, "miss");
});

const SEMANTIC = { semantic: { embedder: ngramEmbedder, threshold: 0.8 } };

function question(text: string, more: JsonObject = {}): JsonObject {
  return {
    model: "asked",
    messages: [{ role: "system", content: "Be brief." }, { role: "user", content: text }],
    ...more,
  };
}

Deno.test("a question that is put nearly the same is answered from the cache where all else is equal", async () => {
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, options: SEMANTIC });
  const ask = async (body: JsonObject, owner = "tenant") => {
    const asked = bench.ask(body, { owner });
    await asked.text();
    await turn();
    return asked.exchange.cache;
  };
  assertEquals(await ask(question("What is the capital city of France?")), "miss");
  assertEquals(await ask(question("what is the capital city of france")), "semantic_hit");
  assertEquals(await ask(question("How do I bake a chocolate cake?")), "miss");
  assertEquals(await ask(question("what is the capital city of france!"), "other"), "miss");
  assertEquals(await ask(question("what is the capital city of france??", { temperature: 1 })), "miss");
  assertEquals(await ask(question("what is the capital city of france??", { model: "b" })), "miss");
  const longer = question("x");
  longer["messages"] = [{ role: "user", content: "Hi" }, {
    role: "user",
    content: "what is the capital city of france",
  }];
  assertEquals(await ask(longer), "miss");
  bench.clock.advance(60_001);
  assertEquals(await ask(question("what is the capital city of france!!")), "miss");
});

Deno.test("a look-up by meaning says so in its record", async () => {
  const bench = new CacheBench({ provider: new Willing("openai_chat"), options: SEMANTIC });
  const facts = [];
  for (const text of ["Where is the station?", "where is the station"]) {
    const asked = bench.ask(question(text));
    await asked.text();
    await turn();
    const [run] = asked.exchange.stageRuns;
    const found = run?.facts as { hit: boolean; kind: string; key: string };
    facts.push([found.hit, found.kind]);
    assertNotEquals(found.key, "");
  }
  assertEquals(facts, [[false, "semantic"], [true, "semantic"]]);
});

for (const [first, second] of [[false, true], [true, false], [true, true]] as const) {
  Deno.test(`completions of plain text are kept as well: ${first ? "streamed" : "whole"}, then ${second ? "streamed" : "whole"}`, async () => {
    const up = new Willing("openai_chat");
    const bench = new CacheBench({ provider: up });
    const body: JsonObject = { model: "asked", prompt: "Say hello", max_tokens: 5 };
    const texts = [];
    for (const stream of [first, second]) {
      const asked = bench.ask({ ...body, stream }, { codec: openaiCompletions });
      texts.push(await asked.text());
      await turn();
    }
    assertEquals(up.requests.length, 1);
    const [, text = ""] = texts;
    const said = second
      ? [...text.matchAll(/"text":"([^"]*)"/g)].map(([, piece]) => piece).join("")
      : JSON.parse(text).choices[0].text;
    assertEquals([said, text.includes('"text_completion"')], ["Hello world", true]);
    const echoing = bench.ask({ ...body, echo: true }, { codec: openaiCompletions });
    await echoing.text();
    assertEquals(echoing.exchange.cache, "bypass");
  });
}

Deno.test("the client leaves while its question is looked up: another one looks it up", async () => {
  const gone = new GatewayError("client_closed_request", "Gone.");
  const first = gate();
  let asked = 0;
  const embedder: Embedder = {
    name: "slow",
    lexical: false,
    async embed() {
      if (asked++ > 0) return [Float32Array.of(1)];
      await first.opened;
      throw gone;
    },
  };
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, options: { semantic: { embedder, threshold: 0.9 } } });
  const all = Array.from({ length: 5 }, () => bench.ask({ ...CHAT, stream: true }));
  const texts = Promise.allSettled(all.map((each) => each.text()));
  await turn();
  first.open();
  const [left, ...others] = await texts;
  assertEquals(left?.status, "rejected");
  for (const other of others) assertStringIncludes(other.status === "fulfilled" ? other.value : "", "world");
  assertEquals([asked, up.requests.length, bench.cache.underWay], [2, 1, 0]);
});

Deno.test("an embeddings model that does not answer in time costs one call, not one each", async () => {
  const embedder: Embedder = { name: "frozen", lexical: false, embed: () => new Promise(() => {}) };
  const up = new Willing("openai_chat");
  const bench = new CacheBench({ provider: up, options: { semantic: { embedder, threshold: 0.9 } } });
  const texts = Promise.all(Array.from({ length: 50 }, () => bench.ask(CHAT).text()));
  await turn();
  bench.clock.advance(1001);
  for (const text of await texts) assertStringIncludes(text, "Hello world");
  assertEquals([up.requests.length, bench.cache.underWay, bench.deadlines.size], [1, 0, 0]);
});
