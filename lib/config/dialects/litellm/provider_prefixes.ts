import type { ProviderTypeName } from "../../provider_types.ts";

/** What a prefix of `litellm_params.model` names. */
export interface ProviderPrefix {
  readonly type: ProviderTypeName;
  /** Variables that hold its key, the first that is set counts; empty: it takes none. */
  readonly keys: readonly string[];
  /** Variables that hold its URL. */
  readonly bases: readonly string[];
  /** Its URL, where the type has none of its own or another. */
  readonly url: string | null;
}

function prefix(type: ProviderTypeName, keys: string, bases = "", url: string | null = null): ProviderPrefix {
  const split = (names: string) => names === "" ? [] : names.split(" ");
  return { type, keys: split(keys), bases: split(bases), url };
}

function compatible(name: string, url: string, keys = `${name}_API_KEY`): ProviderPrefix {
  return prefix("openai_compatible", keys, `${name}_API_BASE`, url);
}

/**
 * Prefixes that lead to a provider of the gateway's. Variables and URLs are LiteLLM's.
 * @see https://docs.litellm.ai/docs/providers
 */
export const PROVIDER_PREFIXES: Readonly<Record<string, ProviderPrefix>> = {
  openai: prefix("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL OPENAI_API_BASE"),
  "text-completion-openai": prefix("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL OPENAI_API_BASE"),
  custom_openai: prefix("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL OPENAI_API_BASE"),
  aiohttp_openai: prefix("openai", "OPENAI_API_KEY", "OPENAI_BASE_URL OPENAI_API_BASE"),
  openai_like: prefix("openai_compatible", "OPENAI_LIKE_API_KEY", "OPENAI_LIKE_API_BASE"),
  azure: prefix("azure", "AZURE_API_KEY", "AZURE_API_BASE"),
  azure_text: prefix("azure", "AZURE_API_KEY", "AZURE_API_BASE"),
  azure_ai: prefix("azure", "AZURE_AI_API_KEY", "AZURE_AI_API_BASE"),
  anthropic: prefix("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_API_BASE ANTHROPIC_BASE_URL"),
  anthropic_text: prefix("anthropic", "ANTHROPIC_API_KEY", "ANTHROPIC_API_BASE ANTHROPIC_BASE_URL"),
  bedrock: prefix("bedrock", "", "AWS_BEDROCK_RUNTIME_ENDPOINT"),
  vertex_ai: prefix("vertex", "", "VERTEXAI_API_BASE"),
  vertex_ai_beta: prefix("vertex", "", "VERTEXAI_API_BASE"),
  gemini: prefix("gemini", "GEMINI_API_KEY GOOGLE_API_KEY", "GEMINI_API_BASE"),
  mistral: prefix("mistral", "MISTRAL_API_KEY", "MISTRAL_API_BASE MISTRAL_AZURE_API_BASE"),
  codestral: prefix("mistral", "CODESTRAL_API_KEY", "CODESTRAL_API_BASE", "https://codestral.mistral.ai/v1"),
  groq: prefix("groq", "GROQ_API_KEY", "GROQ_API_BASE"),
  deepseek: prefix("deepseek", "DEEPSEEK_API_KEY", "DEEPSEEK_API_BASE"),
  xai: prefix("xai", "XAI_API_KEY", "XAI_API_BASE"),
  together_ai: prefix(
    "together",
    "TOGETHERAI_API_KEY TOGETHER_API_KEY TOGETHER_AI_API_KEY TOGETHER_AI_TOKEN",
    "TOGETHER_AI_API_BASE",
  ),
  fireworks_ai: prefix(
    "fireworks",
    "FIREWORKS_AI_API_KEY FIREWORKS_API_KEY FIREWORKSAI_API_KEY FIREWORKS_AI_TOKEN",
    "FIREWORKS_API_BASE",
  ),
  openrouter: prefix("openrouter", "OPENROUTER_API_KEY OR_API_KEY", "OPENROUTER_API_BASE"),
  perplexity: prefix("perplexity", "PERPLEXITYAI_API_KEY PERPLEXITY_API_KEY", "PERPLEXITY_API_BASE"),
  deepinfra: prefix("deepinfra", "DEEPINFRA_API_KEY", "DEEPINFRA_API_BASE"),
  cerebras: prefix("cerebras", "CEREBRAS_API_KEY", "CEREBRAS_API_BASE"),
  nvidia_nim: prefix("nvidia", "NVIDIA_NIM_API_KEY", "NVIDIA_NIM_API_BASE"),
  cohere: prefix("cohere", "COHERE_API_KEY CO_API_KEY", "COHERE_API_BASE"),
  cohere_chat: prefix("cohere", "COHERE_API_KEY CO_API_KEY", "COHERE_API_BASE"),
  huggingface: prefix("huggingface", "HUGGINGFACE_API_KEY HF_TOKEN", "HUGGINGFACE_API_BASE HF_API_BASE"),
  moonshot: prefix("moonshot", "MOONSHOT_API_KEY", "MOONSHOT_API_BASE"),
  dashscope: prefix("alibaba", "DASHSCOPE_API_KEY", "DASHSCOPE_API_BASE"),
  ollama: prefix("ollama", "OLLAMA_API_KEY", "OLLAMA_API_BASE"),
  ollama_chat: prefix("ollama", "OLLAMA_API_KEY", "OLLAMA_API_BASE"),
  vllm: prefix("vllm", "HOSTED_VLLM_API_KEY", "HOSTED_VLLM_API_BASE"),
  hosted_vllm: prefix("vllm", "HOSTED_VLLM_API_KEY", "HOSTED_VLLM_API_BASE"),
  lm_studio: prefix("lmstudio", "LM_STUDIO_API_KEY", "LM_STUDIO_API_BASE"),
  llamafile: prefix("llama_cpp", "LLAMAFILE_API_KEY", "LLAMAFILE_API_BASE"),
  litellm_proxy: prefix("litellm", "LITELLM_PROXY_API_KEY", "LITELLM_PROXY_API_BASE"),
  xinference: prefix("openai_compatible", "XINFERENCE_API_KEY", "XINFERENCE_API_BASE"),
  infinity: prefix("openai_compatible", "INFINITY_API_KEY", "INFINITY_API_BASE"),
  docker_model_runner: compatible("DOCKER_MODEL_RUNNER", "http://localhost:12434/engines/v1"),
  lemonade: compatible("LEMONADE", "http://localhost:8000/api/v1"),
  anyscale: compatible("ANYSCALE", "https://api.endpoints.anyscale.com/v1"),
  aiml: compatible("AIML", "https://api.aimlapi.com/v1"),
  baseten: compatible("BASETEN", "https://inference.baseten.co/v1"),
  featherless_ai: compatible("FEATHERLESS", "https://api.featherless.ai/v1"),
  friendliai: compatible(
    "FRIENDLI",
    "https://api.friendli.ai/serverless/v1",
    "FRIENDLIAI_API_KEY FRIENDLI_TOKEN",
  ),
  galadriel: compatible("GALADRIEL", "https://api.galadriel.com/v1"),
  github: compatible("GITHUB", "https://models.inference.ai.azure.com"),
  hyperbolic: compatible("HYPERBOLIC", "https://api.hyperbolic.xyz/v1"),
  inception: compatible("INCEPTION", "https://api.inceptionlabs.ai/v1"),
  lambda_ai: compatible("LAMBDA", "https://api.lambda.ai/v1"),
  meta_llama: compatible("LLAMA", "https://api.llama.com/compat/v1"),
  morph: compatible("MORPH", "https://api.morphllm.com/v1"),
  nebius: compatible("NEBIUS", "https://api.studio.nebius.ai/v1"),
  novita: compatible("NOVITA", "https://api.novita.ai/v3/openai"),
  nscale: compatible("NSCALE", "https://inference.api.nscale.com/v1"),
  poe: compatible("POE", "https://api.poe.com/v1"),
  sambanova: compatible("SAMBANOVA", "https://api.sambanova.ai/v1"),
  scaleway: compatible("SCALEWAY", "https://api.scaleway.ai/v1", "SCW_SECRET_KEY"),
  tencent: compatible("TENCENT", "https://tokenhub-intl.tencentcloudmaas.com/v1"),
  v0: compatible("V0", "https://api.v0.dev/v1"),
  vercel_ai_gateway: compatible(
    "VERCEL_AI_GATEWAY",
    "https://ai-gateway.vercel.sh/v1",
    "VERCEL_AI_GATEWAY_API_KEY VERCEL_OIDC_TOKEN",
  ),
  volcengine: compatible("VOLCENGINE", "https://ark.cn-beijing.volces.com/api/v3"),
  wandb: compatible("WANDB", "https://api.inference.wandb.ai/v1"),
  zai: compatible("ZAI", "https://api.z.ai/api/paas/v4"),
};

