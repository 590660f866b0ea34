//! Planning: which request a deployment gets, and what is said when it can get none.
//!
//! Equality with LiteLLM is the business of `wire.rs`; here are the rules that recordings don't show.

use std::path::Path;

use serde_json::{Value, json};

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{Environment, Mode};
use llmhealth::probe::{Plan, PlanError, cost_usd, describe, plan};
use llmhealth::providers::{Auth, BaseUrl, PROVIDERS, Provider};

/// Plans the one deployment of a configuration.
fn plan_in(deployment: &Value, env: &[(&str, &str)]) -> Result<Plan, PlanError> {
    let config = json!({"model_list": [deployment]}).to_string();
    let env: Environment = env.iter().copied().collect();
    let config = load_text(config, Path::new("config.yaml"), env).unwrap().config;
    plan(&config.fleet.all()[0], &config.settings.probe, &config.env, Catalog::embedded())
}

fn plan_of(params: &Value, info: &Value) -> Result<Plan, PlanError> {
    plan_in(&json!({"model_name": "m", "litellm_params": params, "model_info": info}), &[])
}

fn body_of(params: &Value, info: &Value) -> Value {
    describe(&plan_of(params, info).unwrap().request, true)["body"].clone()
}

/// The error and its hint as a person reads them.
fn complaint(params: &Value, info: &Value) -> String {
    let error = plan_of(params, info).unwrap_err();
    [error.to_string(), error.hint().unwrap_or_default()].join(" | ")
}

#[test]
fn complaints_name_the_key_and_what_to_do() {
    let key = json!({"model": "openai/gpt-4o", "api_key": "k"});
    assert_eq!(
        complaint(&key, &json!({"mode": "embeding"})),
        "`model_info.mode`: mode `embeding` is not supported; the modes are chat, completion, embedding, \
         audio_speech, audio_transcription, image_generation, image_edit, video_generation, rerank, realtime, \
         batch, responses, ocr | did you mean `embedding`?"
    );
    assert_eq!(
        complaint(&key, &json!({"mode": "rerank"})),
        "provider `openai` has no rerank endpoint | set `model_info.mode` to what this model is for"
    );
    assert_eq!(
        complaint(&json!({"model": "openai/gpt-4o"}), &json!({})),
        "no API key: set `litellm_params.api_key` or the environment variable OPENAI_API_KEY | "
    );
    assert_eq!(
        complaint(&json!({"model": "grok/x"}), &json!({})),
        "`litellm_params.model`: unknown provider `grok` | did you mean `groq`?"
    );
    assert_eq!(
        complaint(&json!({"model": "petals/bloom"}), &json!({})),
        "provider `petals` is not supported yet | "
    );
    assert_eq!(
        complaint(&json!({"model": "openai/x", "api_key": "k", "api_base": "llm.internal:8080"}), &json!({})),
        "`llm.internal:8080/chat/completions` is not a usable URL: it has to begin with http:// or https:// | \
         check `litellm_params.api_base`"
    );
    assert_eq!(
        complaint(&json!({"model": "text-completion-openai/*", "api_key": "k"}), &json!({})),
        "`litellm_params.model`: no chat model of `text-completion-openai` is known that \
         `text-completion-openai/*` could be | set `model_info.health_check_model` to a model to be asked"
    );
}

#[test]
fn an_unset_variable_is_the_first_complaint() {
    let broken =
        complaint(&json!({"model": "openai/gpt-4o", "api_key": "os.environ/NOT_SET"}), &json!({"mode": "x"}));
    assert!(broken.contains("NOT_SET"), "{broken}");
}

#[test]
fn parameters_that_can_not_be_sent_are_reported_unless_they_may_be_dropped() {
    let params = |drop: bool| json!({"model": "openai/o3-mini", "api_key": "k", "temperature": 0.2, "verbosity": "low", "drop_params": drop});
    let planned = plan_of(&params(false), &json!({"health_check_reasoning_effort": "low"})).unwrap();
    assert_eq!(planned.request.left_out, ["temperature", "verbosity"]);
    assert!(plan_of(&params(true), &json!({})).unwrap().request.left_out.is_empty());
    let effort = json!({"health_check_reasoning_effort": "low"});
    let planned = plan_of(&json!({"model": "openai/gpt-4o", "api_key": "k"}), &effort).unwrap();
    assert_eq!(planned.request.left_out, ["reasoning_effort"]);
}

#[test]
fn check_params_lie_over_the_deployments_own_and_the_probe_over_both() {
    let body = body_of(
        &json!({"model": "openai/gpt-4o", "api_key": "k", "temperature": 0.2, "seed": 1}),
        &json!({"health_check_params": {"temperature": 0.9, "max_tokens": 999}}),
    );
    assert_eq!(body["temperature"], 0.9);
    assert_eq!(body["seed"], 1);
    assert_eq!(body["max_tokens"], 16);
}

