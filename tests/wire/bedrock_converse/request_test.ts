import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import { bedrockConverse } from "../../../lib/wire/bedrock_converse.ts";
import type { ChatRequest, JsonObject, Message } from "../../../lib/wire/canonical.ts";

const USER: Message = { role: "user", parts: [{ type: "text", text: "Hi" }] };
const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

function encoded(fields: Partial<ChatRequest>) {
  return bedrockConverse.encodeRequest({ model: "amazon.nova-pro-v1:0", messages: [USER], ...fields });
}

const FULL: JsonObject = {
  system: [{ text: "Be brief." }, { cachePoint: { type: "default" } }],
  messages: [
    {
      role: "user",
      content: [
        { text: "What are these?" },
        { image: { format: "png", source: { bytes: "AAAA" } } },
        { document: { format: "pdf", name: "A paper", source: { bytes: "BBBB" } } },
        { cachePoint: { type: "default", ttl: "1h" } },
        { video: { format: "mp4", source: { s3Location: { uri: "s3://a/b" } } } },
        { guardContent: { text: { text: "grounding", qualifiers: ["query"] } } },
      ],
    },
    {
      role: "assistant",
      content: [
        { reasoningContent: { reasoningText: { text: "Hm.", signature: "sig" } } },
        { reasoningContent: { redactedContent: "ZGF0YQ==" } },
        { text: "Let me look." },
        { toolUse: { toolUseId: "t1", name: "look", input: { at: 1 } } },
      ],
    },
    {
      role: "user",
      content: [
        {
          toolResult: {
            toolUseId: "t1",
            content: [{ json: { seen: "a cat" } }, { text: "x" }],
            status: "error",
          },
        },
        { text: "Go on." },
      ],
    },
  ],
  inferenceConfig: { maxTokens: 4000, stopSequences: ["END"] },
  toolConfig: {
    tools: [
      { toolSpec: { name: "look", description: "Looks.", inputSchema: { json: { type: "object" } } } },
      { cachePoint: { type: "default" } },
    ],
    toolChoice: { auto: {} },
  },
  additionalModelRequestFields: {
    thinking: { type: "enabled", budget_tokens: 2000 },
    anthropic_beta: ["interleaved-thinking-2025-05-14"],
  },
  outputConfig: {
    textFormat: {
      type: "json_schema",
      structure: { jsonSchema: { schema: '{"type":"object"}', name: "n", description: "d" } },
    },
  },
  requestMetadata: { team: "a" },
  serviceTier: { type: "flex" },
  guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
  performanceConfig: { latency: "optimized" },
};

Deno.test("a request of Converse's own says the same after a round trip", () => {
  const request = { ...bedrockConverse.decodeRequest(FULL), model: CLAUDE };
  assertEquals(bedrockConverse.encodeRequest(request), { body: FULL, dropped: [] });
});

Deno.test("Converse's request for Anthropic: cache points, thinking, results, and what is lost", () => {
  const request = { ...bedrockConverse.decodeRequest(FULL), model: "claude-sonnet-4-5" };
  const { body, dropped } = anthropicMessages.encodeRequest(request);
  assertEquals<unknown>(body.system, [
    { type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } },
  ]);
  assertEquals(body.thinking, { type: "enabled", budget_tokens: 2000 });
  const messages = body.messages as JsonObject[];
  assertEquals(messages.map(({ role }) => role), ["user", "assistant", "user"]);
  assertEquals<unknown>((messages[1]?.content as JsonObject[])[0], {
    type: "thinking",
    thinking: "Hm.",
    signature: "sig",
  });
  assertEquals<unknown>((messages[0]?.content as JsonObject[])[2], {
    type: "document",
    source: { type: "base64", media_type: "application/pdf", data: "BBBB" },
    title: "A paper",
    cache_control: { type: "ephemeral", ttl: "1h" },
  });
  assertEquals(dropped, [
    ...["messages.content.video", "messages.content.guardContent", "messages.content.json"],
    ...["service_tier", "metadata", "guardrailConfig", "performanceConfig"],
    "additionalModelRequestFields.anthropic_beta",
  ]);
});

