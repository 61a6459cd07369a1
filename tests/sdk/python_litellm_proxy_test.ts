import { SdkGateway } from "./gateway.ts";
import { pythonTest } from "./python.ts";

/** A file of LiteLLM's; its own section of the gateway's only has tests end sooner. */
const FILE = (origin: string) => `
model_list:
  - model_name: gpt
    litellm_params: { model: openai/mock-model, api_base: "${origin}/v1", api_key: upstream-key }
  - model_name: "claude-*"
    litellm_params: { model: "anthropic/mock-*", api_base: "${origin}", api_key: upstream-key }
  - model_name: gemini
    litellm_params: { model: gemini/mock-model, api_base: "${origin}/v1beta", api_key: upstream-key }
  - model_name: llama
    litellm_params: { model: ollama_chat/mock-model, api_base: "${origin}" }
  - model_name: down
    litellm_params: { model: openai/mock-down@status=503, api_base: "${origin}/v1", api_key: upstream-key }
router_settings:
  num_retries: 1
  retry_after: 0.01
  model_group_alias: { gpt-alias: gpt }
  fallbacks: [{ down: [gpt] }]
litellm_settings: { drop_params: true, callbacks: [prometheus] }
general_settings: { master_key: sk-proxy-master }
server: { drain_delay: 0s }
`;

pythonTest(
  "Python: the proxy of a file of LiteLLM's",
  "python-openai-3",
  ["litellm_proxy.py"],
  () => SdkGateway.start("", FILE),
);
