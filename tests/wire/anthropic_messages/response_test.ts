import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { FinishReason, JsonObject, Part, Usage } from "../../../lib/wire/canonical.ts";
import type { EncodeContext } from "../../../lib/wire/codec.ts";
import { messageRecordings } from "../recordings.ts";
import { needsRecordings } from "../shared.ts";

const context: EncodeContext = { id: "msg_1", model: "m", created: 1, request: {}, includeUsage: false };

function recordedBodies(): [string, JsonObject][] {
  return messageRecordings().flatMap(({ name, body }): [string, JsonObject][] =>
    body === null ? [] : [[name, body]]
  );
}

Deno.test({
  name: "anthropicMessages brings every recorded answer back as it was",
  ...needsRecordings,
  fn() {
    const bodies = recordedBodies();
    assertEquals(bodies.length > 20, true);
    for (const [name, body] of bodies) {
      const own = { ...context, id: String(body.id), model: String(body.model) };
      assertEquals(anthropicMessages.encodeResponse(anthropicMessages.decodeResponse(body), own), body, name);
    }
  },
});

Deno.test({
  name: "anthropicMessages observes what it decodes of every recorded answer",
  ...needsRecordings,
  fn() {
    for (const [name, body] of recordedBodies()) {
      const decoded = anthropicMessages.decodeResponse(body);
      const observed = anthropicMessages.observeResponse(body);
      assertEquals([observed.responseId, observed.model], [decoded.id, decoded.model], name);
      assertEquals<string | undefined>(observed.finishReason, decoded.choices[0]?.finishReason, name);
      assertEquals(observed.usage ?? undefined, decoded.usage, name);
      assertEquals(observed.error, null, name);
    }
  },
});

function message(more: JsonObject): JsonObject {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_sequence: null,
    ...more,
  };
}

const blocks: readonly [what: string, block: JsonObject, part: Part][] = [
  ["thinking without a signature", { type: "thinking", thinking: "Hm.", signature: "" }, {
    type: "reasoning",
    text: "Hm.",
  }],
  ["a call's input", { type: "tool_use", id: "t", name: "f", input: { b: 1, a: [] } }, {
    type: "tool_call",
    id: "t",
    name: "f",
    arguments: `{"b":1,"a":[]}`,
  }],
  ["citations", { type: "text", text: "a", citations: [{ type: "char_location" }] }, {
    type: "text",
    text: "a",
    annotations: { format: "anthropic_messages", items: [{ type: "char_location" }] },
  }],
  ["a block of its own", { type: "container_upload", file_id: "f" }, {
    type: "opaque",
    format: "anthropic_messages",
    value: { type: "container_upload", file_id: "f" },
  }],
];

for (const [what, block, part] of blocks) {
  Deno.test(`anthropicMessages decodes ${what}`, () => {
    const response = anthropicMessages.decodeResponse(message({ content: [block], stop_reason: "end_turn" }));
    assertEquals(response.choices[0]?.parts, [part]);
  });
}

const reasons: readonly [raw: string, decoded: FinishReason][] = [
  ["end_turn", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["pause_turn", "pause"],
  ["refusal", "refusal"],
  ["compaction", "stop"],
];

for (const [raw, decoded] of reasons) {
  Deno.test(`anthropicMessages reads stop reason ${raw} as ${decoded}, and says ${raw} again`, () => {
    const body = message({ stop_reason: raw });
    const response = anthropicMessages.decodeResponse(body);
    assertEquals(response.choices[0]?.finishReason, decoded);
    assertEquals(anthropicMessages.encodeResponse(response, context).stop_reason, raw);
  });
}

Deno.test("anthropicMessages keeps the stop sequence that was hit", () => {
  const response = anthropicMessages.decodeResponse(
    message({ stop_reason: "stop_sequence", stop_sequence: "END" }),
  );
  const back = anthropicMessages.encodeResponse(response, context);
  assertEquals([back.stop_reason, back.stop_sequence], ["stop_sequence", "END"]);
});

const usages: readonly [what: string, usage: JsonObject, decoded: Omit<Usage, "extensions">][] = [
  ["with the cache's tokens among the input", {
    input_tokens: 10,
    cache_creation_input_tokens: 20,
    cache_read_input_tokens: 30,
    output_tokens: 5,
    output_tokens_details: { thinking_tokens: 2 },
  }, { input: 60, cached: 30, cacheCreation: 20, output: 5, reasoning: 2 }],
  ["with what compaction cost", {
    input_tokens: 10,
    output_tokens: 5,
    iterations: [
      { type: "compaction", input_tokens: 100, output_tokens: 50, cache_read_input_tokens: 7 },
      { type: "message", input_tokens: 10, output_tokens: 5 },
      { type: "advisor_message", input_tokens: 1000, output_tokens: 1000 },
    ],
  }, { input: 117, cached: 7, cacheCreation: 0, output: 55 }],
  ["of a fallback, whose totals are its own", {
    input_tokens: 10,
    output_tokens: 5,
    iterations: [{ type: "message", input_tokens: 9, output_tokens: 0 }, { type: "fallback_message" }],
  }, { input: 10, cached: 0, cacheCreation: 0, output: 5 }],
];

for (const [what, usage, decoded] of usages) {
  Deno.test(`anthropicMessages reads usage ${what}`, () => {
    const { extensions: _, ...read } = anthropicMessages.decodeResponse(message({ usage })).usage ?? {};
    assertEquals<unknown>(read, decoded);
  });
}

Deno.test("anthropicMessages takes the cache's tokens out of another format's input", () => {
  const usage: Usage = { input: 60, cached: 30, cacheCreation: 20, output: 5, reasoning: 2 };
  const body = anthropicMessages.encodeResponse(
    { id: "1", model: "m", choices: [], usage, serviceTier: "default" },
    context,
  );
  assertEquals<unknown>(body.usage, {
    input_tokens: 10,
    cache_creation_input_tokens: 20,
    cache_read_input_tokens: 30,
    output_tokens: 5,
    output_tokens_details: { thinking_tokens: 2 },
    service_tier: "standard",
  });
});

Deno.test("anthropicMessages always answers with usage, as its clients expect", () => {
  const body = anthropicMessages.encodeResponse({ id: "1", model: "m", choices: [] }, context);
  assertEquals<unknown>(body, {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m",
    content: [],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 0,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 0,
    },
  });
});

const noAnswers: readonly [what: string, body: JsonObject][] = [
  ["an error", { type: "error", error: { type: "api_error", message: "no" } }],
  ["a content of words", message({ content: "Hi" })],
  ["a block without a type", message({ content: [{ text: "a" }] })],
];

for (const [what, body] of noAnswers) {
  Deno.test(`anthropicMessages takes ${what} for no answer of the provider's`, () => {
    const error = assertThrows(() => anthropicMessages.decodeResponse(body), GatewayError);
    assertEquals([error.code, error.status], ["upstream_invalid_response", 502]);
  });
}

Deno.test("anthropicMessages observes an error in a body", () => {
  const body = { type: "error", error: { type: "overloaded_error", message: "Later." } };
  assertEquals(anthropicMessages.observeResponse(body).error, {
    code: "overloaded_error",
    message: "Later.",
  });
});
