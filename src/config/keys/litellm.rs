//! The sections of LiteLLM.

use super::{Key, Section, Type, Unknown, knob, setting};

/// The file as a whole.
pub(in crate::config) static ROOT: Section = Section {
    name: "",
    keys: &[
        setting("model_list", Type::List, "The deployments."),
        setting("litellm_settings", Type::Mapping, "LiteLLM's module settings."),
        setting("router_settings", Type::Mapping, "LiteLLM's router settings."),
        setting("general_settings", Type::Mapping, "LiteLLM's proxy settings."),
        setting(
            "environment_variables",
            Type::Mapping,
            "Variables for what the process does not set itself.",
        ),
        setting("include", Type::Texts, "Files to merge in, relative to this one."),
        setting("credential_list", Type::List, "Credentials that deployments name."),
        setting("llmhealth", Type::Mapping, "What LiteLLM does not have."),
    ],
    others: "
        agent_list agents assistant_settings budget_settings callback_settings files_settings
        finetune_settings guardrails mcp_aliases mcp_servers mcp_tools model_group_alias plugins
        policies policy_attachments prompts search_tools sso_settings team_settings
        vector_store_registry worker_registry",
    unknown: Unknown::Warned,
};

/// `general_settings`.
pub(in crate::config) static GENERAL: Section = Section {
    name: "general_settings",
    keys: &[
        setting("master_key", Type::Text, "The key that clients show. Else LITELLM_MASTER_KEY."),
        setting("background_health_checks", Type::Bool, "Check without being asked."),
        setting(
            "health_check_interval",
            Type::Count,
            "Seconds between background checks of a deployment. Else DEFAULT_HEALTH_CHECK_INTERVAL, else 300.",
        ),
        setting("health_check_concurrency", Type::Count, "Probes in flight in total."),
        setting("health_check_details", Type::Bool, "Whether GET /health shows more than the minimum."),
        setting("background_health_check_model_groups", Type::Texts, "Only these model names are checked."),
        setting(
            "health_check_skip_disabled_background_models",
            Type::Bool,
            "Deployments with disable_background_health_check are passed over on demand too.",
        ),
        ROUTING[0],
        ROUTING[1],
        ROUTING[2],
        setting(
            "model_list_healthy_only",
            Type::Bool,
            "List no model name whose deployments are all unhealthy.",
        ),
        setting(
            "allow_public_health_readiness_details",
            Type::Bool,
            "Show the details of readiness without a key.",
        ),
        setting("enable_drain_endpoint", Type::Bool, "Serve POST /health/drain."),
        setting("drain_endpoint_token", Type::Text, "The token of the drain endpoint."),
        setting("alerting", Type::Any, "Integrations that LiteLLM sends alerts to."),
    ],
    others: "
        alert_to_webhook_url alert_types alerting_args alerting_threshold allow_client_side_credentials
        allow_requests_on_db_unavailable allow_user_auth allowed_ips allowed_routes
        always_include_stream_usage auto_redirect_ui_login_to_sso background_health_check_max_tokens
        completion_model control_plane_url custom_auth custom_key_generate custom_sso database_args
        database_connection_pool_limit database_connection_timeout database_type database_url
        default_team_disabled disable_error_logs disable_master_key_return disable_prisma_schema_update
        disable_responses_id_security disable_reset_budget
        disable_retry_on_max_parallel_request_limit_error disable_spend_logs disable_spend_updates
        enable_jwt_auth enable_oauth2_auth enable_oauth2_proxy_auth
        enforce_user_param enforced_params forward_client_headers_to_llm_api forward_openai_org_id
        global_max_parallel_requests infer_model_from_keys key_management_settings
        key_management_system litellm_jwtauth litellm_key_header_name max_file_size_mb
        max_parallel_requests max_request_size_mb max_response_size_mb
        maximum_health_check_retention_period maximum_spend_logs_retention_interval
        maximum_spend_logs_retention_period moderation_model otel
        pass_through_endpoints proxy_batch_polling_interval proxy_batch_write_at
        proxy_budget_rescheduler_max_time proxy_budget_rescheduler_min_time public_routes
        reject_clientside_metadata_tags role_permissions service_account_settings spend_report_frequency
        store_model_in_db store_prompts_in_spend_logs supported_db_objects ui_access_mode
        use_azure_key_vault use_client_credentials_pass_through_routes use_google_kms
        use_redis_transaction_buffer use_shared_health_check use_x_forwarded_for user_header_mappings
        user_header_name user_mcp_management_mode",
    unknown: Unknown::Suggested,
};

