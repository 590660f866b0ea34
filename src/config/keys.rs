//! Every key that is known, in one table: type checks, did-you-mean and the JSON Schema come from it.

/// What a value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Anything: LiteLLM's business, or checked where it is read.
    Any,
    Bool,
    Text,
    /// A list of texts.
    Texts,
    Mapping,
    List,
    /// Any integer.
    Integer,
    /// An integer of at least 1.
    Count,
    /// A number of seconds above 0.
    Seconds,
    /// `30s`, or a number of seconds.
    Duration,
    /// From 0 to 1.
    Ratio,
    /// A mapping of names to counts.
    Counts,
    /// A word of `domain::Method`.
    Method,
}

/// What a value of the wrong type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// The configuration can't be used: a setting that silently does not hold is worse than none.
    Stops,
    /// The key is as good as absent, with a warning.
    Ignored,
}

/// What an unknown key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// A warning if it looks like a slip for a known one: real files carry many keys that we don't know.
    Suggested,
    /// Always a warning.
    Warned,
    /// The configuration can't be used.
    Refused,
}

/// A key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Type,
    pub(super) wrong: Wrong,
    /// For people, in the schema. Empty for what is of no concern to health checks.
    pub(super) about: &'static str,
}

/// The keys of one mapping.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) keys: &'static [Key],
    /// Names that exist and mean nothing here.
    pub(super) others: &'static [&'static str],
    pub(super) unknown: Unknown,
}

impl Section {
    /// The key of this name, if it is one that we read.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// All names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name).chain(self.others.iter().copied())
    }
}

const fn setting(name: &'static str, kind: Type, about: &'static str) -> Key {
    Key { name, kind, wrong: Wrong::Stops, about }
}

const fn knob(name: &'static str, kind: Type, about: &'static str) -> Key {
    Key { name, kind, wrong: Wrong::Ignored, about }
}

/// The file as a whole.
pub(super) static ROOT: Section = Section {
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
    others: &[
        "agent_list",
        "agents",
        "assistant_settings",
        "budget_settings",
        "callback_settings",
        "files_settings",
        "finetune_settings",
        "guardrails",
        "mcp_aliases",
        "mcp_servers",
        "mcp_tools",
        "model_group_alias",
        "plugins",
        "policies",
        "policy_attachments",
        "prompts",
        "search_tools",
        "sso_settings",
        "team_settings",
        "vector_store_registry",
        "worker_registry",
    ],
    unknown: Unknown::Warned,
};

