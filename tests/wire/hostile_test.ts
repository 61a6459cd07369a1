import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { GatewayError } from "../../lib/errors.ts";
import { anthropicMessages } from "../../lib/wire/anthropic_messages.ts";
import type { JsonObject, JsonValue } from "../../lib/wire/canonical.ts";
import type { Codec } from "../../lib/wire/codec.ts";
import { ollamaChat } from "../../lib/wire/ollama_chat.ts";
import { bedrockConverse } from "../../lib/wire/bedrock_converse.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { CODECS } from "./codecs.ts";
import { sseEvent } from "./recordings.ts";

const context = { id: "id", model: "m", created: 1, request: {}, includeUsage: true };

/** Bodies and events that say everything, whose values are then replaced at random. */
const samples: readonly { codec: Codec; request: JsonObject; response: JsonObject; events: JsonObject[] }[] =
  [
    {
      codec: openaiChat,
      request: {
        model: "m",
        messages: [
          {
            role: "user",
            content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }],
          },
          {
            role: "assistant",
            content: "a",
            reasoning_content: "r",
            thinking_blocks: [{ type: "thinking", thinking: "t", signature: "s" }],
            tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
          },
          { role: "tool", tool_call_id: "c", content: [{ type: "text", text: "x" }] },
        ],
        tools: [{
          type: "custom",
          custom: { name: "g", format: { type: "grammar", grammar: { syntax: "lark" } } },
        }],
        tool_choice: { type: "function", function: { name: "f" } },
        response_format: { type: "json_schema", json_schema: { name: "n", schema: {} } },
        stream_options: { include_usage: true },
        stop: ["a"],
      },
      response: {
        id: "1",
        model: "m",
        choices: [{
          index: 0,
          message: {
            content: [{ type: "thinking", thinking: [{ text: "t" }] }],
            annotations: [{ type: "url_citation", url_citation: {} }],
            tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }],
          },
          finish_reason: "stop",
        }],
        usage: { prompt_tokens: 1, completion_tokens_details: { reasoning_tokens: 1 } },
      },
      events: [
        { id: "1", model: "m", choices: [{ index: 0, delta: { role: "assistant", content: "" } }] },
        {
          id: "1",
          choices: [{ index: 0, delta: { reasoning_content: "r", thinking_blocks: [{ data: "d" }] } }],
        },
        {
          id: "1",
          choices: [{ index: 0, delta: { content: "a" }, logprobs: { content: [{ token: "a" }] } }],
        },
        {
          id: "1",
          choices: [{
            index: 0,
            delta: { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{" } }] },
          }],
        },
        { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
        { id: "1", choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
        { error: { message: "m", code: "c" } },
      ],
    },
    {
      codec: anthropicMessages,
      request: {
        model: "claude-sonnet-4-5",
        max_tokens: 9,
        system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
        messages: [
          { role: "user", content: [{ type: "document", source: { type: "text", data: "x" }, title: "t" }] },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "t", signature: "s" },
              { type: "tool_use", id: "t", name: "f", input: {} },
            ],
          },
          {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: "x" }] }],
          },
        ],
        tools: [{ name: "f", input_schema: {} }],
        tool_choice: { type: "tool", name: "f", disable_parallel_tool_use: true },
        thinking: { type: "enabled", budget_tokens: 1024 },
        output_config: { effort: "low", format: { type: "json_schema", schema: {} } },
        metadata: { user_id: "u" },
      },
      response: {
        id: "1",
        model: "m",
        content: [{ type: "text", text: "a", citations: [{ url: "u" }] }, {
          type: "redacted_thinking",
          data: "d",
        }],
        stop_reason: "end_turn",
        usage: { input_tokens: 1, iterations: [{ type: "compaction", input_tokens: 1 }] },
      },
      events: [
        { type: "message_start", message: { id: "1", model: "m", content: [], usage: { input_tokens: 1 } } },
        {
          type: "content_block_start",
          index: 0,
          content_block: { type: "thinking", thinking: "", signature: "" },
        },
        { type: "content_block_delta", index: 0, delta: { type: "signature_delta", signature: "s" } },
        { type: "content_block_stop", index: 0 },
        {
          type: "content_block_start",
          index: 1,
          content_block: { type: "server_tool_use", id: "s", input: {} },
        },
        { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: "{" } },
        { type: "content_block_stop", index: 1 },
        { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 1 } },
        { type: "message_stop" },
      ],
    },
    {
      codec: ollamaChat,
      request: {
        model: "m",
        messages: [
          { role: "user", content: "a", images: ["AAAA"] },
          {
            role: "assistant",
            content: "b",
            thinking: "t",
            tool_calls: [{ id: "c", function: { index: 0, name: "f", arguments: { a: 1 } } }],
          },
          { role: "tool", content: "x", tool_name: "f" },
        ],
        tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
        format: { type: "object" },
        think: "low",
        options: { temperature: 1, num_predict: 3, stop: ["a"], num_ctx: 1 },
        keep_alive: "5m",
      },
      response: {
        model: "m",
        created_at: "2026-01-01T00:00:00Z",
        message: {
          role: "assistant",
          content: "a",
          thinking: "t",
          tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }],
        },
        logprobs: [{ token: "a", logprob: -1 }],
        done: true,
        done_reason: "stop",
        prompt_eval_count: 1,
        eval_count: 1,
      },
      events: [
        { model: "m", created_at: "2026-01-01T00:00:00Z", message: { thinking: "t" }, done: false },
        { model: "m", message: { content: "a" }, logprobs: [{ token: "a" }], done: false },
        {
          model: "m",
          message: { tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] },
          done: false,
        },
        { model: "m", message: { content: "" }, done: true, done_reason: "stop", eval_count: 1 },
      ],
    },
    {
      codec: bedrockConverse,
      request: {
        system: [{ text: "s" }, { cachePoint: { type: "default" } }],
        messages: [
          {
            role: "user",
            content: [{ text: "a" }, { image: { format: "png", source: { bytes: "AAAA" } } }, {
              document: { format: "pdf", name: "n", source: { bytes: "AAAA" } },
            }],
          },
          {
            role: "assistant",
            content: [
              { reasoningContent: { reasoningText: { text: "t", signature: "s" } } },
              { toolUse: { toolUseId: "t", name: "f", input: {} } },
            ],
          },
          {
            role: "user",
            content: [{ toolResult: { toolUseId: "t", content: [{ json: {} }], status: "error" } }],
          },
        ],
        inferenceConfig: { maxTokens: 1, temperature: 1, topP: 1, stopSequences: ["a"] },
        toolConfig: {
          tools: [{ toolSpec: { name: "f", inputSchema: { json: {} } } }],
          toolChoice: { tool: { name: "f" } },
        },
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 1024 }, top_k: 1 },
        outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: "{}" } } } },
        requestMetadata: { a: "b" },
      },
      response: {
        output: {
          message: {
            role: "assistant",
            content: [
              { reasoningContent: { reasoningText: { text: "t" } } },
              { citationsContent: { content: [{ text: "c" }], citations: [{}] } },
              { toolUse: { toolUseId: "t", name: "f", input: {} } },
            ],
          },
        },
        stopReason: "tool_use",
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 },
      },
      events: [
        { type: "messageStart", role: "assistant" },
        {
          type: "contentBlockStart",
          contentBlockIndex: 0,
          start: { toolUse: { toolUseId: "t", name: "f" } },
        },
        { type: "contentBlockDelta", contentBlockIndex: 0, delta: { toolUse: { input: "{" } } },
        { type: "contentBlockDelta", contentBlockIndex: 1, delta: { text: "a" } },
        { type: "contentBlockDelta", contentBlockIndex: 2, delta: { reasoningContent: { text: "t" } } },
        { type: "contentBlockStop", contentBlockIndex: 1 },
        { type: "messageStop", stopReason: "tool_use" },
        { type: "metadata", usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
      ],
    },
  ];

