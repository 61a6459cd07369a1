import { offering } from "./operations.ts";
import { CHAT, CHAT_AND_RESPONSES, CONTENT, INTERACTIONS } from "./paths.ts";
import type { ProviderRow } from "./row.ts";

/** What most services with OpenAI's API have in common. */
const COMPATIBLE = { auth: "bearer", family: "compatible", paths: CHAT, versionInBaseUrl: true } as const;

/** Services with a URL and a key of their own, by the `type` of the configuration. */
export const HOSTED = {
  openai: {
    title: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    auth: "bearer",
    family: "openai",
    paths: CHAT_AND_RESPONSES,
    versionInBaseUrl: true,
    operations: offering(
      "embeddings",
      "completions",
      "moderations",
      "audio",
      "images",
      "files",
      "batches",
      "vector_stores",
      "input_tokens",
    ),
    system: "openai",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    quirks: {
      // https://github.com/BerriAI/litellm/issues/13381
      modelsRename: [{ models: /^(?:o\d|gpt-5)/, renames: { max_tokens: "max_completion_tokens" } }],
      // Later ones take some of these, as their effort is. https://platform.openai.com/docs/guides/reasoning
      modelsRefuse: [{
        models: /^(?:o\d(?:-|$)|gpt-5(?:-(?:mini|nano|pro|codex))?(?:-\d{4}-\d\d-\d\d)?$)/,
        fields: [
          ...["temperature", "top_p", "presence_penalty", "frequency_penalty"],
          ...["logprobs", "top_logprobs", "logit_bias"],
        ],
      }],
    },
    recordings: ["openai/chat", "openai/responses", "openai-http/chat-"],
  },
  anthropic: {
    title: "Anthropic",
    baseUrl: "https://api.anthropic.com",
    keyVariable: "ANTHROPIC_API_KEY",
    auth: "x-api-key",
    family: "anthropic",
    paths: { anthropic_messages: "/messages" },
    versionInBaseUrl: false,
    operations: offering("count_tokens"),
    system: "anthropic",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    recordings: ["anthropic"],
  },
  gemini: {
    title: "Google Gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    keyVariable: "GEMINI_API_KEY",
    auth: "x-goog-api-key",
    family: "google",
    paths: { ...CONTENT, ...INTERACTIONS },
    versionInBaseUrl: true,
    version: "/v1beta",
    operations: {
      embeddings: { path: "/models/{model}:batchEmbedContents", wire: "google" },
      count_tokens: { path: "/models/{model}:countTokens", wire: "google" },
    },
    system: "gcp.gemini",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    recordings: ["google"],
  },
  /** The same, all clients by its newer API, which some models have alone. */
  gemini_interactions: {
    title: "Google Gemini, Interactions API",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    keyVariable: "GEMINI_API_KEY",
    auth: "x-goog-api-key",
    family: "google_interactions",
    paths: INTERACTIONS,
    versionInBaseUrl: true,
    version: "/v1beta",
    operations: { embeddings: { path: "/models/{model}:batchEmbedContents", wire: "google" } },
    system: "gcp.gemini",
    modelsOf: "gemini",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    recordings: ["google/interactions"],
  },
  /** @see https://docs.mistral.ai/api/endpoint/chat */
  mistral: {
    ...COMPATIBLE,
    title: "Mistral AI",
    baseUrl: "https://api.mistral.ai/v1",
    keyVariable: "MISTRAL_API_KEY",
    operations: offering("embeddings", "moderations", "audio", "files"),
    system: "mistral_ai",
    can: ["tools", "vision", "structured_output", "reasoning"],
    // It refuses whatever it does not know (`extra_forbidden`).
    quirks: {
      // https://docs.mistral.ai/capabilities/completion/prefix/
      continues: "prefix",
      // https://github.com/avante-corp/avante.nvim/issues/2347
      refusesStreamOptions: true,
      // https://github.com/editor-code-assistant/eca/issues/231
      renames: { max_completion_tokens: "max_tokens", seed: "random_seed" },
      // https://github.com/Gitlawb/openclaude/issues/739
      refuses: [
        ...["store", "user", "safety_identifier", "logprobs", "top_logprobs", "logit_bias", "service_tier"],
        ...["verbosity", "modalities", "audio", "web_search_options", "functions", "function_call"],
      ],
      // https://github.com/charmbracelet/crush/issues/1590, https://github.com/Gage-Technologies/mistral-go/pull/2
      messagesRefuse: [
        ...["name", "reasoning_content", "reasoning", "thinking_blocks", "refusal", "annotations", "audio"],
        "function_call",
      ],
      developerRole: "system",
      // https://github.com/anomalyco/opencode/issues/1680
      toolCallIdLength: 9,
    },
    recordings: ["mistral"],
  },
  /** @see https://console.groq.com/docs/openai */
  groq: {
    ...COMPATIBLE,
    title: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    keyVariable: "GROQ_API_KEY",
    paths: CHAT_AND_RESPONSES,
    operations: offering("audio", "files", "batches"),
    system: "groq",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: {
      refuses: ["logprobs", "top_logprobs", "logit_bias"],
      // https://github.com/janhq/jan/issues/8136
      messagesRefuse: ["name", "reasoning_content", "thinking_blocks"],
    },
    recordings: ["groq"],
  },
  /** @see https://api-docs.deepseek.com/api/create-chat-completion */
  deepseek: {
    ...COMPATIBLE,
    title: "DeepSeek",
    baseUrl: "https://api.deepseek.com/v1",
    keyVariable: "DEEPSEEK_API_KEY",
    system: "deepseek",
    can: ["tools", "reasoning"],
    quirks: {
      renames: { max_completion_tokens: "max_tokens" },
      // https://github.com/llm-exe/llm-exe/issues/662, https://github.com/BerriAI/litellm/pull/31466
      schemaInPrompt: true,
      // https://github.com/earendil-works/pi/issues/1048
      developerRole: "system",
    },
    recordings: ["deepseek/chat"],
  },
  /** @see https://docs.x.ai/docs/api-reference */
  xai: {
    ...COMPATIBLE,
    title: "xAI",
    baseUrl: "https://api.x.ai/v1",
    keyVariable: "XAI_API_KEY",
    // Keeps a conversation's requests at the server that has it cached.
    forwardHeaders: ["x-grok-conv-id"],
    paths: CHAT_AND_RESPONSES,
    operations: offering("completions", "images"),
    system: "x_ai",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
    quirks: {
      // https://github.com/miaoxworld/NativeTavern/issues/83, https://github.com/QuantumNous/new-api/pull/6081
      modelsRefuse: [
        { models: /^grok-(?:[4-9]|code|3-mini)/, fields: ["presence_penalty", "frequency_penalty"] },
      ],
    },
    recordings: ["xai", "openai-compatible/chat"],
  },
  /** @see https://docs.together.ai/docs/openai-api-compatibility */
  together: {
    ...COMPATIBLE,
    title: "Together AI",
    baseUrl: "https://api.together.xyz/v1",
    keyVariable: "TOGETHER_API_KEY",
    operations: offering("embeddings", "completions", "rerank", "audio", "images", "files", "batches"),
    system: "together_ai",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
  /** @see https://docs.fireworks.ai/tools-sdks/openai-compatibility */
  fireworks: {
    ...COMPATIBLE,
    title: "Fireworks AI",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    keyVariable: "FIREWORKS_API_KEY",
    forwardHeaders: ["x-session-affinity"],
    paths: CHAT_AND_RESPONSES,
    operations: offering("embeddings", "completions", "rerank"),
    system: "fireworks_ai",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
  /** @see https://openrouter.ai/docs/api-reference/overview */
  openrouter: {
    ...COMPATIBLE,
    title: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    keyVariable: "OPENROUTER_API_KEY",
    // https://openrouter.ai/docs/app-attribution
    forwardHeaders: ["http-referer", "x-title"],
    paths: CHAT_AND_RESPONSES,
    operations: offering("embeddings", "completions"),
    system: "openrouter",
    can: ["tools", "vision", "structured_output", "reasoning", "web_search"],
  },
  /** @see https://docs.perplexity.ai/api-reference/chat-completions-post */
  perplexity: {
    ...COMPATIBLE,
    title: "Perplexity",
    baseUrl: "https://api.perplexity.ai",
    keyVariable: "PERPLEXITY_API_KEY",
    system: "perplexity",
    can: ["vision", "structured_output", "reasoning", "web_search"],
    quirks: { developerRole: "system" },
    recordings: ["perplexity"],
  },
  /** @see https://deepinfra.com/docs/advanced/openai_api */
  deepinfra: {
    ...COMPATIBLE,
    title: "DeepInfra",
    baseUrl: "https://api.deepinfra.com/v1/openai",
    keyVariable: "DEEPINFRA_API_KEY",
    operations: offering("embeddings"),
    system: "deepinfra",
    can: ["tools", "vision", "structured_output", "reasoning"],
  },
  /** @see https://inference-docs.cerebras.ai/resources/openai */
  cerebras: {
    ...COMPATIBLE,
    title: "Cerebras",
    baseUrl: "https://api.cerebras.ai/v1",
    keyVariable: "CEREBRAS_API_KEY",
    operations: offering("completions"),
    system: "cerebras",
    can: ["tools", "structured_output", "reasoning"],
    quirks: {
      refuses: ["frequency_penalty", "presence_penalty", "logit_bias"],
      // https://github.com/Kilo-Org/kilocode/issues/10375
      messagesRefuse: ["reasoning_content", "thinking_blocks"],
      developerRole: "system",
    },
  },
  /** @see https://docs.api.nvidia.com/nim/reference/llm-apis */
  nvidia: {
    ...COMPATIBLE,
    title: "NVIDIA NIM",
    baseUrl: "https://integrate.api.nvidia.com/v1",
    keyVariable: "NVIDIA_API_KEY",
    operations: offering("embeddings", "completions"),
    system: "nvidia",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: { renames: { max_completion_tokens: "max_tokens" }, developerRole: "system" },
  },
  /** Its OpenAI-compatible endpoint. @see https://docs.cohere.com/docs/compatibility-api */
  cohere: {
    ...COMPATIBLE,
    title: "Cohere",
    baseUrl: "https://api.cohere.ai/compatibility/v1",
    keyVariable: "COHERE_API_KEY",
    operations: { ...offering("embeddings"), rerank: { path: "^/v2/rerank" } },
    health: null,
    system: "cohere",
    can: ["tools", "structured_output", "reasoning"],
    quirks: { renames: { max_completion_tokens: "max_tokens" } },
  },
  /** Its own API, with citations and documents. @see https://docs.cohere.com/reference/chat */
  cohere_v2: {
    ...COMPATIBLE,
    title: "Cohere, its own API",
    baseUrl: "https://api.cohere.com/v2",
    keyVariable: "COHERE_API_KEY",
    paths: { cohere_chat: "/chat" },
    operations: { rerank: { path: "/rerank" } },
    health: "^/v1/models",
    system: "cohere",
    modelsOf: "cohere",
    can: ["tools", "vision", "structured_output", "reasoning"],
    recordings: ["cohere"],
  },
  /** Its router of inference providers. @see https://huggingface.co/docs/inference-providers/tasks/chat-completion */
  huggingface: {
    ...COMPATIBLE,
    title: "Hugging Face",
    baseUrl: "https://router.huggingface.co/v1",
    keyVariable: "HF_TOKEN",
    paths: CHAT_AND_RESPONSES,
    system: "huggingface",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: { developerRole: "system" },
  },
  /** @see https://platform.kimi.ai/docs/api/chat */
  moonshot: {
    ...COMPATIBLE,
    title: "Moonshot AI (Kimi)",
    baseUrl: "https://api.moonshot.ai/v1",
    keyVariable: "MOONSHOT_API_KEY",
    operations: offering("files"),
    system: "moonshot_ai",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: {
      // https://github.com/vercel/ai/issues/19553
      toolChoice: { models: /^kimi-k2/, words: { required: "auto" } },
      // https://github.com/Bike4Mind/bike4mind/pull/1089
      modelsRefuse: [{ models: /^kimi-k(?:2\.[5-9]|[3-9])/, fields: ["temperature"] }],
      developerRole: "system",
    },
  },
  /** Model Studio's compatible mode. @see https://help.aliyun.com/en/model-studio/qwen-api-via-openai-chat-completions */
  alibaba: {
    ...COMPATIBLE,
    title: "Alibaba Cloud (Qwen)",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    keyVariable: "DASHSCOPE_API_KEY",
    operations: offering("embeddings", "files", "batches"),
    system: "alibaba_cloud",
    can: ["tools", "vision", "structured_output", "reasoning"],
    quirks: {
      // https://github.com/pydantic/pydantic-ai/issues/1265
      toolChoice: { words: { required: "auto" } },
      // https://github.com/proma-ai/Proma/issues/1496
      developerRole: "system",
    },
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;