for (
  const [name, fields, body, dropped] of [
    ["sampling", { temperature: 0.5, topP: 0.9, maxOutputTokens: 5, stop: ["a", ""] }, {
      inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.9, stopSequences: ["a"] },
    }, []],
    ["a temperature above 1", { temperature: 1.5 }, { inferenceConfig: { temperature: 1 } }, ["temperature"]],
    ["both samplers for a Claude that takes one", { model: CLAUDE, temperature: 0.5, topP: 0.9 }, {
      inferenceConfig: { temperature: 0.5 },
    }, ["top_p"]],
    ["top_k of Claude", { model: CLAUDE, topK: 5 }, { additionalModelRequestFields: { top_k: 5 } }, []],
    ["top_k of Nova", { topK: 5 }, { additionalModelRequestFields: { inferenceConfig: { topK: 5 } } }, []],
    ["top_k of another", { model: "meta.llama3-1-70b-instruct-v1:0", topK: 5 }, {}, ["top_k"]],
    ["a thinking Claude", {
      model: CLAUDE,
      reasoning: { effort: "low" },
      maxOutputTokens: 8000,
      temperature: 0.2,
      topK: 3,
    }, {
      inferenceConfig: { maxTokens: 8000 },
      additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2048 } },
    }, ["top_k", "temperature"]],
    ["an effort for gpt-oss", { model: "openai.gpt-oss-120b-1:0", reasoning: { effort: "high" } }, {
      additionalModelRequestFields: { reasoning_effort: "high" },
    }, []],
    ["an effort for Nova 2", { model: "us.amazon.nova-2-lite-v1:0", reasoning: { effort: "minimal" } }, {
      additionalModelRequestFields: { reasoningConfig: { type: "enabled", maxReasoningEffort: "low" } },
    }, []],
    [
      "an effort for one without",
      { model: "mistral.mistral-large-2407-v1:0", reasoning: { effort: "high" } },
      {},
      [
        "reasoning",
      ],
    ],
    ["any JSON", { responseFormat: { type: "json_object" } }, {}, ["response_format"]],
    [
      "a schema for a Claude that takes none",
      {
        model: "anthropic.claude-3-5-sonnet-20240620-v1:0",
        responseFormat: { type: "json_schema", name: "n", schema: {} },
      },
      {},
      ["response_format"],
    ],
    ["metadata and tier", { metadata: { a: "b" }, serviceTier: "priority" }, {
      requestMetadata: { a: "b" },
      serviceTier: { type: "priority" },
    }, []],
    ["what it cannot say", { n: 2, seed: 1, logprobs: true, frequencyPenalty: 1, user: "u" }, {}, [
      ...["n", "seed", "logprobs", "frequency_penalty", "user"],
    ]],
  ] as [string, Partial<ChatRequest>, JsonObject, string[]][]
) {
  Deno.test(`for Converse: ${name}`, () => {
    const { body: { messages: _, ...rest }, dropped: lost } = encoded(fields);
    assertEquals<unknown>([rest, lost], [body, dropped]);
  });
}

Deno.test("for Converse: turns alternate, instructions go to their place, empty texts go nowhere", () => {
  const { body } = encoded({
    messages: [
      { role: "system", parts: [{ type: "text", text: "a" }] },
      USER,
      USER,
      { role: "assistant", parts: [{ type: "text", text: "" }, { type: "reasoning", text: "unsigned" }] },
      { role: "developer", parts: [{ type: "text", text: "b" }] },
      USER,
    ],
  });
  assertEquals<unknown>(body, {
    system: [{ text: "a" }, { text: "b" }],
    messages: [{ role: "user", content: [{ text: "Hi" }, { text: "Hi" }, { text: "Hi" }] }],
  });
});

