import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { ChatResponse, Choice, JsonObject, JsonValue, Part } from "../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../lib/wire/codec.ts";
import { openaiResponses as codec } from "../../lib/wire/openai_responses.ts";
import { isObject } from "../../lib/wire/shape.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { contextOf, STREAMS, terminalResponse, WHOLE } from "./openai_responses_recordings.ts";
import { needsRecordings } from "./shared.ts";

const DIGITS = "00112233445566778899aabbccddeeff";

function context(request: JsonObject = {}): EncodeContext {
  return { id: `resp_${DIGITS}`, model: "asked", created: 1_790_000_000, request, includeUsage: false };
}

function answer(parts: Part[], rest: Partial<Choice> = {}, more: Partial<ChatResponse> = {}): ChatResponse {
  return {
    id: "upstream",
    model: "real",
    choices: [{ index: 0, parts, finishReason: "stop", ...rest }],
    ...more,
  };
}

Deno.test("encodeResponse() shows the whole response, with OpenAI's defaults for what was not asked", () => {
  const response = answer([{ type: "text", text: "Hi" }], {}, { usage: { input: 3, output: 2, cached: 1 } });
  assertEquals(codec.encodeResponse(response, context()), {
    id: `resp_${DIGITS}`,
    object: "response",
    created_at: 1_790_000_000,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: "asked",
    output: [{
      id: `msg_${DIGITS}_0`,
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [], logprobs: [] }],
    }],
    background: false,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    previous_response_id: null,
    parallel_tool_calls: true,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    safety_identifier: null,
    service_tier: "default",
    store: true,
    temperature: 1,
    tool_choice: "auto",
    top_logprobs: 0,
    top_p: 1,
    truncation: "disabled",
    metadata: {},
    tools: [],
    reasoning: { effort: null, summary: null },
    text: { format: { type: "text" }, verbosity: "medium" },
    usage: {
      input_tokens: 3,
      input_tokens_details: { cached_tokens: 1, cache_write_tokens: 0 },
      output_tokens: 2,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 5,
    },
  });
});

const ECHOES: { field: string; asked: JsonValue; shown: JsonValue }[] = [
  { field: "instructions", asked: "Be brief.", shown: "Be brief." },
  { field: "previous_response_id", asked: "resp_1", shown: "resp_1" },
  { field: "store", asked: false, shown: false },
  { field: "temperature", asked: 0.2, shown: 0.2 },
  { field: "top_p", asked: 0.5, shown: 0.5 },
  { field: "max_output_tokens", asked: 100, shown: 100 },
  { field: "parallel_tool_calls", asked: false, shown: false },
  { field: "truncation", asked: "auto", shown: "auto" },
  { field: "user", asked: "ann", shown: "ann" },
  { field: "metadata", asked: { team: "a" }, shown: { team: "a" } },
  { field: "service_tier", asked: "flex", shown: "flex" },
  { field: "conversation", asked: "conv_1", shown: { id: "conv_1" } },
  { field: "tool_choice", asked: { type: "function", name: "f" }, shown: { type: "function", name: "f" } },
  { field: "reasoning", asked: { effort: "low" }, shown: { effort: "low", summary: null } },
  { field: "text", asked: { verbosity: "low" }, shown: { format: { type: "text" }, verbosity: "low" } },
  {
    field: "tools",
    asked: [
      { type: "function", name: "f" },
      {
        type: "mcp",
        server_label: "s",
        server_url: "https://s",
        authorization: "Bearer secret",
        headers: { a: "b" },
      },
    ],
    shown: [
      { type: "function", name: "f", parameters: null, strict: true },
      { type: "mcp", server_label: "s", server_url: "https://s" },
    ],
  },
  { field: "temperature", asked: null, shown: 1 },
];

for (const { field, asked, shown } of ECHOES) {
  Deno.test(`encodeResponse() shows '${field}' of the request: ${JSON.stringify(asked).slice(0, 40)}`, () => {
    const response = codec.encodeResponse(answer([]), context({ [field]: asked }));
    assertEquals(response[field], shown);
  });
}

