import { offering, OPENAI_OPERATIONS } from "./operations.ts";
import { CHAT, CHAT_AND_RESPONSES, OLLAMA } from "./paths.ts";
import type { ProviderRow } from "./row.ts";

/** What most servers with OpenAI's API have in common: a key is optional. */
const SERVER = {
  keyVariable: null,
  auth: "bearer",
  family: "openai",
  paths: CHAT,
  versionInBaseUrl: true,
} as const;

/** Servers that people run themselves, by the `type` of the configuration. */
export const SELF_HOSTED = {
  openai_compatible: {
    ...SERVER,
    title: "Any server with OpenAI's chat API",
    baseUrl: null,
    baseUrlExample: "https://llm.lab.example/v1",
    operations: offering(
      "embeddings",
      "completions",
      "rerank",
      "moderations",
      "audio",
      "images",
      "files",
      "batches",
      "vector_stores",
    ),
    system: "openai_compatible",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
  /** @see https://docs.ollama.com/api/openai-compatibility */
  ollama: {
    ...SERVER,
    title: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    // Its own API for its own clients: they lose nothing; to the others OpenAI's offers more (`tool_choice`).
    paths: { ...CHAT_AND_RESPONSES, ...OLLAMA },
    operations: offering("embeddings", "completions"),
    system: "ollama",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: {
      // https://github.com/ollama/ollama/issues/7125
      renames: { max_completion_tokens: "max_tokens" },
      // https://github.com/ollama/ollama/issues/18305
      developerRole: "system",
    },
  },
  /** For every client, so that `think: false` and the options reach it. @see https://docs.ollama.com/api */
  ollama_native: {
    ...SERVER,
    title: "Ollama, its own API",
    baseUrl: "http://localhost:11434",
    paths: OLLAMA,
    version: "",
    versionInBaseUrl: false,
    health: "^/api/tags",
    system: "ollama",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
  llama_cpp: {
    ...SERVER,
    title: "llama.cpp's server",
    baseUrl: "http://localhost:8080/v1",
    operations: offering("embeddings", "completions", "rerank"),
    health: "^/health",
    system: "llama_cpp",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: {
      // https://github.com/ggml-org/llama.cpp/issues/13700
      renames: { max_completion_tokens: "max_tokens" },
      // https://github.com/ggml-org/llama.cpp/pull/20215
      developerRole: "system",
    },
  },
  vllm: {
    ...SERVER,
    title: "vLLM",
    baseUrl: "http://localhost:8000/v1",
    paths: CHAT_AND_RESPONSES,
    operations: offering("embeddings", "completions", "rerank", "audio"),
    health: "^/health",
    system: "vllm",
    can: ["tools", "vision", "structured_output", "reasoning"],
    // Chat templates that do not know the role fail: https://github.com/vllm-project/vllm/issues/42407
    quirks: { continues: "final_message", developerRole: "system" },
  },
  /** @see https://docs.sglang.ai/basic_usage/openai_api_completions.html */
  sglang: {
    ...SERVER,
    title: "SGLang",
    baseUrl: "http://localhost:30000/v1",
    operations: offering("embeddings", "completions", "rerank"),
    health: "^/health",
    system: "sglang",
    can: ["tools", "vision", "structured_output", "reasoning"],
    // https://github.com/sgl-project/sglang/issues/40082
    quirks: { continues: "final_message", developerRole: "system" },
  },
  /** @see https://lmstudio.ai/docs/developer/openai-compat */
  lmstudio: {
    ...SERVER,
    title: "LM Studio",
    baseUrl: "http://localhost:1234/v1",
    paths: CHAT_AND_RESPONSES,
    operations: offering("embeddings", "completions"),
    system: "lmstudio",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: { renames: { max_completion_tokens: "max_tokens" }, developerRole: "system" },
    recordings: ["open-responses/responses"],
  },
  /** @see https://huggingface.co/docs/text-generation-inference/messages_api */
  tgi: {
    ...SERVER,
    title: "Text Generation Inference",
    baseUrl: "http://localhost:8080/v1",
    operations: offering("completions"),
    system: "tgi",
    can: ["tools", "vision", "structured_output"],
    quirks: { renames: { max_completion_tokens: "max_tokens" }, developerRole: "system" },
  },
  litellm: {
    ...SERVER,
    title: "LiteLLM proxy",
    baseUrl: "http://localhost:4000/v1",
    family: "both",
    paths: { ...CHAT_AND_RESPONSES, anthropic_messages: "/messages" },
    operations: OPENAI_OPERATIONS,
    system: "litellm",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;
