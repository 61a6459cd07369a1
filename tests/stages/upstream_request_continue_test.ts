/** Another target goes on with a stream that broke off, where that is asked for: one answer for the client. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { JsonObject, StreamEvent, WireFormat } from "../../lib/wire/canonical.ts";
import { FixedHedge } from "../../lib/stages/upstream/hedge.ts";
import type { Quirks } from "../../lib/providers/catalog.ts";
import { type BenchOptions, CODECS, gate, StageBench } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { errorAnswer, REQUESTS, STREAMS } from "./scripts.ts";

const OPENED: Step = { response: 200, headers: { "content-type": "text/event-stream" } };
const RESET: Step = { error: "connection_reset" };

function broken(format: WireFormat, text = "Hello", more = ""): Step[] {
  const { prelude, content } = STREAMS[format];
  return [opened(format), { data: prelude + content(text) + more }, RESET];
}

function whole(format: WireFormat, text: string): Step[] {
  const { prelude, content, finish, terminal } = STREAMS[format];
  return [opened(format), { data: prelude + content(text) + finish + terminal }, { end: true }];
}

function opened(format: WireFormat): Step {
  return { response: 200, headers: { "content-type": CODECS[format].framing.contentType } };
}

interface Scene extends Partial<BenchOptions> {
  readonly format?: WireFormat;
  readonly scripts: readonly Step[][];
  readonly header?: string;
  readonly continues?: "never" | "asked" | "always";
  readonly quirks?: Quirks;
  readonly model?: string;
}

class Providers extends StageBench {
  readonly asked: ScriptedProvider[];

  constructor(scene: Scene) {
    const { format = "openai_chat", scripts, quirks, model } = scene;
    const asked = scripts.map((script, index) => {
      const provider = new ScriptedProvider(`p${index}`, [format], [script]);
      return quirks === undefined ? provider : Object.assign(provider, { quirks });
    });
    super({
      body: { model: "asked", ...REQUESTS[format], stream: true },
      codec: CODECS[format],
      random: () => 0,
      ...scene,
      providers: asked,
    });
    this.asked = asked;
    this.request.continues = scene.continues ?? "always";
    if (model !== undefined) this.request.targets = this.request.targets.map((it) => ({ ...it, model }));
    if (scene.header !== undefined) {
      this.exchange.request = new Request("http://x/", { headers: { "x-gateway-continue": scene.header } });
    }
  }

  body(index: number): JsonObject {
    return JSON.parse(new TextDecoder().decode(this.asked[index]?.requests[0]?.body as Uint8Array));
  }
}

/** What a client makes of a stream. */
function read(format: WireFormat, stream: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  const decoder = CODECS[format].eventDecoder();
  const parser = CODECS[format].framing.parser((event) => events.push(...decoder.push(event)), {});
  parser.push(CODECS[format].framing.bytes(stream));
  parser.end();
  events.push(...decoder.bodyEnded?.() ?? []);
  return events;
}

function textOf(events: readonly StreamEvent[]): string {
  return events.map((event) =>
    event.type === "text_delta"
      ? event.text
      : event.type === "part_start" && event.value.type === "text"
      ? event.value.text
      : ""
  ).join("");
}

const CLIENTS = [
  "openai_chat",
  "openai_responses",
  "anthropic_messages",
  "google_interactions",
  "ollama_chat",
] as const;