/** Prefixes that LiteLLM knows and the gateway cannot serve: another API, or no models. */
export const UNSERVED_PREFIXES =
  `a2a a2a_agent ai21 ai21_chat amazon_nova assemblyai auto_router aws_polly aws_textract azure_speech bedrock_mantle
  black_forest_labs bytez chatgpt clarifai cloudflare cometapi compactifai complexity_router custom databricks
  databricks_agent datarobot deepgram edenai elevenlabs empower fal_ai gdc gigachat github_copilot gradient_ai heroku
  helicone humanloop jina_ai langflow langfuse langgraph litellm_agent manus maritalk microsoft_365_copilot minimax
  modelscope nlp_cloud nvidia_riva oci oobabooga openai_tokenizer ovhcloud petals predibase ragflow recraft replicate
  runwayml sagemaker sagemaker_chat sagemaker_nova sap snowflake soniox stability text-completion-codestral
  text-completion-inception topaz triton voyage watsonx watsonx_text`;

/** Names that need no prefix: what they begin with, and whose they are. */
export const KNOWN_MODELS: readonly (readonly [start: RegExp, prefix: string])[] = [
  [/^(gpt-|chatgpt-|o[134](-|$)|text-embedding-|dall-e|whisper-|tts-|omni-moderation|ft:)/, "openai"],
  [/^claude-/, "anthropic"],
  [/^gemini-/, "vertex_ai"],
  [/^command/, "cohere"],
  [/^mistral\.|^anthropic\.|^amazon\.|^meta\./, "bedrock"],
  [/^deepseek-(chat|reasoner)/, "deepseek"],
];