Deno.test("encodeResponse() shows neither the input nor how the answer travels", () => {
  const request = { input: "Hi", stream: true, include: [], stream_options: {}, moderation: {}, unknown: 1 };
  const shown = codec.encodeResponse(answer([]), context(request));
  assertEquals(Object.keys(request).filter((field) => field in shown), []);
});

Deno.test("encodeResponse() takes an upstream's word for what the request left open, and the client's for its own", () => {
  const own: JsonObject = {
    temperature: null,
    reasoning: { effort: "medium", summary: null },
    store: false,
    instructions: "injected",
    previous_response_id: null,
    tool_usage: { web_search: { num_requests: 1 } },
  };
  const response = answer([], {}, { extensions: { format: "openai_responses", fields: own } });
  const shown = codec.encodeResponse(response, context({ previous_response_id: "resp_1" }));
  assertEquals(
    [shown.temperature, shown.reasoning, shown.store, shown.instructions, shown.previous_response_id],
    [null, { effort: "medium", summary: null }, true, null, "resp_1"],
  );
  assertEquals(shown.tool_usage, own.tool_usage);
});

Deno.test("encodeResponse() knows OpenAI's tiers alone", () => {
  const tier = (serviceTier: string, request: JsonObject = {}) =>
    codec.encodeResponse(answer([], {}, { serviceTier }), context(request)).service_tier;
  assertEquals(tier("priority"), "priority");
  assertEquals(tier("standard"), "default");
  assertEquals(tier("standard", { service_tier: "flex" }), "flex");
});

const ENDINGS: { reason: Choice["finishReason"]; parts?: Part[]; shown: JsonObject }[] = [
  { reason: "stop", shown: { status: "completed", incomplete_details: null, error: null } },
  { reason: "tool_calls", shown: { status: "completed", incomplete_details: null, error: null } },
  {
    reason: "length",
    shown: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, error: null },
  },
  {
    reason: "content_filter",
    shown: { status: "incomplete", incomplete_details: { reason: "content_filter" }, error: null },
  },
  {
    reason: "refusal",
    shown: { status: "incomplete", incomplete_details: { reason: "content_filter" }, error: null },
  },
  {
    reason: "refusal",
    parts: [{ type: "refusal", text: "No." }],
    shown: { status: "completed", incomplete_details: null, error: null },
  },
  {
    reason: "pause",
    shown: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, error: null },
  },
  {
    reason: "error",
    shown: {
      status: "failed",
      incomplete_details: null,
      error: { code: "server_error", message: "The model gave no answer." },
    },
  },
];

for (const { reason, parts = [], shown } of ENDINGS) {
  Deno.test(`encodeResponse() says how an answer ended: '${reason}' with ${parts.length} parts`, () => {
    const { status, incomplete_details, error } = codec.encodeResponse(
      answer(parts, { finishReason: reason }),
      context(),
    );
    assertEquals({ status, incomplete_details, error }, shown);
  });
}

const DECODED_ENDINGS: [JsonObject, string][] = [
  [{ output: [] }, "stop"],
  [{ status: "completed", output: [{ type: "function_call", call_id: "c", name: "f" }] }, "tool_calls"],
  [{ status: "completed", output: [{ type: "custom_tool_call", call_id: "c", name: "f" }] }, "tool_calls"],
  [{
    status: "completed",
    output: [{ type: "message", id: "m", content: [{ type: "refusal", refusal: "No." }] }],
  }, "refusal"],
  [{ status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, output: [] }, "length"],
  [{ status: "incomplete", incomplete_details: { reason: "content_filter" }, output: [] }, "content_filter"],
  [{ status: "incomplete", incomplete_details: { reason: "max_tool_calls" }, output: [] }, "length"],
  [{ status: "failed", error: { code: "server_error", message: "x" }, output: [] }, "error"],
  [{ status: "cancelled", output: [] }, "error"],
  [{ status: "queued", output: [] }, "pause"],
];

