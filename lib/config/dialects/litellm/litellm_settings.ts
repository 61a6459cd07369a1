import type { KeyRule, KeyTable } from "../key_table.ts";
import { readCache, readCacheParams } from "./cache_settings.ts";
import {
  readCallbacks,
  readLogging,
  readOtelConfig,
  readPrometheusGroups,
  readServiceCallbacks,
  readTracing,
} from "./observability_settings.ts";
import { REQUEST_TIMEOUT, SHARED } from "./router_settings.ts";
import { seconds, switched } from "./rules.ts";
import type { LiteLlmState } from "./state.ts";

const callbacks: KeyRule<LiteLlmState> = {
  to: "`prometheus`: `observability.metrics`; `otel`: `observability.tracing`; others are not supported",
  convert: readCallbacks,
};

const services: KeyRule<LiteLlmState> = {
  to: "`prometheus_system`: `observability.metrics`; others are not supported",
  convert: readServiceCallbacks,
};

const LOGGERS = "programs that take logs and traces get them by OpenTelemetry (docs/exporting.md)";
const BUDGETS =
  "limits and budgets stand with keys, teams and models (docs/limits.md): auth.keys, auth.teams, limits, and the admin API";

/** `litellm_settings`. */
export const LITELLM_SETTINGS: KeyTable<LiteLlmState> = {
  title: "litellm_settings",
  converted: {
    drop_params: switched(
      ["drop_params"],
      (on) => on ? "drop" : "refuse",
      "`drop_params`: `drop`, where false `refuse`",
    ),
    ...SHARED,
    request_timeout: REQUEST_TIMEOUT,
    cache: { to: "`cache.enabled`", convert: readCache },
    cache_params: { to: "`cache`", convert: readCacheParams },
    callbacks,
    success_callback: callbacks,
    failure_callback: callbacks,
    service_callback: services,
    service_callbacks: services,
    otel_config: {
      to: "`observability.tracing`, `.metrics.exporter`, `.logs.exporter`",
      convert: readOtelConfig,
    },
    prometheus_metrics_config: { to: "`observability.metrics.groups`", convert: readPrometheusGroups },
    tracing: { to: "`observability.tracing`", convert: readTracing },
    logging: { to: "`logging`", convert: readLogging },
    json_logs: switched(["logging", "format"], (on) => on ? "json" : undefined, "`logging.format: json`"),
    set_verbose: {
      to: "`logging.level: DEBUG`",
      convert(state, given, path) {
        if (state.boolean(given, path) === true) state.draft.setDefault(["logging", "level"], "DEBUG", path);
      },
    },
    turn_off_message_logging: switched(["observability", "capture_content"], (off) => !off),
    forward_traceparent_to_llm_provider: {
      to: "`observability.tracing.propagators`, which send it in any case",
      convert(state, given, path) {
        if (state.boolean(given, path) === false) {
          state.draft.note(path, "is not supported: the trace goes on to providers");
        }
      },
    },
    require_auth_for_metrics_endpoint: switched(["auth", "metrics"]),
    max_parallel_requests: {
      to: "`providers.NAME.max_connections`, of each deployment",
      convert(state, value, path) {
        state.maxParallel ??= { value, path };
      },
    },
    sse_keepalive_ping_interval_seconds: seconds([["stream", "ping_interval"]]),
    model_alias_map: {
      to: "`models.NAME.aliases`",
      convert: SHARED.model_group_alias?.convert ?? (() => {}),
    },
  },
  unsupported: [
    [
      LOGGERS,
      `input_callback audit_log_callbacks langfuse_default_tags langfuse_enable_update_trace_keys langsmith_batch_size
      argilla_batch_size argilla_transformation_object datadog_params datadog_llm_observability_params s3_callback_params
      aws_sqs_callback_params generic_logger_headers gcs_pub_sub_use_v1 newrelic_params cold_storage_custom_logger
      standard_logging_payload_excluded_fields store_audit_logs callback_settings enable_message_redaction
      log_raw_request_response custom_prometheus_metadata_labels custom_prometheus_tags prometheus_exclude_labels
      prometheus_exclude_metrics prometheus_latency_buckets prometheus_initialize_budget_metrics
      prometheus_emit_stream_label prometheus_emit_rate_limit_labels otel_tenant_destination_mode
      enable_end_user_cost_tracking_prometheus_only logged_real_time_event_types`,
    ],
    [
      BUDGETS,
      `max_budget budget_duration budget_rollover max_user_budget max_internal_user_budget max_end_user_budget
      max_end_user_budget_id internal_user_budget_duration default_soft_budget default_internal_user_params
      default_team_settings default_team_params default_key_generate_params upperbound_key_generate_params
      key_generation_settings enable_key_alias_format_validation key_alias_pattern max_ui_session_budget
      tag_budget_config priority_reservation extra_spend_tag_headers cost_discount_config cost_margin_config
      budget_exceeded_status_code block_requests_for_models_without_pricing
      personal_key_model_access_from_teams validate_end_user_id_in_db public_model_groups public_model_groups_links`,
    ],
    [
      "requests go to providers as clients send them, but for what docs/matrix.md says",
      `modify_params additional_drop_params allowed_openai_params add_function_to_prompt custom_prompt_dict
      add_user_information_to_llm_headers overwrite_user_with_key_hash max_tokens
      disable_add_transform_inline_image_block disable_stop_sequence_limit enable_json_schema_validation
      use_chat_completions_url_for_anthropic_messages route_all_chat_openai_to_responses reasoning_auto_summary
      reasoning_effort_rounding gemini_include_thoughts_default enable_gemini_default_thinking_level_low
      openai_system_messages_first vertex_ai_safety_settings bedrock_neutralize_orphaned_tool_blocks
      include_cost_in_streaming_usage enable_anthropic_prompt_caching anthropic_prompt_caching_ttl
      merge_reasoning_content_in_choices headers organization project`,
    ],
    [
      "guardrails are `pii`, and others of the gateway's own (docs/guardrails.md)",
      `guardrails guardrail_name_config_map llamaguard_model_name llamaguard_unsafe_content_categories
      llm_guard_mode google_moderation_confidence_threshold openai_moderations_model_name banned_keywords_list
      blocked_user_list output_parse_pii presidio_ad_hoc_recognizers pre_call_rules post_call_rules
      skip_system_message_in_guardrail skip_tool_message_in_guardrail`,
    ],
    [
      "certificates are checked in any case; SSL_CERT_FILE and providers.NAME.ca_file name others to trust",
      "ssl_verify ssl_certificate ssl_security_level ssl_ecdh_curve",
    ],
    ["addresses of either kind are used", "force_ipv4"],
    [
      "a provider's key and URL stand with each model",
      `api_key api_base api_version openai_key azure_key anthropic_key cohere_key groq_key huggingface_key
      openrouter_key replicate_key togetherai_api_key vertex_project vertex_location common_cloud_provider_auth_params`,
    ],
    [
      "Python classes cannot be loaded",
      "custom_provider_map secret_manager_client client_session aclient_session",
    ],
    [
      "tools, agents, prompts and stores of a server are not the gateway's",
      `mcp_aliases mcp_tool_search public_mcp_servers public_mcp_hub_strict_whitelist public_agent_groups
      prompt_name_config_map global_bitbucket_config global_gitlab_config vector_store_registry
      vector_store_index_registry vector_store_search_failure_mode agent_search_embedding_model
      skill_search_embedding_model public_skills_index`,
    ],
    ["settings of a group of models", "model_group_settings credential_list"],
    ["one number of retries, retry.attempts", "num_retries_per_request retry"],
    ["all fallbacks are tried", "max_fallbacks model_fallbacks longer_context_model_fallback_dict"],
    [
      "the cache has one time for all, cache.ttl",
      "default_in_memory_ttl default_redis_ttl default_redis_batch_cache_expiry enable_caching_on_provider_specific_optional_params force_redis_hash_tag_grouping",
    ],
    ["batches go to a provider as they are", "enable_loadbalancing_on_batch_endpoints require_managed_files"],
    [
      "the URLs that clients may name are the provider's to choose",
      "user_url_validation user_url_allowed_hosts provider_url_destination_allowed_hosts",
    ],
  ],
  needless: [
    [
      "there is nothing of that kind to switch",
      "suppress_debug_info telemetry use_client disable_hf_tokenizer_download disable_token_counter enable_preview_features safe_memory_mode network_mock model_cost_map_url blog_posts_url litellm_mode disable_copilot_system_to_assistant",
    ],
    [
      "connections are the gateway's own",
      "use_aiohttp_transport disable_aiohttp_transport aiohttp_trust_env disable_aiohttp_trust_env in_memory_llm_clients_cache",
    ],
    [
      "users are no labels of metrics",
      "disable_end_user_cost_tracking disable_end_user_cost_tracking_prometheus_only prometheus_end_user_metrics_ttl_seconds prometheus_end_user_metrics_max_series_per_metric",
    ],
    [
      "logs hold no key, only its name",
      "redact_user_api_key_info redact_messages_in_exceptions log_auth_failure_key_identity",
    ],
    [
      "the headers that tell what was done are switched in server.headers",
      "return_response_headers include_call_id_in_error_body",
    ],
    [
      "streams are told of in one line like all requests",
      "disable_streaming_logging error_logs log_client_error_tracebacks request_correlation_in_logs",
    ],
    ["a provider's tokens are renewed in any case", "enable_azure_ad_token_refresh"],
  ],
};
