import type { KeyTable } from "../key_table.ts";
import type { Deployment } from "./deployment.ts";
import { PRICES } from "./params_keys.ts";

const ABILITIES = "what models can do is in the shipped table; models.NAME.can says otherwise";

/** `model_info` of an entry of `model_list`. */
export const INFO: KeyTable<Deployment> = {
  title: "model_list[].model_info",
  converted: {
    max_input_tokens: {
      to: "`models.NAME.context_length`",
      convert(deployment, given, path) {
        const value = deployment.state.number(given, path);
        if (value !== null) deployment.contextLength = { value, path };
      },
    },
    ...PRICES,
  },
  unsupported: [
    [
      "prices are looked up by the deployment's own name; give input_cost_per_token and output_cost_per_token",
      "base_model pricing_provider",
    ],
    [
      "every key of a client may ask for every model",
      "access_groups team_id team_public_model_name allowed_teams access_windows tier blocked discoverable",
    ],
    [
      "prices by this measure",
      `input_cost_per_second output_cost_per_second cost_per_second input_cost_per_character
      output_cost_per_character input_cost_per_pixel output_cost_per_pixel input_cost_per_image output_cost_per_image
      input_cost_per_query input_cost_per_audio_token output_cost_per_audio_token input_cost_per_token_batches
      output_cost_per_token_batches input_cost_per_token_above_128k_tokens output_cost_per_token_above_128k_tokens
      cache_creation_input_token_cost_above_1hr cache_read_input_token_cost_above_200k_tokens
      cache_creation_input_token_cost_above_200k_tokens ptu_count cost_per_ptu_per_hour tiered_pricing`,
    ],
    ["requests are not chosen for by tags", "enable_tag_filtering allow_fail_open tags"],
    [
      "health checks that call models",
      "health_check_model health_check_timeout disable_background_health_check health_check_voice health_check_max_tokens",
    ],
  ],
  needless: [
    [
      "every API that the provider has can be asked, whatever the mode",
      "mode supported_endpoints supported_environments",
    ],
    [
      "a deployment is its provider and model here",
      "id db_model litellm_provider key region_name created_at created_by updated_at updated_by metadata description",
    ],
    ["output is not limited by the gateway", "max_tokens max_output_tokens"],
    [
      ABILITIES,
      `supports_function_calling supports_vision supports_response_schema supports_reasoning supports_tool_choice
      supports_parallel_function_calling supports_system_messages supports_assistant_prefill supports_prompt_caching
      supports_audio_input supports_audio_output supports_pdf_input supports_web_search supports_native_streaming
      supports_computer_use supports_url_context supported_openai_params supports_embedding_image_input`,
    ],
  ],
};
