import { type Feature, saying, writtenOnly } from "../feature.ts";

const GROUP = "Reasoning";

function anthropicHistory(block: Record<string, string>) {
  return {
    messages: [
      { role: "user", content: "Hi" },
      { role: "assistant", content: [block, { type: "text", text: "Hello." }] },
      { role: "user", content: "Bye" },
    ],
  };
}

function thinking(level: string, more: Record<string, string> = {}) {
  return { generation_config: { thinking_level: level, ...more } };
}

export const REASONING: readonly Feature[] = [
  {
    name: "effort",
    group: GROUP,
    formats: {
      openai_chat: { reasoning_effort: "low" },
      openai_responses: { reasoning: { effort: "low" } },
      anthropic_messages: saying(
        { output_config: { effort: "low" } },
        { thinking: { type: "enabled", budget_tokens: 2048 } },
      ),
      google_generate_content: saying(
        { generationConfig: { thinkingConfig: { thinkingLevel: "low" } } },
        { generationConfig: { thinkingConfig: { thinkingBudget: 2048 } } },
        { generationConfig: { thinkingConfig: { thinkingBudget: 1024 } } },
      ),
      google_interactions: thinking("low"),
      bedrock_converse: saying(
        { additionalModelRequestFields: { reasoning_effort: "low" } },
        { additionalModelRequestFields: { output_config: { effort: "low" } } },
        { additionalModelRequestFields: { thinking: { type: "enabled" } } },
      ),
      cohere_chat: writtenOnly({ thinking: { type: "enabled" } }),
      ollama_chat: saying({ think: "low" }, { think: true }),
      ollama_generate: saying({ think: "low" }, { think: true }),
    },
  },
  {
    name: "no reasoning",
    group: GROUP,
    formats: {
      openai_chat: saying({ reasoning_effort: "none" }, {}),
      openai_responses: saying({ reasoning: { effort: "none" } }, {}),
      anthropic_messages: saying({ thinking: { type: "disabled" } }, {}),
      google_generate_content: saying({ generationConfig: { thinkingConfig: { thinkingBudget: 0 } } }, {
        generationConfig: { thinkingConfig: { thinkingBudget: 128 } },
      }),
      // The least that there is.
      google_interactions: writtenOnly(thinking("minimal")),
      bedrock_converse: writtenOnly({}),
      cohere_chat: { thinking: { type: "disabled" } },
      ollama_chat: { think: false },
      ollama_generate: { think: false },
    },
  },
  {
    name: "a budget of tokens",
    group: GROUP,
    formats: {
      openai_chat: writtenOnly({ reasoning_effort: "low" }),
      openai_responses: writtenOnly({ reasoning: { effort: "low" } }),
      anthropic_messages: { thinking: { type: "enabled", budget_tokens: 2048 } },
      google_generate_content: { generationConfig: { thinkingConfig: { thinkingBudget: 2048 } } },
      google_interactions: writtenOnly(thinking("low")),
      bedrock_converse: {
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2048 } },
      },
      cohere_chat: { thinking: { type: "enabled", token_budget: 2048 } },
      ollama_chat: writtenOnly({ think: true }),
      ollama_generate: writtenOnly({ think: true }),
    },
  },
  {
    name: "thoughts shown (summary)",
    group: GROUP,
    formats: {
      openai_responses: { reasoning: { effort: "low", summary: "auto" } },
      google_generate_content: saying(
        { generationConfig: { thinkingConfig: { thinkingBudget: 2048, includeThoughts: true } } },
        { generationConfig: { thinkingConfig: { includeThoughts: true } } },
      ),
      google_interactions: thinking("low", { thinking_summaries: "auto" }),
      // They show what they think where they think, as far as they show it at all.
      openai_chat: writtenOnly({ reasoning_effort: "low" }),
      anthropic_messages: writtenOnly({ thinking: { type: "enabled", budget_tokens: 2048 } }),
      bedrock_converse: writtenOnly({ additionalModelRequestFields: { thinking: { type: "enabled" } } }),
      cohere_chat: writtenOnly({ thinking: { type: "enabled" } }),
      ollama_chat: writtenOnly({ think: true }),
      ollama_generate: writtenOnly({ think: true }),
    },
  },
  {
    name: "earlier thoughts, signed",
    group: GROUP,
    formats: {
      openai_responses: {
        input: [
          { role: "user", content: "Hi" },
          { type: "reasoning", summary: [], encrypted_content: "sealed" },
          { role: "assistant", content: "Hello." },
          { role: "user", content: "Bye" },
        ],
      },
      anthropic_messages: anthropicHistory({ type: "thinking", thinking: "Hm.", signature: "sealed" }),
      google_generate_content: {
        contents: [
          { role: "user", parts: [{ text: "Hi" }] },
          { role: "model", parts: [{ text: "Hello.", thoughtSignature: "sealed" }] },
          { role: "user", parts: [{ text: "Bye" }] },
        ],
      },
      google_interactions: {
        input: [
          { type: "user_input", content: [{ type: "text", text: "Hi" }] },
          { type: "thought", signature: "sealed" },
          { type: "model_output", content: [{ type: "text", text: "Hello." }] },
          { type: "user_input", content: [{ type: "text", text: "Bye" }] },
        ],
      },
      bedrock_converse: {
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          {
            role: "assistant",
            content: [
              { reasoningContent: { reasoningText: { text: "Hm.", signature: "sealed" } } },
              { text: "Hello." },
            ],
          },
          { role: "user", content: [{ text: "Bye" }] },
        ],
      },
      // Its models read thoughts, and no signatures.
      cohere_chat: writtenOnly({
        messages: [{ role: "assistant", content: [{ type: "thinking", thinking: "Hm." }] }],
      }),
    },
  },
  {
    name: "earlier thoughts, redacted",
    group: GROUP,
    formats: {
      anthropic_messages: anthropicHistory({ type: "redacted_thinking", data: "sealed" }),
      bedrock_converse: {
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          {
            role: "assistant",
            content: [{ reasoningContent: { redactedContent: "sealed" } }, { text: "Hello." }],
          },
          { role: "user", content: [{ text: "Bye" }] },
        ],
      },
    },
  },
];
