//! The keys of a deployment.

use super::{Section, Type, Unknown, knob, setting};

/// An entry of `model_list`.
pub(in crate::config) static ENTRY: Section = Section {
    name: "model_list",
    keys: &[
        knob("model_name", Type::Any, "The public name; several deployments may share it."),
        knob(
            "litellm_params",
            Type::Any,
            "How the deployment is reached: model, api_key, api_base and so on.",
        ),
        knob("model_info", Type::Mapping, "What is known of the deployment, and how it is checked."),
    ],
    others: "access_groups tpm rpm",
    unknown: Unknown::Suggested,
};

/// `litellm_params`: only for did-you-mean; every provider reads its own.
pub(in crate::config) static PARAMS: Section = Section {
    name: "litellm_params",
    keys: &[
        knob("model", Type::Any, "The model with its provider: openai/gpt-4o."),
        knob("api_key", Type::Any, "The provider's key; os.environ/NAME takes it from the environment."),
        knob("api_base", Type::Any, "Where the provider's API is, if not at its usual address."),
        knob("api_version", Type::Any, "The version of Azure's API."),
        knob("custom_llm_provider", Type::Any, "The provider, if the model does not begin with it."),
        knob("litellm_credential_name", Type::Any, "The entry of credential_list with the rest."),
        knob("organization", Type::Any, "OpenAI's organization; a list makes a deployment of each."),
    ],
    others: "
        additional_drop_params allowed_openai_params api_type audio aws_access_key_id
        aws_bedrock_runtime_endpoint aws_external_id aws_profile_name aws_region_name aws_role_name
        aws_secret_access_key aws_session_name aws_session_token aws_sts_endpoint aws_web_identity_token
        azure_ad_token azure_password azure_scope azure_username base_url budget_duration client_id client_secret cooldown_time
        deployment_id dimensions drop_params encoding_format extra_body extra_headers fallbacks
        frequency_penalty guardrails headers input_cost_per_second input_cost_per_token logprobs
        max_budget max_completion_tokens max_parallel_requests max_retries max_tokens
        merge_reasoning_content_in_choices metadata mock_response modalities model_id model_info
        num_retries output_cost_per_second output_cost_per_token presence_penalty project project_id
        reasoning_effort region_name response_format service_tier space_id ssl_verify stop stream
        stream_options stream_timeout supports_system_message tags temperature tenant_id thinking timeout tool_choice tools
        top_k top_p use_in_pass_through user vertex_credentials vertex_location vertex_project voice
        weight",
    unknown: Unknown::Suggested,
};

/// `model_info`.
pub(in crate::config) static INFO: Section = Section {
    name: "model_info",
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
        knob("allowed_fails", Type::Natural, "So many failures a minute keep no traffic away from it."),
        knob("allowed_fails_policy", Type::Mapping, "The same by class of error."),
        knob("cooldown_time", Type::Duration, "Seconds for which it gets no traffic after failures."),
        setting("llmhealth", Type::Mapping, "What LiteLLM does not have."),
    ],
    others: "
        access_groups base_model created_at db_model
        description input_cost_per_token litellm_provider max_input_tokens max_output_tokens max_tokens
        output_cost_per_token supported_environments supported_openai_params supports_function_calling
        supports_reasoning supports_vision team_id team_public_model_name tier updated_at version",
    unknown: Unknown::Suggested,
};

/// `model_info.llmhealth`.
pub(in crate::config) static DEPLOYMENT: Section = Section {
    name: "model_info.llmhealth",
    keys: &[
        setting(
            "method",
            Type::Method,
            "How it is probed: request (a small request of its mode), models (GET of the provider's model list), \
             or tcp (connect and TLS handshake).",
        ),
        setting("degraded_after", Type::Duration, "A success that took longer is shown as degraded."),
        setting(
            "interval",
            Type::Interval,
            "From one background check to the next, instead of general_settings.health_check_interval. At least 1s.",
        ),
        setting(
            "daily_budget_usd",
            Type::Amount,
            "What probes of the deployment may cost in a day of UTC, in US dollars. Once it is spent, only the list of \
             models is asked for.",
        ),
        setting("maintenance", Type::List, "When it is worked on: then nobody is alerted."),
    ],
    others: "",
    unknown: Unknown::Refused,
};

/// An entry of `model_info.llmhealth.maintenance`.
pub(in crate::config) static MAINTENANCE: Section = Section {
    name: "model_info.llmhealth.maintenance",
    keys: &[
        setting("cron", Type::Text, "When it begins: minute, hour, day, month, weekday."),
        setting("duration", Type::Duration, "How long it takes."),
        setting("timezone", Type::Text, "The IANA time zone of the pattern: Europe/Berlin. UTC."),
        setting("probe", Type::Bool, "Whether the deployment is probed meanwhile. true."),
        setting("routable", Type::Bool, "Whether it may be used meanwhile. true."),
    ],
    others: "",
    unknown: Unknown::Refused,
};