for (const [fields, reason] of DECODED_ENDINGS) {
  Deno.test(`decodeResponse() tells '${reason}', and encodeResponse() writes again ${JSON.stringify(fields).slice(0, 70)}`, () => {
    const body = { id: "r", model: "m", created_at: 1, ...fields };
    const response = codec.decodeResponse(body);
    assertEquals(response.choices[0]?.finishReason, reason);
    assertEquals(codec.observeResponse(body).finishReason, reason);
    const again = codec.encodeResponse(response, contextOf(body));
    const shown = { status: "completed", incomplete_details: null, error: null, ...fields };
    for (const field of ["status", "incomplete_details", "error"] as const) {
      assertEquals(again[field], shown[field]);
    }
  });
}

Deno.test("encodeResponse() makes items of parts: texts that belong together are one message", () => {
  const { output } = codec.encodeResponse(
    answer([
      { type: "reasoning", text: "Hm." },
      { type: "text", text: "One " },
      { type: "text", text: "two" },
      { type: "refusal", text: "no" },
      { type: "tool_call", id: "call_1", name: "f", arguments: "{ }" },
      { type: "tool_call", id: "call_2", name: "g", arguments: "x", custom: true },
      { type: "image", url: "https://example.com" },
      { type: "opaque", format: "anthropic_messages", value: { type: "server_tool_use" } },
      { type: "opaque", format: "openai_responses", value: { type: "web_search_call", id: "ws_1" } },
      { type: "text", text: "End.", item: { id: "msg_9", fields: { phase: "final_answer" } } },
    ], { finishReason: "length" }),
    context(),
  );
  assertEquals(output, [
    { id: `rs_${DIGITS}_0`, type: "reasoning", summary: [{ type: "summary_text", text: "Hm." }] },
    {
      id: `msg_${DIGITS}_1`,
      type: "message",
      status: "completed",
      role: "assistant",
      content: [
        { type: "output_text", text: "One ", annotations: [], logprobs: [] },
        { type: "output_text", text: "two", annotations: [], logprobs: [] },
        { type: "refusal", refusal: "no" },
      ],
    },
    {
      id: `fc_${DIGITS}_2`,
      type: "function_call",
      status: "completed",
      call_id: "call_1",
      name: "f",
      arguments: "{ }",
    },
    {
      id: `ctc_${DIGITS}_3`,
      type: "custom_tool_call",
      status: "completed",
      call_id: "call_2",
      name: "g",
      input: "x",
    },
    { type: "web_search_call", id: "ws_1" },
    {
      id: "msg_9",
      type: "message",
      status: "incomplete",
      role: "assistant",
      phase: "final_answer",
      content: [{ type: "output_text", text: "End.", annotations: [], logprobs: [] }],
    },
  ]);
});

Deno.test("encodeResponse() gives a free-text call to a client that knows the tool as one", () => {
  const { output } = codec.encodeResponse(
    answer([{ type: "tool_call", id: "c", name: "sql", arguments: '{"input":"SELECT 1"}' }]),
    context({ tools: [{ type: "custom", name: "sql" }] }),
  );
  assertEquals(output, [{
    id: `ctc_${DIGITS}_0`,
    type: "custom_tool_call",
    status: "completed",
    call_id: "c",
    name: "sql",
    input: "SELECT 1",
  }]);
});

Deno.test("encodeResponse() carries another format's seal of its reasoning, and decodeRequest() gives it back", () => {
  for (
    const part of [
      { type: "reasoning", text: "Hm.", signature: "c2.ln", signatureFormat: "anthropic_messages" },
      { type: "reasoning", text: "", redacted: "eHg=" },
    ] as const
  ) {
    const response = codec.encodeResponse(answer([part]), context());
    const input = Array.isArray(response.output) ? response.output : [];
    const [message] = codec.decodeRequest({ model: "m", input }).messages;
    assertEquals(message?.parts, [{ ...part, summary: part.text === "" ? [] : [part.text] }]);
  }
});

