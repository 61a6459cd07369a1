import { assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { applyQuirks } from "../../lib/providers/apply_quirks.ts";
import { CATALOG, CATALOG_ROWS, type Quirks } from "../../lib/providers/catalog.ts";
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";

function apply(quirks: Quirks, body: JsonObject, format: WireFormat = "openai_chat", model = "m") {
  const changed = { ...body };
  const dropped = applyQuirks(quirks, format, model, {
    get: (name) => changed[name],
    set: (name, value) => changed[name] = value,
    remove: (name) => delete changed[name],
  });
  return { body: changed, dropped };
}

const CASES: [what: string, quirks: Quirks, given: JsonObject, sent: JsonObject, dropped: string[]][] = [
  [
    "leaves stream_options out",
    { refusesStreamOptions: true },
    {
      stream_options: { include_usage: true },
    },
    {},
    [],
  ],
  ["renames a field", { renames: { seed: "random_seed" } }, { seed: 1 }, { random_seed: 1 }, []],
  [
    "leaves a field that has the other name",
    { renames: { seed: "random_seed" } },
    {
      random_seed: 2,
      seed: 1,
    },
    { random_seed: 2 },
    [],
  ],
  ["leaves a refused field out and tells it", { refuses: ["user", "store"] }, { user: "u", n: 1 }, { n: 1 }, [
    "user",
  ]],
  [
    "tells nothing of a field that said nothing",
    { refuses: ["store", "logprobs", "logit_bias"] },
    { store: false, logprobs: null },
    {},
    [],
  ],
  [
    "asks for a tool in the words that are taken",
    { toolChoice: { words: { required: "auto" } } },
    { tool_choice: "required" },
    { tool_choice: "auto" },
    ["tool_choice"],
  ],
  ["leaves other tool choices", { toolChoice: { words: { required: "auto" } } }, { tool_choice: "none" }, {
    tool_choice: "none",
  }, []],
  [
    "sends a developer's message as the system's",
    { developerRole: "system" },
    { messages: [{ role: "developer", content: "a" }, { role: "user", content: "b" }] },
    { messages: [{ role: "system", content: "a" }, { role: "user", content: "b" }] },
    [],
  ],
  [
    "leaves fields of messages out, and tells those that said something once",
    { messagesRefuse: ["name", "refusal", "annotations"] },
    {
      messages: [
        { role: "user", content: "a", name: "x" },
        { role: "assistant", content: "b", refusal: null, annotations: [] },
        { role: "user", content: "c", name: "y" },
      ],
    },
    {
      messages: [{ role: "user", content: "a" }, { role: "assistant", content: "b" }, {
        role: "user",
        content: "c",
      }],
    },
    ["messages.name"],
  ],
];

for (const [what, quirks, given, sent, dropped] of CASES) {
  Deno.test(`applyQuirks() ${what}`, () => assertEquals(apply(quirks, given), { body: sent, dropped }));
}

Deno.test("applyQuirks() puts a schema into the prompt where JSON mode is all there is", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const given = {
    response_format: { type: "json_schema", json_schema: { name: "n", strict: true, schema } },
    messages: [{ role: "developer", content: "a" }],
  };
  const { body, dropped } = apply(CATALOG.deepseek.quirks, given);
  assertEquals(body, {
    response_format: { type: "json_object" },
    messages: [
      {
        role: "system",
        content: `Answer with JSON alone, valid by this JSON schema:\n${JSON.stringify(schema)}`,
      },
      { role: "system", content: "a" },
    ],
  });
  assertEquals(dropped, ["response_format.json_schema"]);
  const mode = { response_format: { type: "json_object" }, messages: [{ role: "user", content: "JSON" }] };
  assertEquals(apply(CATALOG.deepseek.quirks, mode), { body: mode, dropped: [] });
});

Deno.test("applyQuirks() chooses tools by the model", () => {
  const given = { tool_choice: "required" };
  assertEquals(apply(CATALOG.moonshot.quirks, given, "openai_chat", "kimi-k2.6").dropped, ["tool_choice"]);
  assertEquals(apply(CATALOG.moonshot.quirks, given, "openai_chat", "kimi-k3"), { body: given, dropped: [] });
});

Deno.test("applyQuirks() refuses fields for the models that do", () => {
  const given = { presence_penalty: 1 };
  const { quirks } = CATALOG.xai;
  assertEquals(apply(quirks, given, "openai_chat", "grok-4.5").dropped, ["presence_penalty"]);
  assertEquals(apply(quirks, given, "openai_chat", "grok-3"), { body: given, dropped: [] });
});