/// `general_settings`.
pub(super) static GENERAL: Section = Section {
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
        setting(
            "allow_public_health_readiness_details",
            Type::Bool,
            "Show the details of readiness without a key.",
        ),
        setting("enable_drain_endpoint", Type::Bool, "Serve POST /health/drain."),
        setting("drain_endpoint_token", Type::Text, "The token of the drain endpoint."),
        setting("alerting", Type::Any, "Integrations that LiteLLM sends alerts to."),
    ],
    others: &[
        "alert_to_webhook_url",
        "alert_types",
        "alerting_args",
        "alerting_threshold",
        "allow_client_side_credentials",
        "allow_requests_on_db_unavailable",
        "allow_user_auth",
        "allowed_ips",
        "allowed_routes",
        "always_include_stream_usage",
        "auto_redirect_ui_login_to_sso",
        "background_health_check_max_tokens",
        "completion_model",
        "control_plane_url",
        "custom_auth",
        "custom_key_generate",
        "custom_sso",
        "database_args",
        "database_connection_pool_limit",
        "database_connection_timeout",
        "database_type",
        "database_url",
        "default_team_disabled",
        "disable_error_logs",
        "disable_master_key_return",
        "disable_prisma_schema_update",
        "disable_responses_id_security",
        "disable_reset_budget",
        "disable_retry_on_max_parallel_request_limit_error",
        "disable_spend_logs",
        "disable_spend_updates",
        "enable_health_check_routing",
        "enable_jwt_auth",
        "enable_oauth2_auth",
        "enable_oauth2_proxy_auth",
        "enforce_user_param",
        "enforced_params",
        "forward_client_headers_to_llm_api",
        "forward_openai_org_id",
        "global_max_parallel_requests",
        "health_check_ignore_transient_errors",
        "health_check_staleness_threshold",
        "infer_model_from_keys",
        "key_management_settings",
        "key_management_system",
        "litellm_jwtauth",
        "litellm_key_header_name",
        "max_file_size_mb",
        "max_parallel_requests",
        "max_request_size_mb",
        "max_response_size_mb",
        "maximum_health_check_retention_period",
        "maximum_spend_logs_retention_interval",
        "maximum_spend_logs_retention_period",
        "model_list_healthy_only",
        "moderation_model",
        "otel",
        "pass_through_endpoints",
        "proxy_batch_polling_interval",
        "proxy_batch_write_at",
        "proxy_budget_rescheduler_max_time",
        "proxy_budget_rescheduler_min_time",
        "public_routes",
        "reject_clientside_metadata_tags",
        "role_permissions",
        "service_account_settings",
        "spend_report_frequency",
        "store_model_in_db",
        "store_prompts_in_spend_logs",
        "supported_db_objects",
        "ui_access_mode",
        "use_azure_key_vault",
        "use_client_credentials_pass_through_routes",
        "use_google_kms",
        "use_redis_transaction_buffer",
        "use_shared_health_check",
        "use_x_forwarded_for",
        "user_header_mappings",
        "user_header_name",
        "user_mcp_management_mode",
    ],
    unknown: Unknown::Suggested,
};

/// `litellm_settings`.
pub(super) static LITELLM: Section = Section {
    keys: &[
        setting("drop_params", Type::Bool, "Leave out parameters that a provider does not take."),
        knob("request_timeout", Type::Seconds, "Shown by GET /active/callbacks."),
        knob("cache", Type::Bool, "Whether LiteLLM caches."),
        knob("cache_params", Type::Mapping, "LiteLLM's cache; its type is shown by readiness."),
        setting("callbacks", Type::Any, "LiteLLM's integrations, shown by GET /active/callbacks."),
        setting("success_callback", Type::Any, "Likewise, for requests that succeed."),
        setting("failure_callback", Type::Any, "Likewise, for requests that fail."),
    ],
    others: &[
        "add_function_to_prompt",
        "allowed_fails",
        "audit_log_callbacks",
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "cost_discount_config",
        "custom_provider_map",
        "default_fallbacks",
        "default_internal_user_params",
        "default_key_generate_params",
        "default_team_params",
        "default_team_settings",
        "enable_json_schema_validation",
        "fallbacks",
        "force_ipv4",
        "forward_traceparent_to_llm_provider",
        "global_disable_no_log_param",
        "json_logs",
        "langfuse_default_tags",
        "max_budget",
        "max_end_user_budget",
        "max_internal_user_budget",
        "modify_params",
        "num_retries",
        "priority_reservation",
        "prometheus_metrics_config",
        "redact_messages_in_exceptions",
        "redact_user_api_key_info",
        "require_auth_for_metrics_endpoint",
        "service_callback",
        "set_verbose",
        "ssl_certificate",
        "ssl_verify",
        "telemetry",
        "turn_off_message_logging",
        "upperbound_key_generate_params",
    ],
    unknown: Unknown::Suggested,
};