/** Everybody who may have to show it. */
const TARGETS = Object.values(CODECS).filter((codec) => codec.format !== "ollama_generate");

/** The value with what `replace` gives in some places; the places are those whose number `hits` has. */
function damaged(value: JsonValue, hits: ReadonlySet<number>, replacement: JsonValue): JsonValue {
  let place = 0;
  const walk = (inner: JsonValue): JsonValue => {
    if (hits.has(place++)) return replacement;
    if (Array.isArray(inner)) return inner.map(walk);
    if (typeof inner !== "object" || inner === null) return inner;
    return Object.fromEntries(Object.entries(inner).map(([key, each]) => [key, walk(each)]));
  };
  return walk(value);
}

const hits = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 3 });
const replacement = fc.oneof(
  fc.constantFrom<JsonValue>(null, "", "x", -1, 1.5, true, [], {}, [[]], [null], { type: "x" }),
  fc.jsonValue({ maxDepth: 2 }).map((value): JsonValue => JSON.parse(JSON.stringify(value))),
);

/** Runs what may refuse its input: only as a gateway error. */
function refusing(run: () => void) {
  try {
    run();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}

for (const { codec, request, response, events } of samples) {
  Deno.test(`${codec.format}: a damaged request is refused with its place, or understood`, () => {
    fc.assert(
      fc.property(hits, replacement, (places, value) => {
        const body = damaged(request, new Set(places), value) as JsonObject;
        refusing(() => {
          const decoded = codec.decodeRequest(body);
          for (const target of TARGETS) target.encodeRequest(decoded);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  Deno.test(`${codec.format}: a damaged answer is refused, or understood and shown by all`, () => {
    fc.assert(
      fc.property(hits, replacement, (places, value) => {
        const body = damaged(response, new Set(places), value) as JsonObject;
        codec.observeResponse(body);
        refusing(() => {
          const decoded = codec.decodeResponse(body);
          for (const target of TARGETS) target.encodeResponse(decoded, context);
        });
      }),
      { numRuns: 2_000 },
    );
  });

  Deno.test(`${codec.format}: a damaged stream never throws, whoever shows it, and says nothing after its end`, () => {
    fc.assert(
      fc.property(hits, replacement, fc.integer({ min: 0, max: 9 }), (places, value, at) => {
        const decoder = codec.eventDecoder();
        const observer = codec.streamObserver();
        const encoders = TARGETS.map((each) => each.eventEncoder(context));
        let ended = false;
        for (const [index, event] of events.entries()) {
          const data = index === at ? damaged(event, new Set(places), value) : event;
          // Where the name of an event is not in its data, it stands beside it.
          const sse = sseEvent(JSON.stringify(data), codec === bedrockConverse ? String(event.type) : "");
          observer.push(sse);
          for (const decoded of decoder.push(sse)) {
            assertEquals(ended, false);
            ended = decoded.type === "end" || decoded.type === "error";
            for (const encoder of encoders) encoder.push(decoded);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
}