/// `litellm_settings`.
pub(in crate::config) static LITELLM: Section = Section {
    name: "litellm_settings",
    keys: &[
        setting("drop_params", Type::Bool, "Leave out parameters that a provider does not take."),
        setting(
            "enable_azure_ad_token_refresh",
            Type::Bool,
            "Azure deployments without a key use the identity of where this runs; AZURE_CREDENTIAL names its kind.",
        ),
        knob(
            "request_timeout",
            Type::Seconds,
            "Seconds that a call may take. Before router_settings.timeout. Shown by GET /active/callbacks.",
        ),
        knob("num_retries", Type::Natural, "As router_settings.num_retries."),
        knob("cache", Type::Bool, "Whether LiteLLM caches."),
        knob("cache_params", Type::Mapping, "LiteLLM's cache; its type is shown by readiness."),
        setting("callbacks", Type::Any, "LiteLLM's integrations, shown by GET /active/callbacks."),
        setting("success_callback", Type::Any, "Likewise, for requests that succeed."),
        setting("failure_callback", Type::Any, "Likewise, for requests that fail."),
    ],
    others: "
        add_function_to_prompt allowed_fails audit_log_callbacks content_policy_fallbacks
        context_window_fallbacks cost_discount_config custom_provider_map default_fallbacks
        default_internal_user_params default_key_generate_params default_team_params
        default_team_settings enable_json_schema_validation fallbacks force_ipv4
        forward_traceparent_to_llm_provider global_disable_no_log_param json_logs langfuse_default_tags
        max_budget max_end_user_budget max_internal_user_budget modify_params
        priority_reservation prometheus_metrics_config redact_messages_in_exceptions
        redact_user_api_key_info require_auth_for_metrics_endpoint service_callback set_verbose
        ssl_certificate ssl_verify telemetry turn_off_message_logging upperbound_key_generate_params",
    unknown: Unknown::Suggested,
};

/// Keys that may be in `general_settings` and `router_settings`, where they count more.
const ROUTING: [Key; 3] = [
    setting(
        "enable_health_check_routing",
        Type::Bool,
        "Let the verdicts of health checks decide on traffic.",
    ),
    setting(
        "health_check_staleness_threshold",
        Type::Seconds,
        "Seconds after which a verdict decides nothing any more. Twice the interval.",
    ),
    setting(
        "health_check_ignore_transient_errors",
        Type::Bool,
        "429 and timeouts of health checks count for nothing.",
    ),
];

/// `router_settings`. How deployments are checked is not read here; LiteLLM refuses two keys at this place.
pub(in crate::config) static ROUTER: Section = Section {
    name: "router_settings",
    keys: &[
        ROUTING[0],
        ROUTING[1],
        ROUTING[2],
        setting("allowed_fails", Type::Natural, "So many failures a minute keep no traffic away."),
        setting("allowed_fails_policy", Type::Mapping, "The same by class of error."),
        setting(
            "cooldown_time",
            Type::Duration,
            "Seconds for which a deployment gets no traffic after failures. 5.",
        ),
        setting("disable_cooldowns", Type::Bool, "Failures keep no traffic away."),
        setting("model_group_alias", Type::Mapping, "Names that stand for other model names."),
        setting("num_retries", Type::Natural, "How many other deployments are asked when one fails. 1."),
        setting("timeout", Type::Duration, "Seconds that a call may take that is not streamed. 600."),
        setting(
            "stream_timeout",
            Type::Duration,
            "Seconds that a streamed call may take up to its first piece. As timeout.",
        ),
    ],
    others: "
        cache_kwargs cache_responses client_ttl
        content_policy_fallbacks context_window_fallbacks debug_level default_fallbacks
        default_litellm_params default_max_parallel_requests
        enable_pre_call_checks enable_tag_filtering fallbacks max_fallbacks
        model_group_retry_policy optional_pre_call_checks polling_interval
        provider_budget_config redis_db redis_host redis_password redis_port redis_url retry_after
        retry_policy routing_strategy routing_strategy_args set_verbose",
    unknown: Unknown::Suggested,
};

/// `allowed_fails_policy`, of the router and of a deployment.
pub(in crate::config) static FAIL_POLICY: Section = Section {
    name: "allowed_fails_policy",
    keys: &[
        setting("BadRequestErrorAllowedFails", Type::Natural, "400."),
        setting("AuthenticationErrorAllowedFails", Type::Natural, "401."),
        setting("TimeoutErrorAllowedFails", Type::Natural, "408, and no answer in time."),
        setting("RateLimitErrorAllowedFails", Type::Natural, "429."),
        setting(
            "ContentPolicyViolationErrorAllowedFails",
            Type::Natural,
            "400 because of what a request says.",
        ),
        setting("InternalServerErrorAllowedFails", Type::Natural, "500, and failures without a status."),
        setting("ServiceUnavailableErrorAllowedFails", Type::Natural, "503."),
        setting("BadGatewayErrorAllowedFails", Type::Natural, "502."),
        setting("NotFoundErrorAllowedFails", Type::Natural, "404."),
    ],
    others: "",
    unknown: Unknown::Warned,
};
