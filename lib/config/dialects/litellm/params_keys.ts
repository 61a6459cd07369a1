import type { KeyRule, KeyTable } from "../key_table.ts";
import type { Deployment } from "./deployment.ts";
import { together } from "./rules.ts";

/** Of the provider that the deployment has. */
function own(key: string, more = ""): KeyRule<unknown> {
  return together(`\`providers.NAME.${key}\`${more}`);
}

function share(which: "weight" | "rpm" | "tpm", to: string): KeyRule<Deployment> {
  return {
    to,
    convert(deployment, given, path) {
      const value = deployment.state.number(given, path);
      if (typeof value === "string") deployment.draft.mistake(path, "expected a number, not a variable");
      else if (value !== null) deployment.shares[which] = { value, path };
    },
  };
}

function timeout(...keys: readonly string[]): KeyRule<Deployment> {
  return {
    to: keys.map((key) => `\`providers.NAME.timeouts.${key}\``).join(", "),
    convert({ state, provider }, given, path) {
      const value = state.seconds(given, path);
      if (value === null) return;
      for (const key of keys) provider.set(["timeouts", key], value, path);
    },
  };
}

/** US dollars a token become US dollars for a million. */
function price(native: string): KeyRule<Deployment> {
  return {
    to: `\`prices."PROVIDER/MODEL".${native}\`, for a million tokens`,
    convert({ state, prices, draft }, given, path) {
      const value = state.number(given, path);
      if (typeof value === "string") draft.mistake(path, "expected a number, not a variable");
      else if (value !== null && !prices.has(native)) prices.set(native, { value, path });
    },
  };
}

/** Prices that stand in `litellm_params` or in `model_info`. */
export const PRICES: Readonly<Record<string, KeyRule<Deployment>>> = {
  input_cost_per_token: price("input"),
  output_cost_per_token: price("output"),
  cache_read_input_token_cost: price("cached_input"),
  cache_creation_input_token_cost: price("cache_write"),
  output_cost_per_reasoning_token: price("reasoning"),
  input_cost_per_token_above_200k_tokens: price("long_input"),
  output_cost_per_token_above_200k_tokens: price("long_output"),
};

