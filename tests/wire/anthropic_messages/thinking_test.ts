import { assertEquals } from "@std/assert";
import { anthropicMessages } from "../../../lib/wire/anthropic_messages.ts";
import type { ChatRequest, ReasoningOptions } from "../../../lib/wire/canonical.ts";

function encode(model: string, reasoning: ReasoningOptions, more: Partial<ChatRequest> = {}) {
  const messages: ChatRequest["messages"] = [{ role: "user", parts: [{ type: "text", text: "Hi" }] }];
  const { body, dropped } = anthropicMessages.encodeRequest({ model, messages, reasoning, ...more });
  return { thinking: body.thinking, output: body.output_config, dropped };
}

const SUMMARIZED = { type: "adaptive", display: "summarized" };

const efforts: readonly [model: string, options: ReasoningOptions, thinking: unknown, output: unknown][] = [
  // Models that take a budget.
  ["claude-sonnet-4-5", { effort: "minimal" }, { type: "enabled", budget_tokens: 1_024 }, undefined],
  ["claude-sonnet-4-5", { effort: "low" }, { type: "enabled", budget_tokens: 2_048 }, undefined],
  ["claude-sonnet-4-5", { effort: "medium" }, { type: "enabled", budget_tokens: 8_192 }, undefined],
  ["claude-opus-4-1", { effort: "high" }, { type: "enabled", budget_tokens: 24_576 }, undefined],
  ["claude-opus-4-1", { effort: "max" }, { type: "enabled", budget_tokens: 25_600 }, undefined],
  ["claude-3-7-sonnet", { budgetTokens: 5_000 }, { type: "enabled", budget_tokens: 5_000 }, undefined],
  ["claude-sonnet-4-5", { effort: "none" }, undefined, undefined],
  // Models whose thinking an effort guides.
  ["claude-sonnet-4-6", { effort: "low" }, SUMMARIZED, { effort: "low" }],
  ["claude-sonnet-4-6", { effort: "minimal" }, SUMMARIZED, { effort: "low" }],
  ["claude-sonnet-4-6", { effort: "xhigh" }, SUMMARIZED, { effort: "high" }],
  ["claude-opus-4-8", { effort: "xhigh" }, SUMMARIZED, { effort: "xhigh" }],
  ["claude-opus-5", { effort: "max" }, SUMMARIZED, { effort: "max" }],
  ["claude-opus-5", { adaptive: true }, SUMMARIZED, undefined],
  ["claude-opus-5", { effort: "none" }, { type: "disabled" }, undefined],
  // Models that always think.
  ["claude-fable-5", { effort: "none" }, undefined, { effort: "low" }],
  // A wish for summaries alone asks for no thinking.
  ["claude-opus-5", { summary: "auto" }, undefined, undefined],
];

for (const [model, options, thinking, output] of efforts) {
  Deno.test(`anthropicMessages thinks on ${model} for ${JSON.stringify(options)}`, () => {
    assertEquals<unknown>(encode(model, options), { thinking, output, dropped: [] });
  });
}

Deno.test("anthropicMessages keeps a budget below max_tokens", () => {
  const { thinking } = encode("claude-sonnet-4-5", { effort: "high" }, { maxOutputTokens: 4_000 });
  assertEquals<unknown>(thinking, { type: "enabled", budget_tokens: 3_200 });
});

const withoutThinking: readonly [why: string, model: string, more: Partial<ChatRequest>][] = [
  ["no budget is left", "claude-sonnet-4-5", { maxOutputTokens: 1_000 }],
  ["the model has none", "claude-3-5-haiku", {}],
  ["a tool is forced", "claude-opus-5", {
    tools: [{ type: "function", name: "f" }],
    toolChoice: { type: "required" },
  }],
  ["the turn under way began without signed thinking", "claude-sonnet-4-5", {
    messages: [
      { role: "assistant", parts: [{ type: "tool_call", id: "1", name: "f", arguments: "" }] },
      { role: "tool", parts: [{ type: "tool_result", callId: "1", content: [] }] },
    ],
  }],
];

for (const [why, model, more] of withoutThinking) {
  Deno.test(`anthropicMessages goes without thinking, and says so, where ${why}`, () => {
    const { thinking, dropped } = encode(model, { effort: "low" }, more);
    assertEquals([thinking, dropped], [undefined, ["reasoning"]]);
  });
}

Deno.test("anthropicMessages goes on thinking in a turn that began with signed thinking", () => {
  const { thinking } = encode("claude-sonnet-4-5", { effort: "low" }, {
    messages: [
      {
        role: "assistant",
        parts: [
          { type: "reasoning", text: "Hm.", signature: "s", signatureFormat: "anthropic_messages" },
          { type: "tool_call", id: "1", name: "f", arguments: "" },
        ],
      },
      { role: "tool", parts: [{ type: "tool_result", callId: "1", content: [] }] },
    ],
  });
  assertEquals<unknown>(thinking, { type: "enabled", budget_tokens: 2_048 });
});

Deno.test("anthropicMessages leaves out samplers that thinking and newer models refuse", () => {
  const sampling = { temperature: 0.2, topP: 0.9, topK: 4 };
  assertEquals(encode("claude-sonnet-4-5", { effort: "low" }, sampling).dropped, [
    ...["temperature", "top_p", "top_k"],
  ]);
  assertEquals(encode("claude-opus-5", {}, { temperature: 1, topP: 1 }).dropped, []);
});

const read: readonly [thinking: Record<string, string | number>, options: ReasoningOptions][] = [
  [{ type: "enabled", budget_tokens: 2_048 }, { budgetTokens: 2_048, summary: "auto" }],
  [{ type: "adaptive" }, { adaptive: true, summary: "auto" }],
  [{ type: "adaptive", display: "omitted" }, { adaptive: true }],
  [{ type: "disabled" }, { budgetTokens: 0 }],
];

for (const [thinking, options] of read) {
  Deno.test(`anthropicMessages reads ${JSON.stringify(thinking)}`, () => {
    const body = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }], thinking };
    const { extensions: _, ...reasoning } = anthropicMessages.decodeRequest(body).reasoning ?? {};
    assertEquals(reasoning, options);
  });
}
