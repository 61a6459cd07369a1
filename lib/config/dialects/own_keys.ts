/** What tells that a file is LiteLLM's. */
export const LITELLM_KEYS = [
  "model_list",
  "litellm_settings",
  "router_settings",
  "general_settings",
] as const;

/** Keys that no other configuration than vLLM Semantic Router's has. */
export const SEMANTIC_ROUTER_KEYS = [
  "vllm_endpoints",
  "model_config",
  "reasoning_families",
  "semantic_cache",
  "prompt_guard",
  "bert_model",
] as const;