for (const format of CLIENTS) {
  Deno.test(`continuing, ${format}: one answer of two attempts, which says so`, async () => {
    const bench = new Providers({ format, scripts: [broken(format), whole(format, " world")] });
    const stream = await bench.text();
    const events = read(format, stream);
    assertEquals(textOf(events), "Hello world", stream);
    const count = (type: StreamEvent["type"]) => events.filter((event) => event.type === type).length;
    assertEquals([count("error"), count("end"), count("finish")], [0, 1, 1], stream);
    assertEquals(count("part_start"), 1, stream);
    const ids = new Set(stream.match(/"(?:id|responseId)":"(?:chatcmpl|resp|msg|v1)[^"]*"/g));
    assert(ids.size <= (format === "openai_responses" ? 2 : 1), [...ids].join());
    assertEquals(
      stream.includes('"gateway_continued":{"provider":"p1","model":"p1-model"}'),
      !format.startsWith("google"),
    );
    if (format !== "ollama_chat") assertStringIncludes(stream, ": continued by p1/p1-model\n\n");
    assertEquals([bench.exchange.outcome, bench.finished.length], ["success", 1]);
    assertEquals(bench.asked.map(({ requests }) => requests.length), [1, 1]);
    // Its own tokens are the call's; those of what broke off are estimated, and the client is told the sum.
    const { call, innerCalls: [left] } = bench.exchange;
    assertEquals([call?.provider, call?.outputTokens, call?.usageEstimated], ["p1", 3, false]);
    assertEquals([left?.provider, left?.status, left?.outputTokens, left?.usageEstimated], [
      "p0",
      "error",
      1,
      true,
    ]);
    assertEquals(call?.attempts.map(({ continues }) => continues), [true]);
    const usage = events.findLast((event) => event.type === "usage");
    if (usage !== undefined) assertEquals(usage.usage.output, 4);
  });
}

Deno.test("continuing: never unless it is switched on, and the header decides within what is", async () => {
  const cases = [
    ["never", "on", 0],
    ["asked", undefined, 0],
    ["asked", "off", 0],
    ["asked", "on", 1],
    ["always", undefined, 1],
    ["always", "off", 0],
  ] as const;
  for (const [continues, header, more] of cases) {
    const bench = new Providers({
      scripts: [broken("openai_chat"), whole("openai_chat", " world")],
      continues,
      ...(header === undefined ? {} : { header }),
    });
    const stream = await bench.text();
    assertEquals(bench.asked[1]?.requests.length, more, `${continues} ${header}`);
    assertEquals(stream.includes('"error"'), more === 0);
  }
});

const WAYS: readonly (readonly [
  name: string,
  scene: Partial<Scene>,
  check: (body: JsonObject) => unknown,
  expected: unknown,
])[] = [
  ["vLLM's fields", { quirks: { continues: "final_message" } }, (body) => [
    (body["messages"] as JsonObject[]).at(-1),
    body["continue_final_message"],
    body["add_generation_prompt"],
  ], [{ role: "assistant", content: "Hello " }, true, false]],
  [
    "Mistral's prefix",
    { quirks: { continues: "prefix" } },
    (body) => (body["messages"] as JsonObject[]).at(-1),
    {
      role: "assistant",
      content: "Hello ",
      prefix: true,
    },
  ],
  [
    "Anthropic's prefill, without white space at its end",
    {
      format: "anthropic_messages",
      model: "claude-sonnet-4-5-20250929",
    },
    (body) => (body["messages"] as JsonObject[]).at(-1)?.["content"],
    "Hello",
  ],
  [
    "a question to those of Anthropic's that know no prefill",
    {
      format: "anthropic_messages",
      model: "claude-opus-4-7",
    },
    (body) => (body["messages"] as JsonObject[]).slice(-2).map(({ role }) => role),
    ["assistant", "user"],
  ],
  [
    "a question to all others",
    {},
    (body) => (body["messages"] as JsonObject[]).slice(-2).map(({ role }) => role),
    [
      "assistant",
      "user",
    ],
  ],
];

for (const [name, scene, check, expected] of WAYS) {
  Deno.test(`continuing: by ${name}`, async () => {
    const { format = "openai_chat" } = scene;
    const bench = new Providers({ ...scene, scripts: [broken(format, "Hello "), whole(format, " world")] });
    const stream = await bench.text();
    assertEquals(check(bench.body(1)), expected);
    const prefilled = name.startsWith("Anthropic's");
    assertEquals(
      textOf(read(format, stream)),
      prefilled ? "Hello world" : "Hello  world",
      "white space comes once",
    );
  });
}

Deno.test("continuing: nothing but text, and no half of a structure by asking", async () => {
  const chat = (delta: JsonObject) =>
    `data: ${
      JSON.stringify({
        id: "c",
        object: "chat.completion.chunk",
        created: 1,
        model: "m",
        choices: [{ index: 0, delta, finish_reason: null }],
      })
    }\n\n`;
  const call = {
    tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "f", arguments: "{" } }],
  };
  const scenes: Partial<Scene>[] = [
    { scripts: [broken("openai_chat", "Hello", chat(call)), whole("openai_chat", "x")] },
    {
      scripts: [
        [OPENED, { data: chat({ reasoning_content: "Hm" }) + chat({ content: "Hello" }) }, RESET],
        whole("openai_chat", "x"),
      ],
    },
    {
      scripts: [
        [OPENED, { data: chat({ role: "assistant" }) + chat(call) }, RESET],
        whole("openai_chat", "x"),
      ],
    },
    {
      scripts: [broken("openai_chat", "{"), whole("openai_chat", "x")],
      body: { ...REQUESTS.openai_chat, stream: true, response_format: { type: "json_object" } },
    },
  ];
  for (const scene of scenes) {
    const bench = new Providers({ scripts: [], ...scene });
    assertStringIncludes(await bench.text(), '"error"');
    assertEquals([bench.asked[1]?.requests.length, bench.exchange.call?.status], [0, "error"]);
  }
});