#[test]
fn a_stand_in_is_named() {
    let named = plan_of(
        &json!({"model": "openai/gpt-4o", "api_key": "k"}),
        &json!({"health_check_model": "openai/gpt-4.1-nano"}),
    )
    .unwrap();
    assert_eq!(named.probed_model.as_deref(), Some("openai/gpt-4.1-nano"));
    assert_eq!(named.model, "gpt-4.1-nano");
    let wildcard =
        plan_of(&json!({"model": "groq/*", "api_key": "k"}), &json!({"mode": "embedding"})).unwrap();
    assert_eq!(wildcard.probed_model, Some(format!("groq/{}", wildcard.model)));
    assert_eq!(wildcard.mode, Mode::Chat);
    let own = plan_of(&json!({"model": "openai/gpt-4o", "api_key": "k"}), &json!({})).unwrap();
    assert_eq!((own.probed_model, own.max_tokens), (None, Some(16)));
}

#[test]
fn the_deadline_is_the_deployments_or_the_general_one() {
    let params = json!({"model": "openai/gpt-4o", "api_key": "k", "ssl_verify": false});
    let own = plan_of(&params, &json!({"health_check_timeout": 2.5})).unwrap();
    assert_eq!((own.deadline.as_millis(), own.verify_tls), (2500, false));
    let deployment = json!({"model_name": "m", "litellm_params": {"model": "openai/gpt-4o", "api_key": "k"}});
    let general = plan_in(&deployment, &[("HEALTH_CHECK_TIMEOUT_SECONDS", "7")]).unwrap();
    assert_eq!((general.deadline.as_secs(), general.verify_tls), (7, true));
}

#[test]
fn a_model_name_can_not_rewrite_a_url() {
    for provider in PROVIDERS {
        for mode in served(provider) {
            let plain = request_of(provider, mode, "plain-name");
            let plain = plain["url"].as_str().unwrap();
            for model in ["foo?x=1", "../../admin", "..", "a#b", "a/b?c", "a&b=c", "a b\r\nhost: evil"] {
                // To refuse such a name is as good.
                let Ok(request) = try_request_of(provider, mode, model) else { continue };
                let url = request["url"].as_str().unwrap();
                // Where a URL names the model, everything around the name stays; otherwise all of it.
                let (before, after) = plain.split_once("plain-name").unwrap_or((plain, ""));
                let kept = url.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                let inside = kept.unwrap_or_else(|| panic!("{} {mode} {model:?}: {url}", provider.slug));
                let separators = if before.contains('?') { ['&', '#'] } else { ['?', '#'] };
                assert!(!inside.contains(separators), "{} {mode} {model:?}: {url}", provider.slug);
            }
        }
    }
}

#[test]
fn every_listed_mode_of_every_provider_builds_and_keeps_its_key_out_of_url_and_body() {
    for provider in PROVIDERS {
        for mode in served(provider) {
            let request = request_of(provider, mode, "some-model");
            let place = format!("{} {mode}: {request}", provider.slug);
            assert!(!request["body"].to_string().contains(KEY), "{place}");
            assert!(!request["multipart"].to_string().contains(KEY), "{place}");
            if !matches!(provider.auth, Auth::Query(_)) {
                assert!(!request["url"].as_str().unwrap().contains(KEY), "{place}");
            }
            // Where requests are signed or keys unknown, an API key has no place.
            let is_keyless = !request["auth"].is_null() || provider.auth == Auth::None;
            assert!(is_keyless || request["headers"].to_string().contains(KEY), "{place}");
        }
    }
}

#[test]
fn a_key_goes_only_to_the_provider_it_belongs_to() {
    let every_key: Vec<&str> = PROVIDERS.iter().flat_map(|provider| provider.key_envs).copied().collect();
    for provider in PROVIDERS {
        let foreign: Vec<(&str, &str)> = every_key
            .iter()
            .filter(|name| !provider.key_envs.contains(name))
            .map(|name| (*name, "foreign-key"))
            .collect();
        for mode in served(provider) {
            if let Ok(plan) = plan_in(&deployment(provider, mode, "some-model", None), &foreign) {
                let request = describe(&plan.request, true).to_string();
                assert!(!request.contains("foreign-key"), "{} {mode}: {request}", provider.slug);
            }
        }
    }
}

#[test]
fn without_a_base_the_request_goes_to_the_domain_of_the_row() {
    // Some modes have a host of their own.
    let domain = |host: &str| host.rsplit('.').take(2).map(str::to_owned).collect::<Vec<_>>();
    for provider in PROVIDERS {
        let BaseUrl::Fixed(base) = provider.base_url else { continue };
        let own = domain(url::Url::parse(base).unwrap().host_str().unwrap());
        for mode in served(provider) {
            let planned = plan_in(&deployment(provider, mode, "some-model", Some(KEY)), &[]).unwrap();
            let mut asked = domain(planned.request.url.host_str().unwrap());
            if asked == ["ai", "cohere"] {
                // The older of Cohere's two domains, where it embeds.
                asked = domain("cohere.com");
            }
            assert_eq!(asked, own, "{} {mode}", provider.slug);
        }
    }
}