Deno.test("encodeResponse() shows the citations that other formats have", () => {
  const cited = (annotations: Extract<Part, { type: "text" }>["annotations"]) => {
    const { output } = codec.encodeResponse(
      answer([{ type: "text", text: "Rome is old.", ...(annotations === undefined ? {} : { annotations }) }]),
      context(),
    );
    return JSON.parse(JSON.stringify(output))[0].content[0].annotations;
  };
  assertEquals(
    cited({
      format: "openai_chat",
      items: [{ type: "url_citation", url_citation: { url: "u", title: "t", start_index: 0, end_index: 4 } }],
    }),
    [{ type: "url_citation", url: "u", title: "t", start_index: 0, end_index: 4 }],
  );
  assertEquals(
    cited({
      format: "anthropic_messages",
      items: [{ type: "web_search_result_location", url: "u", title: "t", cited_text: "c" }, {
        type: "char_location",
        document_index: 0,
      }],
    }),
    [{ type: "url_citation", url: "u", title: "t", start_index: 0, end_index: 12 }],
  );
});

Deno.test("encodeResponse() deals log probabilities out to the texts, and decodeResponse() gathers them", () => {
  const token = (text: string) => ({ token: text, logprob: -1, bytes: [1], top_logprobs: [] });
  const content = ["He", "llo", "Wor", "ld"].map(token);
  const response = answer(
    [{ type: "text", text: "Hello" }, { type: "refusal", text: "x" }, { type: "text", text: "World" }],
    { logprobs: { content: [{ ...token("He"), bytes: null }, ...content.slice(1)] } },
  );
  const shown = codec.encodeResponse(response, context());
  const [message] = Array.isArray(shown.output) ? shown.output : [];
  const contents = isObject(message) && Array.isArray(message.content) ? message.content : [];
  assertEquals(contents.map((each) => isObject(each) ? each.logprobs : null), [
    [{ ...token("He"), bytes: [] }, token("llo")],
    undefined,
    [token("Wor"), token("ld")],
  ]);
  assertEquals(codec.decodeResponse(shown).choices[0]?.logprobs, {
    content: [{ ...token("He"), bytes: [] }, ...content.slice(1)],
  });
});

Deno.test("decodeResponse() keeps what it does not know: contents, items without content, fields", () => {
  const output: JsonObject[] = [
    {
      id: "m1",
      type: "message",
      status: "completed",
      role: "assistant",
      content: [{ type: "hologram", cube: 1 }],
    },
    { id: "m2", type: "message", status: "completed", role: "assistant", content: [] },
    { id: "x1", type: "new_item", anything: true },
    {
      id: "rs_1",
      type: "reasoning",
      summary: [],
      content: [{ type: "reasoning_text", text: "a" }, { type: "reasoning_text", text: "b" }],
    },
    {
      id: "fc",
      type: "function_call",
      status: "in_progress",
      call_id: "c",
      name: "f",
      arguments: "",
      namespace: "n",
    },
  ];
  const body = {
    id: "r",
    object: "response",
    created_at: 1,
    model: "m",
    status: "completed",
    output,
    billing: { payer: "x" },
  };
  const again = codec.encodeResponse(codec.decodeResponse(body), contextOf(body));
  assertEquals(again.output, output);
  assertEquals(again.billing, body.billing);
});

Deno.test("decodeResponse() refuses what is no response, as a fault of the provider's", () => {
  const wrong: [JsonObject, string][] = [
    [{ error: { message: "x" } }, "Missing 'output': expected an array."],
    [{ output: [{}] }, "Missing 'id': expected a string."],
    [{ id: "r", output: [{ type: "function_call" }] }, "Missing 'output[0].call_id': expected a string."],
    [{ id: "r", output: [], usage: {} }, "Missing 'usage.input_tokens': expected a number."],
  ];
  for (const [body, message] of wrong) {
    const error = assertThrows(() => codec.decodeResponse(body), GatewayError);
    assertEquals([error.code, error.param, error.message], ["upstream_invalid_response", null, message]);
  }
});

Deno.test("observeResponse() tells what the log and the metrics need", () => {
  const body = {
    id: "r",
    model: "m",
    status: "completed",
    output: [],
    usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5, input_tokens_details: { cached_tokens: 1 } },
  };
  assertEquals(codec.observeResponse(body), {
    responseId: "r",
    model: "m",
    finishReason: "stop",
    usage: { input: 3, output: 2, cached: 1 },
    error: null,
    final: body,
  });
  assertEquals(
    codec.observeResponse({ error: { type: "insufficient_quota", code: null, message: "No." } }).error,
    {
      code: "insufficient_quota",
      message: "No.",
    },
  );
  assertEquals(codec.observeResponse({ output: [], usage: { input_tokens: "many" } }).usage, null);
  assertEquals(codec.observeResponse({ output: [], usage: { input_tokens: 1 } }).usage, null);
});