Deno.test("continuing: who refuses is passed over, and where nobody can the client hears of the first failure", async () => {
  const passed = new Providers({
    scripts: [broken("openai_chat"), errorAnswer(400), whole("openai_chat", " world")],
  });
  assertEquals(textOf(read("openai_chat", await passed.text())), "Hello world");
  const alone = new Providers({ scripts: [broken("openai_chat"), errorAnswer(400)], retry: { attempts: 1 } });
  const stream = await alone.text();
  assertStringIncludes(stream, "The connection to the provider 'p0' failed.");
  assertEquals([alone.exchange.outcome, alone.exchange.errorType], ["error", "upstream_connection_failed"]);
  const { call, innerCalls } = alone.exchange;
  assertEquals([call?.attempts.length, innerCalls.length], [1, 1], "each attempt has one record");
});

Deno.test("continuing: a second break is gone on with too, from all that the client has", async () => {
  const bench = new Providers({
    scripts: [broken("openai_chat", "One"), broken("openai_chat", " two"), whole("openai_chat", " three")],
  });
  const events = read("openai_chat", await bench.text());
  assertEquals(textOf(events), "One two three");
  assertEquals((bench.body(2)["messages"] as JsonObject[]).at(-2)?.["content"], "One two");
  assertEquals(bench.exchange.innerCalls.length, 2);
});

Deno.test("continuing: what failed before anything went out is a retry like any other", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const error = 'data: {"error":{"message":"overloaded","code":"server_error"}}\n\n';
  const bench = new Providers({
    scripts: [[OPENED, { data: prelude + content("Lost") + error }], whole("openai_chat", "Hello")],
  });
  const stream = await bench.text();
  assertEquals(textOf(read("openai_chat", stream)), "Hello");
  assert(!stream.includes("continued"), stream);
  assertEquals((bench.body(1)["messages"] as JsonObject[]).length, 1);
});

Deno.test("continuing: content that is out is not raced", async () => {
  const slow = gate();
  const bench = new Providers({
    scripts: [
      broken("openai_chat"),
      [{ wait: slow.opened }, ...whole("openai_chat", " world")],
      whole("openai_chat", " again"),
    ],
  });
  bench.request.hedge = new FixedHedge(10, 1);
  const text = bench.text();
  await bench.pass(5);
  await bench.pass(100);
  slow.open();
  assertEquals(textOf(read("openai_chat", await text)), "Hello world");
  assertEquals(bench.asked[2]?.requests.length, 0);
});

Deno.test("continuing: an answer that lacks nothing but its end is not begun anew", async () => {
  const { finish } = STREAMS.openai_chat;
  const bench = new Providers({
    scripts: [broken("openai_chat", "Hello", finish), whole("openai_chat", " world")],
  });
  assertStringIncludes(await bench.text(), '"error"');
  assertEquals(bench.asked[1]?.requests.length, 0);
});

Deno.test("continuing: a stream that could not say so is not gone on with", async () => {
  for (const format of ["google_generate_content", "bedrock_converse"] as const) {
    const bench = new Providers({ format, scripts: [broken(format), whole(format, " world")] });
    await bench.text();
    assertEquals([bench.asked[1]?.requests.length, bench.exchange.outcome], [0, "error"], format);
  }
});