#[test]
fn a_probe_costs_its_text_and_the_output_that_it_allows() {
    let cost = |params: Value, info: Value| cost_usd(&plan_of(&params, &info).unwrap(), Catalog::embedded());
    let chat = cost(json!({"model": "openai/gpt-4o-mini", "api_key": "k"}), json!({})).unwrap();
    // About eleven tokens in at $0.15 and sixteen out at $0.60 per million.
    assert!((1.0e-5..1.3e-5).contains(&chat), "{chat}");
    let embedding =
        cost(json!({"model": "openai/text-embedding-3-small", "api_key": "k"}), json!({})).unwrap();
    assert!((1.0e-8..2.0e-7).contains(&embedding), "{embedding}");
    let unlimited = json!({"health_check_supports_max_tokens": false});
    assert_eq!(cost(json!({"model": "openai/gpt-4o", "api_key": "k"}), unlimited), None);
    assert_eq!(cost(json!({"model": "openai/my-own", "api_key": "k"}), json!({})), None);
    assert_eq!(cost(json!({"model": "openai/gpt-4o", "api_key": "k"}), json!({"mode": "batch"})), Some(0.0));
}

#[test]
fn lists_of_models_live_where_aws_keeps_them() {
    let models = json!({"llmhealth": {"method": "models"}});
    let url = |params: Value| {
        let planned = plan_of(&params, &models).map_err(|error| error.to_string())?;
        Ok::<_, String>(planned.request.url.to_string())
    };
    assert_eq!(
        url(json!({"model": "bedrock/eu-west-1/amazon.nova-lite-v1:0", "api_key": KEY})),
        Ok("https://bedrock.eu-west-1.amazonaws.com/foundation-models".to_owned())
    );
    assert_eq!(
        url(json!({"model": "aws_polly/neural", "aws_region_name": "eu-west-1"})),
        Ok("https://polly.eu-west-1.amazonaws.com/v1/voices?Engine=neural".to_owned())
    );
    assert_eq!(
        url(json!({"model": "bedrock_mantle/openai.gpt-oss-20b", "api_key": KEY})),
        Ok("https://bedrock-mantle.us-east-1.api.aws/v1/models".to_owned())
    );
    // An endpoint of one's own serves models and does not list them.
    let own = json!({"model": "bedrock/amazon.nova-lite-v1:0", "api_base": "https://vpce.example.com"});
    assert!(url(own).is_err());
}

const KEY: &str = "sk-the-key-of-this-deployment";

/// All modes that a provider serves, bridged ones included.
fn served(provider: &'static Provider) -> impl Iterator<Item = Mode> {
    Mode::ALL.into_iter().filter(|mode| provider.route(*mode).is_some())
}

fn deployment(provider: &Provider, mode: Mode, model: &str, key: Option<&str>) -> Value {
    let model = format!("{}/{}{model}", provider.slug, family(provider, mode));
    let mut params = json!({"model": model, "api_key": key, "vertex_project": "p", "tenant_id": "t"});
    let settings: &[&str] = match provider.slug {
        "oci" => &["oci_compartment_id", "oci_fingerprint", "oci_key_file", "oci_tenancy", "oci_user"],
        "snowflake" => &["account_id"],
        _ => &[],
    };
    for setting in settings {
        params[*setting] = json!("some-setting");
    }
    if provider.base_url == BaseUrl::FromConfig {
        // The end of Triton's tells its format.
        let path = if provider.slug == "triton" { "/generate" } else { "" };
        params["api_base"] = json!(format!("https://own.example.com{path}"));
    }
    json!({"model_name": "m", "litellm_params": params, "model_info": {"mode": mode.as_str()}})
}

/// What a name has to begin with where it tells the format of the body.
fn family(provider: &Provider, mode: Mode) -> &'static str {
    match (provider.slug, mode) {
        ("bedrock", Mode::Embedding | Mode::ImageGeneration | Mode::ImageEdit) => "amazon.titan-",
        ("bedrock", _) => "converse/",
        ("ragflow", _) => "chat/some-id/",
        ("vertex_ai" | "vertex_ai_beta", _) => "gemini/",
        _ => "",
    }
}

fn request_of(provider: &Provider, mode: Mode, model: &str) -> Value {
    try_request_of(provider, mode, model).unwrap()
}

fn try_request_of(provider: &Provider, mode: Mode, model: &str) -> Result<Value, String> {
    let service_key = json!({
        "clientid": "id", "clientsecret": KEY, "url": "https://auth.example.com",
        "serviceurls": {"AI_API_URL": "https://own.example.com"},
    });
    let service_key = service_key.to_string();
    let env = [("CLOUDFLARE_ACCOUNT_ID", "some-account"), ("AICORE_SERVICE_KEY", service_key.as_str())];
    let planned = plan_in(&deployment(provider, mode, model, Some(KEY)), &env);
    let planned = planned.map_err(|error| format!("{} {mode} {model:?}: {error}", provider.slug))?;
    Ok(describe(&planned.request, true))
}
