/** Paths of OpenAI's APIs behind the version, as most providers have them. */
export const CHAT = { openai_chat: "/chat/completions" } as const;
export const CHAT_AND_RESPONSES = { ...CHAT, openai_responses: "/responses" } as const;
/** Of Ollama's own API. */
export const OLLAMA = { ollama_chat: "^/api/chat", ollama_generate: "^/api/generate" } as const;

/** @see https://ai.google.dev/api/generate-content */
export const CONTENT = {
  google_generate_content: {
    whole: "/models/{model}:generateContent",
    stream: "/models/{model}:streamGenerateContent?alt=sse",
  },
} as const;

/** @see https://ai.google.dev/api/interactions-api */
export const INTERACTIONS = { google_interactions: "/interactions" } as const;