/// `router_settings`. What checks health is not read here; LiteLLM refuses two keys at this place.
pub(super) static ROUTER: Section = Section {
    keys: &[],
    others: &[
        "allowed_fails",
        "allowed_fails_policy",
        "cache_kwargs",
        "cache_responses",
        "client_ttl",
        "content_policy_fallbacks",
        "context_window_fallbacks",
        "cooldown_time",
        "debug_level",
        "default_fallbacks",
        "default_litellm_params",
        "default_max_parallel_requests",
        "disable_cooldowns",
        "enable_health_check_routing",
        "enable_pre_call_checks",
        "enable_tag_filtering",
        "fallbacks",
        "health_check_ignore_transient_errors",
        "health_check_staleness_threshold",
        "max_fallbacks",
        "model_group_alias",
        "model_group_retry_policy",
        "num_retries",
        "optional_pre_call_checks",
        "polling_interval",
        "provider_budget_config",
        "redis_db",
        "redis_host",
        "redis_password",
        "redis_port",
        "redis_url",
        "retry_after",
        "retry_policy",
        "routing_strategy",
        "routing_strategy_args",
        "set_verbose",
        "stream_timeout",
        "timeout",
    ],
    unknown: Unknown::Suggested,
};

/// An entry of `model_list`.
pub(super) static ENTRY: Section = Section {
    keys: &[
        knob("model_name", Type::Any, "The public name; several deployments may share it."),
        knob(
            "litellm_params",
            Type::Any,
            "How the deployment is reached: model, api_key, api_base and so on.",
        ),
        knob("model_info", Type::Mapping, "What is known of the deployment, and how it is checked."),
    ],
    others: &["access_groups", "tpm", "rpm"],
    unknown: Unknown::Suggested,
};

/// `litellm_params`: only for did-you-mean; every provider reads its own.
pub(super) static PARAMS: Section = Section {
    keys: &[
        knob("model", Type::Any, "The model with its provider: openai/gpt-4o."),
        knob("api_key", Type::Any, "The provider's key; os.environ/NAME takes it from the environment."),
        knob("api_base", Type::Any, "Where the provider's API is, if not at its usual address."),
        knob("api_version", Type::Any, "The version of Azure's API."),
        knob("custom_llm_provider", Type::Any, "The provider, if the model does not begin with it."),
        knob("litellm_credential_name", Type::Any, "The entry of credential_list with the rest."),
        knob("organization", Type::Any, "OpenAI's organization; a list makes a deployment of each."),
    ],
    others: &[
        "additional_drop_params",
        "allowed_openai_params",
        "api_type",
        "audio",
        "aws_access_key_id",
        "aws_bedrock_runtime_endpoint",
        "aws_external_id",
        "aws_profile_name",
        "aws_region_name",
        "aws_role_name",
        "aws_secret_access_key",
        "aws_session_name",
        "aws_session_token",
        "aws_sts_endpoint",
        "aws_web_identity_token",
        "azure_ad_token",
        "azure_scope",
        "base_url",
        "budget_duration",
        "client_id",
        "client_secret",
        "cooldown_time",
        "deployment_id",
        "dimensions",
        "drop_params",
        "encoding_format",
        "extra_body",
        "extra_headers",
        "fallbacks",
        "frequency_penalty",
        "guardrails",
        "headers",
        "input_cost_per_second",
        "input_cost_per_token",
        "logprobs",
        "max_budget",
        "max_completion_tokens",
        "max_parallel_requests",
        "max_retries",
        "max_tokens",
        "merge_reasoning_content_in_choices",
        "metadata",
        "mock_response",
        "modalities",
        "model_id",
        "model_info",
        "num_retries",
        "output_cost_per_second",
        "output_cost_per_token",
        "presence_penalty",
        "project",
        "project_id",
        "reasoning_effort",
        "region_name",
        "response_format",
        "service_tier",
        "space_id",
        "ssl_verify",
        "stop",
        "stream",
        "stream_options",
        "stream_timeout",
        "tags",
        "temperature",
        "tenant_id",
        "thinking",
        "timeout",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
        "use_in_pass_through",
        "user",
        "vertex_credentials",
        "vertex_location",
        "vertex_project",
        "voice",
        "weight",
    ],
    unknown: Unknown::Suggested,
};

