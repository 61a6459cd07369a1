import type { KeyTable } from "../key_table.ts";
import { copied, together } from "./rules.ts";
import type { LiteLlmState } from "./state.ts";

const KEYS_OF_ITS_OWN =
  "virtual keys, teams, limits and spend are the gateway's own (docs/keys.md, docs/limits.md), and are not converted";
const DATABASE =
  "LiteLLM's database is not read: keys are in auth.keys or keys, spend in spend (docs/keys.md, docs/limits.md)";

/** `general_settings`. */
export const GENERAL_SETTINGS: KeyTable<LiteLlmState> = {
  title: "general_settings",
  converted: {
    master_key: {
      to: "`auth.master_key`, with `auth.master_key_for_clients: true`",
      convert(state, given, path) {
        state.draft.set(["auth", "master_key"], state.text(given), path);
        state.draft.set(["auth", "master_key_for_clients"], true, path);
      },
    },
    global_max_parallel_requests: copied(["server", "max_in_flight"]),
    max_parallel_requests: {
      to: "`providers.NAME.max_connections`, of each deployment",
      convert(state, value, path) {
        state.maxParallel ??= { value, path };
      },
    },
    max_request_size_mb: {
      to: "`server.max_body_size`",
      convert(state, given, path) {
        const size = state.number(given, path);
        if (size !== null) state.draft.set(["server", "max_body_size"], `${size}MiB`, path);
      },
    },
    use_x_forwarded_for: {
      to: "`server.trusted_proxies`: any",
      convert(state, given, path) {
        if (state.boolean(given, path) !== true) return;
        state.draft.set(["server", "trusted_proxies"], ["0.0.0.0/0", "::/0"], path);
        state.draft.note(
          path,
          "believes everybody's X-Forwarded-For, as LiteLLM does; name your proxies in server.trusted_proxies",
          ["server", "trusted_proxies"],
        );
      },
    },
    trusted_proxy_ranges: copied(["server", "trusted_proxies"]),
    background_health_checks: {
      to: "`providers.NAME.health_check`, by a path that costs nothing; LiteLLM asks each model",
      convert(state, given, path) {
        if (state.boolean(given, path) === true) state.healthChecks = path;
      },
    },
    health_check_interval: together("`providers.NAME.health_check.interval`"),
    otel: together("as `litellm_settings.callbacks: [otel]`"),
  },
  unsupported: [
    [
      DATABASE,
      `database_url database_type database_args database_connection_pool_limit database_connection_timeout
      database_connect_timeout database_socket_timeout database_max_idle_connection_lifetime
      database_extra_connection_params database_disable_prepared_statements database_connection_pool_timeout
      store_model_in_db supported_db_objects use_redis_transaction_buffer allow_requests_on_db_unavailable
      disable_prisma_schema_update store_prompts_in_spend_logs spend_logs_prompt_storage spend_logs_metadata_fields
      maximum_spend_logs_retention_period maximum_spend_logs_retention_interval maximum_spend_logs_cleanup_cron
      maximum_spend_logs_size maximum_spend_logs_cleanup_target_size maximum_spend_logs_size_check_interval
      use_spend_logs_partitioning use_spend_logs_ledger proxy_batch_write_at proxy_batch_polling_interval
      spend_report_frequency proxy_config_reload_interval_seconds coordination_redis`,
    ],
    [
      KEYS_OF_ITS_OWN,
      `custom_key_generate custom_key_update custom_key_policy default_team_disabled key_management_settings
      key_generation_settings user_api_key_cache_ttl user_api_key_cache_max_size service_account_settings
      disable_adding_master_key_hash_to_db proxy_budget_rescheduler_min_time proxy_budget_rescheduler_max_time
      fail_closed_budget_enforcement fail_closed_rate_limit_enforcement disable_budget_reservation
      apply_user_budget_to_team_keys self_serve_budget_policy user_header_name user_header_mappings
      disable_custom_api_keys use_team_public_model_name team_metadata_schema enforce_rbac role_permissions
      token_rate_limit_type disable_key_generate_for_org_admin disable_auto_add_proxy_admin_to_teams`,
    ],
    [
      "who may call is said by auth.keys alone; this check is NOT made",
      `custom_auth custom_auth_run_common_checks enable_jwt_auth litellm_jwtauth enable_oauth2_auth
      enable_oauth2_proxy_auth oauth2_config_mappings allow_user_auth allowed_routes admin_only_routes public_routes
      custom_sso custom_ui_sso_sign_in_handler`,
    ],
    ["requests from any address are answered; let a firewall or proxy choose", "allowed_ips"],
    [
      "keys come in Authorization, x-api-key, x-goog-api-key, api-key or x-gateway-key",
      "litellm_key_header_name",
    ],
    [
      "secrets come from variables and files, ${NAME} and ${file:/path}",
      "key_management_system use_google_kms use_azure_key_vault",
    ],
    [
      "clients send no providers' keys; providers.NAME.auth: passthrough lets them",
      "allow_client_side_credentials",
    ],
    [
      "the gateway sends no alerts; Prometheus does (docs/metrics.md)",
      "alerting alert_types alerting_threshold alerting_args alert_to_webhook_url alert_type_config",
    ],
    [
      "a health check of the gateway's own is providers.NAME.health_check (docs/backends.md)",
      `health_check_details health_check_concurrency
      enable_health_check_routing health_check_staleness_threshold health_check_ignore_transient_errors
      use_shared_health_check background_health_check_model_groups health_check_skip_disabled_background_models`,
    ],
    [
      "clients name a model",
      "completion_model embedding_model image_generation_model moderation_model infer_model_from_keys",
    ],
    [
      "requests are not refused for what they lack or hold",
      "enforce_user_param enforced_params reject_clientside_metadata_tags missing_session_id request_tag_mappings",
    ],
    ["answers have no limit of size", "max_response_size_mb"],
    [
      "other APIs are passed through by pass_through.provider",
      `pass_through_endpoints use_client_credentials_pass_through_routes pass_through_request_timeout
      enable_openai_websocket_passthrough vertex_ai_pass_through_drop_anthropic_betas passthrough_managed_object_ids
      disable_bedrock_agent_runtime_passthrough responses_websocket_session_limit_seconds transcribe_media_buckets`,
    ],
    [
      "which headers go on to a provider is known here (docs/clients.md)",
      "forward_client_headers_to_llm_api forward_openai_org_id",
    ],
    [
      "files and batches go to a provider as they are",
      `max_file_size_mb max_batch_file_size_mb max_batch_file_records max_batch_file_uploads_per_day
      max_file_downloads_per_minute allowed_file_extensions blocked_file_extensions
      disable_batch_input_file_rate_limiting track_unmanaged_batch_cost`,
    ],
    [
      "tools and agents of a server are not the gateway's",
      `mcp_internal_ip_ranges mcp_advertised_versions mcp_disabled_capabilities mcp_allowed_clients
      mcp_require_explicit_server_scope mcp_client_id_header mcp_client_side_auth_header_name mcp_trusted_proxy_ranges
      mcp_xff_num_trusted_hops mcp_required_fields mcp_session_token_signing user_mcp_management_mode
      enable_mcp_registry search_tools search_tool_deny_by_default vector_store_deny_by_default
      agent_access_default_deny plugins claude_code_marketplace_auth_required enable_claude_code_gateway`,
    ],
    [
      "queues of requests are providers.NAME.max_queue",
      "max_in_flight_requests_per_worker max_queued_requests_per_worker admission_queue_timeout_seconds",
    ],
  ],
  needless: [
    [
      "there are no spend logs",
      "disable_spend_logs disable_spend_updates disable_reset_budget disable_requester_ip_address_logging",
    ],
    [
      "there is no such user interface",
      `ui_access_mode disable_master_key_return disable_env_credential_login disable_password_login_when_sso_enabled
      auto_redirect_ui_login_to_sso hide_default_credentials_hint litellm_license control_plane_url
      enable_public_model_hub password_policy_min_length password_policy_require_uppercase
      password_policy_require_lowercase password_policy_require_numbers password_policy_require_special_characters`,
    ],
    [
      "responses belong to the key that made them",
      "disable_responses_id_security allow_unmanaged_response_ids",
    ],
    ["a client that leaves ends its request upstream in any case", "cancel_on_disconnect"],
    ["this limit is not retried in any case", "disable_retry_on_max_parallel_request_limit_error"],
    ["usage is asked of streams in any case", "always_include_stream_usage"],
    ["models with wildcards are not listed", "return_wildcard_routes model_list_healthy_only"],
  ],
};
