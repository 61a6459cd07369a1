import { type Feature, saying, writtenOnly } from "../feature.ts";

const SYSTEM = "Be brief.";
const INSTRUCTIONS = { systemInstruction: { parts: [{ text: SYSTEM }] } };
const IN_BLOCKS = { system: [{ text: SYSTEM }] };

function chatWith(role: string) {
  return { messages: [{ role, content: SYSTEM }, { role: "user", content: "Hi" }] };
}

const TURNS = {
  messages: [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "Hello." },
    { role: "user", content: "Bye" },
  ],
};

/** A step of one who says something. */
function step(type: string, text: string) {
  return { type, content: [{ type: "text", text }] };
}

const ANSWERED = "**Hello.** ";

/** Who says what, and how the answer comes. */
export const CONVERSATION: readonly Feature[] = [
  {
    name: "streaming",
    group: "Conversation",
    stream: true,
    formats: {
      openai_chat: { stream: true },
      openai_responses: { stream: true },
      anthropic_messages: { stream: true },
      // In the path.
      google_generate_content: {},
      google_interactions: { stream: true },
      bedrock_converse: {},
      cohere_chat: { stream: true },
      ollama_chat: { stream: true },
      ollama_generate: { stream: true },
      completions: { stream: true },
    },
  },
  {
    name: "usage of a stream",
    group: "Conversation",
    stream: true,
    formats: {
      openai_chat: { stream: true, stream_options: { include_usage: true } },
      completions: { stream: true, stream_options: { include_usage: true } },
      // Their streams tell it in any case.
      openai_responses: writtenOnly({ stream: true }),
      anthropic_messages: writtenOnly({ stream: true }),
      google_generate_content: writtenOnly({}),
      google_interactions: writtenOnly({ stream: true }),
      bedrock_converse: writtenOnly({}),
      cohere_chat: writtenOnly({ stream: true }),
      ollama_chat: writtenOnly({ stream: true }),
      ollama_generate: writtenOnly({ stream: true }),
    },
  },
  {
    name: "system prompt",
    group: "Conversation",
    formats: {
      openai_chat: chatWith("system"),
      openai_responses: saying({ instructions: SYSTEM, input: "Hi" }, { instructions: SYSTEM }),
      anthropic_messages: { system: SYSTEM },
      google_generate_content: INSTRUCTIONS,
      google_interactions: { system_instruction: SYSTEM },
      bedrock_converse: IN_BLOCKS,
      cohere_chat: chatWith("system"),
      ollama_chat: chatWith("system"),
      ollama_generate: { system: SYSTEM },
    },
  },
  {
    name: "developer's message",
    group: "Conversation",
    formats: {
      openai_chat: chatWith("developer"),
      openai_responses: {
        input: [{ role: "developer", content: SYSTEM }, { role: "user", content: "Hi" }],
      },
      anthropic_messages: writtenOnly({ system: SYSTEM }),
      google_generate_content: writtenOnly(INSTRUCTIONS),
      google_interactions: writtenOnly({ system_instruction: SYSTEM }),
      bedrock_converse: writtenOnly(IN_BLOCKS),
      cohere_chat: writtenOnly(chatWith("system")),
      ollama_chat: writtenOnly(chatWith("system")),
      ollama_generate: writtenOnly({ system: SYSTEM }),
    },
  },
  {
    name: "earlier turns",
    group: "Conversation",
    formats: {
      openai_chat: TURNS,
      openai_responses: { input: TURNS.messages },
      anthropic_messages: TURNS,
      google_generate_content: {
        contents: [
          { role: "user", parts: [{ text: "Hi" }] },
          { role: "model", parts: [{ text: "Hello." }] },
          { role: "user", parts: [{ text: "Bye" }] },
        ],
      },
      google_interactions: {
        input: [step("user_input", "Hi"), step("model_output", "Hello."), step("user_input", "Bye")],
      },
      bedrock_converse: {
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          { role: "assistant", content: [{ text: "Hello." }] },
          { role: "user", content: [{ text: "Bye" }] },
        ],
      },
      cohere_chat: TURNS,
      ollama_chat: TURNS,
    },
  },
  {
    name: "name of a participant",
    group: "Conversation",
    formats: { openai_chat: { messages: [{ role: "user", name: "ada", content: "Hi" }] } },
  },
  {
    name: "predicted output",
    group: "Conversation",
    formats: { openai_chat: { prediction: { type: "content", content: "Hello" } } },
  },
  {
    name: "text after the answer (suffix)",
    group: "Conversation",
    formats: { completions: { suffix: "." }, ollama_generate: { suffix: "." } },
  },
  {
    name: "echo of the prompt",
    group: "Conversation",
    // The gateway's own doing, on the way back.
    formats: {
      completions: { echo: true },
      openai_chat: writtenOnly({}),
      openai_responses: writtenOnly({}),
      anthropic_messages: writtenOnly({}),
      google_generate_content: writtenOnly({}),
      google_interactions: writtenOnly({}),
      bedrock_converse: writtenOnly({}),
      cohere_chat: writtenOnly({}),
      ollama_chat: writtenOnly({}),
      ollama_generate: writtenOnly({}),
    },
  },
  {
    name: "best of several",
    group: "Conversation",
    formats: { completions: { best_of: 3 } },
  },
  {
    name: "beginning of the answer",
    group: "Conversation",
    formats: {
      openai_chat: {
        messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED }],
      },
      openai_responses: {
        input: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED }],
      },
      anthropic_messages: saying(
        { messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED }] },
        // White space at the end is refused there.
        { messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED.trimEnd() }] },
      ),
      google_generate_content: {
        contents: [{ role: "user", parts: [{ text: "Hi" }] }, { role: "model", parts: [{ text: ANSWERED }] }],
      },
      google_interactions: { input: [step("user_input", "Hi"), step("model_output", ANSWERED)] },
      bedrock_converse: {
        messages: [
          { role: "user", content: [{ text: "Hi" }] },
          { role: "assistant", content: [{ text: ANSWERED }] },
        ],
      },
      cohere_chat: {
        messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED }],
      },
      ollama_chat: {
        messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: ANSWERED }],
      },
    },
  },
  {
    name: "raw prompt, template",
    group: "Conversation",
    formats: { ollama_generate: { raw: true, template: "{{ .Prompt }}" } },
  },
];