/// `model_info`.
pub(super) static INFO: Section = Section {
    keys: &[
        knob("id", Type::Any, "The id of the deployment; else a hash of its parameters."),
        knob("mode", Type::Text, "What the model is for, and so which request probes it."),
        knob("disable_background_health_check", Type::Bool, "Only check when asked."),
        knob("health_check_timeout", Type::Seconds, "The deadline of a probe."),
        knob("health_check_model", Type::Text, "Probe this model instead."),
        knob("health_check_max_tokens", Type::Integer, "The token limit of a probe."),
        knob("health_check_max_tokens_reasoning", Type::Integer, "Likewise, when the model reasons."),
        knob("health_check_max_tokens_non_reasoning", Type::Integer, "Likewise, when it does not."),
        knob("health_check_supports_max_tokens", Type::Bool, "Whether a probe sends a token limit."),
        knob("health_check_params", Type::Mapping, "Laid over litellm_params in a probe."),
        knob("health_check_reasoning_effort", Type::Any, "The reasoning effort of a probe."),
        knob("health_check_voice", Type::Text, "The voice that speaks in a probe."),
        setting("llmhealth", Type::Mapping, "What LiteLLM does not have."),
    ],
    others: &[
        "access_groups",
        "allowed_fails",
        "allowed_fails_policy",
        "base_model",
        "cooldown_time",
        "created_at",
        "db_model",
        "description",
        "input_cost_per_token",
        "litellm_provider",
        "max_input_tokens",
        "max_output_tokens",
        "max_tokens",
        "output_cost_per_token",
        "supported_environments",
        "supported_openai_params",
        "supports_function_calling",
        "supports_reasoning",
        "supports_vision",
        "team_id",
        "team_public_model_name",
        "tier",
        "updated_at",
        "version",
    ],
    unknown: Unknown::Suggested,
};

/// `model_info.llmhealth`.
pub(super) static DEPLOYMENT: Section = Section {
    keys: &[
        setting(
            "method",
            Type::Method,
            "How it is probed: request (a small request of its mode), models (GET of the provider's model list), \
             or tcp (connect and TLS handshake).",
        ),
        setting("degraded_after", Type::Duration, "A success that took longer is shown as degraded."),
    ],
    others: &[],
    unknown: Unknown::Refused,
};

/// `llmhealth`.
pub(super) static OURS: Section = Section {
    keys: &[
        setting("probe", Type::Mapping, "How deployments are probed."),
        setting("readiness", Type::Mapping, "What readiness depends on."),
        setting("server", Type::Mapping, "Limits of the HTTP server."),
    ],
    others: &[],
    unknown: Unknown::Refused,
};

/// `llmhealth.probe`.
pub(super) static PROBE: Section = Section {
    keys: &[
        setting("concurrency", Type::Count, "Probes in flight in total, if LiteLLM's key is not set. 64."),
        setting("per_host", Type::Count, "Probes in flight to one host. 16."),
        setting("per_provider", Type::Counts, "Probes in flight to one provider, by name. ollama: 2."),
        setting("min_age", Type::Duration, "Results younger than this are used again. 0."),
    ],
    others: &[],
    unknown: Unknown::Refused,
};

/// `llmhealth.readiness`.
pub(super) static READINESS: Section = Section {
    keys: &[setting(
        "min_healthy_ratio",
        Type::Ratio,
        "Not ready while a smaller part of the deployments is healthy. Unset: readiness does not depend on them.",
    )],
    others: &[],
    unknown: Unknown::Refused,
};

/// `llmhealth.server`.
pub(super) static SERVER: Section = Section {
    keys: &[
        setting("max_connections", Type::Count, "Connections served at the same time. 4096."),
        setting(
            "header_timeout",
            Type::Duration,
            "How long a client may take to send its request head. 10s.",
        ),
        setting("body_timeout", Type::Duration, "How long a client may take to send its body. 10s."),
        setting("max_body_bytes", Type::Count, "The largest request body. 1048576."),
    ],
    others: &[],
    unknown: Unknown::Refused,
};