Deno.test("newId() makes ids with 128 random bits", () => {
  assertMatch(codec.newId(), /^resp_[0-9a-f]{32}$/);
});

// What a response of an older version or another server leaves out, and OpenAI's schema asks for, is added;
// `user: null`, which the schema does not allow, is left out. All else has to be there again.
for (
  const { name, body } of [
    ...WHOLE,
    ...STREAMS.map((each) => ({ name: each.name, body: terminalResponse(each) })),
  ]
) {
  Deno.test({
    name: `encodeResponse() writes again what decodeResponse() read of ${name}`,
    ...needsRecordings,
    fn() {
      const again = codec.encodeResponse(codec.decodeResponse(body), contextOf(body));
      assertContains(again, body, "");
    },
  });
}

function assertContains(actual: JsonValue | undefined, expected: JsonValue, path: string): void {
  if (isObject(expected) && isObject(actual)) {
    for (const [key, value] of Object.entries(expected)) {
      if (path === "" && key === "user" && value === null) continue;
      assertContains(actual[key], value, `${path}.${key}`);
    }
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    assertEquals(actual.length, expected.length, path);
    expected.forEach((value, index) => assertContains(actual[index], value, `${path}[${index}]`));
  } else {
    assertEquals(actual, expected, path);
  }
}

Deno.test({
  name: "encodeResponse() writes responses that OpenAI's schema allows, for every recording",
  ...needsOpenaiSchema(),
  fn() {
    const validate = validator("Response");
    const validItem = validator("OutputItem");
    const validTools = validator("ToolsArray");
    for (const { name, body } of WHOLE) {
      const again = codec.encodeResponse(codec.decodeResponse(body), contextOf(body));
      // Items and tools that only another provider has are passed on as they came.
      const items = Array.isArray(body.output) ? body.output : [];
      const output = (again.output as JsonObject[]).filter((_, index) =>
        validItem(items[index]).length === 0
      );
      const tools = validTools(again.tools).length === 0 ? again.tools ?? [] : [];
      assertEquals(validate({ ...again, output, tools }), [], name);
    }
  },
});

Deno.test({
  name: "encodeResponse() writes what OpenAI's schema allows for every kind of part and end",
  ...needsOpenaiSchema(),
  fn() {
    const validate = validator("Response");
    const parts: Part[] = [
      { type: "reasoning", text: "Hm." },
      { type: "reasoning", text: "Raw.", summary: [], signature: "s" },
      {
        type: "text",
        text: "Hi",
        annotations: { format: "anthropic_messages", items: [{ url: "https://a", title: null }] },
      },
      { type: "refusal", text: "No." },
      { type: "tool_call", id: "c", name: "f", arguments: "{}" },
      { type: "tool_call", id: "d", name: "g", arguments: "x", custom: true },
    ];
    const logprobs = {
      content: [{ token: "Hi", logprob: -1, bytes: null, top_logprobs: [{ token: "Hi", logprob: -1 }] }],
    };
    const request: JsonObject = {
      tools: [{ type: "function", name: "f" }, { type: "custom", name: "g" }],
      conversation: "conv_1",
      user: "u",
      text: { format: { type: "json_schema", name: "n", schema: {} } },
      reasoning: { effort: "low" },
      tool_choice: { type: "function", name: "f" },
    };
    for (
      const finishReason of [
        "stop",
        "tool_calls",
        "length",
        "content_filter",
        "refusal",
        "pause",
        "error",
      ] as const
    ) {
      const response = answer(parts, { finishReason, logprobs }, {
        usage: { input: 1, output: 1 },
        serviceTier: "batch",
      });
      assertEquals(validate(codec.encodeResponse(response, context(request))), [], finishReason);
      assertEquals(validate(codec.encodeResponse(answer([], { finishReason }), context())), [], finishReason);
    }
  },
});