Deno.test("applyQuirks() gives a call and its result the same short id, and keeps one that is short", () => {
  const message = (id: string) => [
    { role: "assistant", tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }] },
    { role: "tool", tool_call_id: id, content: "" },
  ];
  const { quirks } = CATALOG.mistral;
  const own = { messages: message("gSIMJiOkT") };
  assertEquals(apply(quirks, own).body, own);
  const ids = ["call_00_9V0vrf86Pc9aelHCJMZqnJBo", "toolu_01", "call_00_9V0vrf86Pc9aelHCJMZqnJBp", ""].map(
    (id) => {
      const text = JSON.stringify(apply(quirks, { messages: message(id) }).body);
      const [call, result] = [...text.matchAll(/"(?:id|tool_call_id)":"([^"]*)"/g)].map(([, found]) => found);
      assertEquals(call, result);
      assertMatch(call ?? "", /^[A-Za-z0-9]{9}$/);
      return call;
    },
  );
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("applyQuirks() knows of responses the developer's role alone, and nothing of other formats", () => {
  const given = { input: [{ role: "developer", content: "a" }], store: true };
  assertEquals(apply(CATALOG.mistral.quirks, given, "openai_responses"), {
    body: { input: [{ role: "system", content: "a" }], store: true },
    dropped: [],
  });
  const text = { input: "a", store: true };
  assertEquals(apply(CATALOG.mistral.quirks, text, "openai_responses").body, text);
  const messages = { messages: [{ role: "user", content: "a" }], store: true };
  assertEquals(apply(CATALOG.mistral.quirks, messages, "anthropic_messages").body, messages);
});

for (const [type, row] of CATALOG_ROWS) {
  Deno.test(`applyQuirks() leaves a plain request to ${type} as it is`, () => {
    const plain = { model: "m", messages: [{ role: "user", content: "Hi" }], temperature: 1, max_tokens: 9 };
    assertEquals(apply(row.quirks ?? {}, plain), { body: plain, dropped: [] });
  });
}

Deno.test("applyQuirks() does no more when it is done again, and keeps what no quirk is about", () => {
  const id = fc.oneof(fc.string({ maxLength: 30 }), fc.stringMatching(/^[A-Za-z0-9]{9}$/));
  const message = fc.record({
    role: fc.constantFrom("developer", "system", "user", "assistant", "tool"),
    content: fc.string(),
    name: fc.option(fc.string(), { nil: null }),
    reasoning_content: fc.string(),
    tool_call_id: id,
    tool_calls: fc.array(fc.record({ id, type: fc.constant("function") }), { maxLength: 3 }),
    unknown: fc.json(),
  }, { requiredKeys: ["role", "content"] });
  const request = fc.record({
    messages: fc.array(message, { maxLength: 5 }),
    seed: fc.integer(),
    random_seed: fc.integer(),
    max_tokens: fc.nat(),
    max_completion_tokens: fc.nat(),
    logit_bias: fc.constant({ "1": 1 }),
    store: fc.boolean(),
    tool_choice: fc.constantFrom("auto", "none", "required"),
    response_format: fc.constantFrom({ type: "json_object" }, {
      type: "json_schema",
      json_schema: { name: "n", schema: {} },
    }),
    stream_options: fc.constant({ include_usage: true }),
    unknown: fc.json(),
  }, { requiredKeys: ["messages"] });
  const quirky = CATALOG_ROWS.flatMap(([, { quirks }]) => quirks === undefined ? [] : [quirks]);
  const schemaAlone = {
    messages: [],
    response_format: { type: "json_schema" as const, json_schema: { name: "n" as const, schema: {} } },
  };
  const property = fc.property(fc.constantFrom(...quirky), request, (quirks, given) => {
    const once = apply(quirks, given as JsonObject).body;
    const twice = apply(quirks, once);
    assertEquals([twice.body, twice.dropped], [once, []]);
    assertEquals(once["unknown"], (given as JsonObject)["unknown"]);
    const contents = (body: JsonObject) =>
      (body["messages"] as JsonObject[]).map(({ content, unknown }) => [content, unknown]);
    // What quirks add stands before, and is all there is where there were no messages.
    const kept = contents(given as JsonObject);
    assertEquals(contents(once).slice(contents(once).length - kept.length), kept);
  });
  for (const seed of [undefined, 2139363896, 1583774364]) {
    fc.assert(property, {
      ...(seed !== undefined && { seed }),
      examples: [[CATALOG.deepseek.quirks, schemaAlone]],
    });
  }
});

Deno.test("OpenAI's models that reason are asked in their words, and without what they refuse", () => {
  const { quirks } = CATALOG.openai;
  const given = { max_tokens: 9, temperature: 0.2, top_p: 1, presence_penalty: 0, logprobs: true };
  const cases: [model: string, sent: JsonObject, dropped: string[]][] = [
    ["gpt-4o", given, []],
    ["o3-mini", { max_completion_tokens: 9 }, ["temperature", "logprobs"]],
    ["gpt-5-mini-2025-08-07", { max_completion_tokens: 9 }, ["temperature", "logprobs"]],
    // They take a temperature, one where it does not reason and the other always.
    ...["gpt-5.1", "gpt-5-chat-latest"].map((model): [string, JsonObject, string[]] => {
      const { max_tokens, ...others } = given;
      return [model, { ...others, max_completion_tokens: max_tokens }, []];
    }),
  ];
  for (const [model, body, dropped] of cases) {
    assertEquals(apply(quirks, given, "openai_chat", model), { body, dropped }, model);
  }
});