/** `litellm_params` of an entry of `model_list`. */
export const PARAMS: KeyTable<Deployment> = {
  title: "model_list[].litellm_params",
  converted: {
    model: together("`models.NAME.targets[]`; its prefix is `providers.NAME.type`"),
    custom_llm_provider: together("`providers.NAME.type`, in place of the prefix"),
    api_base: own("base_url"),
    base_url: own("base_url"),
    api_key: own("api_key", "; unset: the variable that LiteLLM reads"),
    api_version: own("api_version"),
    organization: own("headers.OpenAI-Organization"),
    extra_headers: own("headers"),
    headers: own("headers"),
    azure_ad_token: own("api_key", " with `key_header: authorization`"),
    tenant_id: own("oauth.token_url"),
    client_id: own("oauth.client_id"),
    client_secret: own("oauth.client_secret"),
    azure_scope: own("oauth.scope"),
    aws_access_key_id: own("aws.access_key_id"),
    aws_secret_access_key: own("aws.secret_access_key"),
    aws_session_token: own("aws.session_token"),
    aws_profile_name: own("aws.profile"),
    aws_region_name: own("region"),
    region_name: own("region", ", for Bedrock"),
    aws_bedrock_runtime_endpoint: own("base_url"),
    vertex_project: own("base_url"),
    vertex_ai_project: own("base_url"),
    vertex_location: own("base_url"),
    vertex_ai_location: own("base_url"),
    vertex_credentials: own("google_credentials"),
    vertex_ai_credentials: own("google_credentials"),
    litellm_credential_name: together("the values of that entry of `credential_list`"),
    weight: share("weight", "`models.NAME.targets[].weight`"),
    rpm: share(
      "rpm",
      "`models.NAME.targets[].weight`, where there is no `weight`; a limit is `limits.models.NAME.rpm`",
    ),
    tpm: share(
      "tpm",
      "`models.NAME.targets[].weight`, where there is neither; a limit is `limits.models.NAME.tpm`",
    ),
    order: {
      to: "`models.NAME.policy: priority`, or a weight of 0 for those of a higher order",
      convert(deployment, given, path) {
        const value = deployment.state.number(given, path);
        if (typeof value === "string") deployment.draft.mistake(path, "expected a number, not a variable");
        else if (value !== null) deployment.order = { value, path };
      },
    },
    timeout: timeout("first_chunk", "between_chunks"),
    request_timeout: timeout("first_chunk", "between_chunks"),
    stream_timeout: {
      to: "`providers.NAME.timeouts.between_chunks`",
      convert({ state, provider }, given, path) {
        const value = state.seconds(given, path);
        if (value !== null) provider.set(["timeouts", "between_chunks"], value, path);
      },
    },
    max_parallel_requests: {
      to: "`providers.NAME.max_connections`",
      convert({ state, provider, path: entry }, given, path) {
        provider.set("max_connections", state.native(given), path);
        provider.alone(entry.join("."));
      },
    },
    drop_params: {
      to: "`providers.NAME.drop_params`",
      convert({ state, provider }, given, path) {
        const value = state.boolean(given, path);
        if (value !== null) provider.set("drop_params", value ? "drop" : "refuse", path);
      },
    },
    max_budget: {
      to: "`limits.models.NAME.budgets`, where a name has one deployment",
      convert(deployment, given, path) {
        const value = deployment.state.number(given, path);
        if (typeof value === "string") deployment.draft.mistake(path, "expected a number, not a variable");
        else if (value !== null) deployment.budget = { value, path };
      },
    },
    budget_duration: together("`limits.models.NAME.budgets[].per`: a day, a week or a month of the calendar"),
    mock_response: {
      to: "`providers.NAME.type: mock`",
      convert({ draft }, _given, path) {
        draft.note(path, "the built-in mock answers, in its own words");
      },
    },
    ...PRICES,
  },
  unsupported: [
    [
      "the gateway has one number of retries for all, retry.attempts",
      "max_retries num_retries retry_policy",
    ],
    ["breakers are alike for all, backends.breaker", "cooldown_time allowed_fails"],
    [
      "parameters of requests have no defaults here; clients send them",
      `temperature top_p top_k max_tokens max_completion_tokens n stream stream_options stop presence_penalty
      frequency_penalty logit_bias user response_format seed tools tool_choice parallel_tool_calls logprobs
      top_logprobs reasoning_effort thinking modalities audio prediction service_tier store verbosity metadata
      extra_body extra_query input_type encoding_format dimensions voice web_search_options safety_settings
      guardrails system prompt_id prompt_variables initial_prompt_value roles final_prompt_value bos_token eos_token
      hf_model_name provider cache_control_injection_points keep_alive num_ctx repeat_penalty
      merge_reasoning_content_in_choices fireworks_forward_user_id prompt_cache_key prompt_cache_retention
      safety_identifier functions function_call`,
    ],
    [
      "which parameters a provider takes is known here (docs/matrix.md)",
      "additional_drop_params allowed_openai_params supported_openai_params",
    ],
    [
      "the gateway assumes no role of AWS; give keys, a profile, or run it with the role",
      `aws_role_name aws_session_name aws_external_id aws_web_identity_token aws_sts_endpoint aws_session_tags
      aws_batch_role_arn aws_bedrock_control_plane_endpoint aws_bedrock_project_id s3_bucket_name
      s3_region_name s3_access_key_id s3_secret_access_key s3_encryption_key_id aws_service_role_name`,
    ],
    [
      "Azure's other ways to get a token",
      "azure_username azure_password azure_certificate_path azure_ad_token_provider",
    ],
    ["budgets are of the calendar's days, weeks and months, UTC", "daily_reset_time"],
    [
      "deployments have no limits of their own by the minute or day",
      "itpm otpm rpd tpd default_api_key_rpm_limit default_api_key_tpm_limit",
    ],
    ["requests are not chosen for by tags; routing.rules goes by headers and metadata", "tags tag_regex"],
    [
      "clients send no providers' keys; providers.NAME.auth: passthrough lets them",
      "configurable_clientside_auth_params use_clientside_credentials",
    ],
    [
      "routing among models is in routing",
      `auto_router_config auto_router_config_path auto_router_default_model auto_router_embedding_model
      auto_router_max_input_chars complexity_router_config complexity_router_default_model adaptive_router_config
      adaptive_router_default_model quality_router_config quality_router_default_model switchyard_router_config`,
    ],
    [
      "a provider's certificate is checked in any case; providers.NAME.ca_file names others to trust",
      "ssl_verify",
    ],
    [
      "prices by this measure",
      "input_cost_per_second output_cost_per_second cost_per_second input_cost_per_character output_cost_per_character input_cost_per_pixel output_cost_per_pixel input_cost_per_image output_cost_per_image input_cost_per_query input_cost_per_text_message input_cost_per_audio_token output_cost_per_audio_token cache_read_input_audio_token_cost input_cost_per_token_batches output_cost_per_token_batches input_cost_per_token_above_128k_tokens output_cost_per_token_above_128k_tokens cache_creation_input_token_cost_above_1hr cache_creation_input_token_cost_above_200k_tokens cache_read_input_token_cost_above_200k_tokens tiered_pricing output_vector_size",
    ],
    ["pass-through APIs", "use_in_pass_through use_litellm_proxy pass_through_config"],
    [
      "stores of vectors",
      "vector_store_id vector_bucket_name index_name embedding_model milvus_db_name milvus_partition_names milvus_text_field",
    ],
    [
      "this way to find or reach a deployment",
      "watsonx_region_name kubernetes_pod_discovery provider_affinity_header keepalive_seconds allow_client_keepalive_override blocked proxy_url",
    ],
    ["time-outs by the tier of service", "timeout_by_service_tier stream_timeout_by_service_tier"],
  ],
  needless: [
    [
      "the gateway speaks both APIs and chooses by what the provider has",
      "use_chat_completions_api responses_api_version use_responses_api",
    ],
    ["ids of models are not used", "model_id model_info litellm_trace_id max_file_size_mb"],
  ],
};