Deno.test("for Converse: calls in the history need tools, whether the client still names them or not", () => {
  const messages: Message[] = [
    USER,
    { role: "assistant", parts: [{ type: "tool_call", id: "call.1/x", name: "f", arguments: "" }] },
    { role: "tool", parts: [{ type: "tool_result", callId: "call.1/x", content: [] }] },
  ];
  const spec = { toolSpec: { name: "f", inputSchema: { json: { type: "object", properties: {} } } } };
  const { body } = encoded({ messages });
  assertEquals<unknown>(body.toolConfig, { tools: [spec] });
  assertEquals<unknown>((body.messages as JsonObject[]).slice(1), [
    { role: "assistant", content: [{ toolUse: { toolUseId: "call_1_x", name: "f", input: {} } }] },
    { role: "user", content: [{ toolResult: { toolUseId: "call_1_x", content: [] } }] },
  ]);
  const tools: ChatRequest["tools"] = [{ type: "function", name: "f" }];
  assertEquals(encoded({ tools, toolChoice: { type: "none" } }).body.toolConfig, undefined);
  const kept = encoded({ messages, tools, toolChoice: { type: "none" } });
  assertEquals([kept.body.toolConfig, kept.dropped], [{ tools: [spec] }, ["tool_choice"]]);
  const choices = [{ type: "required" }, { type: "tool", name: "f" }] as const;
  assertEquals(
    choices.map((toolChoice) => (encoded({ tools, toolChoice }).body.toolConfig as JsonObject).toolChoice),
    [{ any: {} }, { tool: { name: "f" } }],
  );
});

Deno.test("for Converse: files by their types, and what cannot be sent", () => {
  const { body, dropped } = encoded({
    messages: [{
      role: "user",
      parts: [
        { type: "file", data: "AAAA", mediaType: "application/pdf", filename: "My_paper (1).pdf" },
        { type: "file", text: "plain" },
        { type: "file", data: btoa("{}"), mediaType: "text/x-json" },
        { type: "file", data: "AAAA", mediaType: "image/webp" },
        { type: "image", data: "AAAA", mediaType: "image/jpeg", cacheControl: { type: "ephemeral" } },
        { type: "image", url: "https://example.com/a.png" },
        { type: "image", data: "AAAA", mediaType: "image/tiff" },
        { type: "file", fileId: "f" },
        { type: "file", data: "AAAA", mediaType: "application/zip" },
      ],
    }],
  });
  assertEquals<unknown>((body.messages as JsonObject[])[0]?.content, [
    { document: { format: "pdf", name: "My paper (1) pdf", source: { bytes: "AAAA" } } },
    { document: { format: "txt", name: "document", source: { text: "plain" } } },
    { document: { format: "txt", name: "document", source: { text: "{}" } } },
    { image: { format: "webp", source: { bytes: "AAAA" } } },
    { image: { format: "jpeg", source: { bytes: "AAAA" } } },
    { cachePoint: { type: "default" } },
  ]);
  assertEquals(dropped, [
    "messages.content.image.url",
    "messages.content.image.media_type",
    "messages.content.file.file_id",
    "messages.content.file",
  ]);
});

for (
  const [body, param] of [
    [{}, "messages"],
    [{ messages: [] }, "messages"],
    [{ messages: [{ role: "system", content: [] }] }, "messages[0].role"],
    [{ messages: [{ role: "user", content: "x" }] }, "messages[0].content"],
    [
      { messages: [{ role: "user", content: [{ toolUse: { name: "f" } }] }] },
      "messages[0].content[0].toolUse.toolUseId",
    ],
    [{ messages: [{ role: "user", content: [] }], inferenceConfig: { topP: "x" } }, "inferenceConfig.topP"],
    [{ messages: [{ role: "user", content: [] }], toolConfig: {} }, "toolConfig.tools"],
  ] as [JsonObject, string][]
) {
  Deno.test(`Converse's request without a good '${param}' is refused`, () => {
    const error = assertThrows(() => bedrockConverse.decodeRequest(body), GatewayError);
    assertEquals([error.code, error.param], ["invalid_request", param]);
  });
}
