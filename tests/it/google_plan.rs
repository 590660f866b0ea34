//! What a Vertex AI or AI Studio deployment's settings make of its request.

use std::path::Path;

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::{AuthPlan, Body, Environment, GoogleCredential, Secret};
use llmhealth::probe::{Plan, plan};
use serde_json::{Value, json};

const ACCOUNT: &str = r#"{"type": "service_account", "project_id": "sa-project"}"#;

/// The plan of a deployment, or what is wrong with it.
fn planned(model: &str, params: &Value, info: &Value, env: &[(&str, &str)]) -> Result<Plan, String> {
    let mut all = json!({"model": model});
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    let config = json!({"model_list": [{"model_name": "m", "litellm_params": all, "model_info": info}]});
    let mut env: Environment = env.iter().copied().collect();
    env.set_document("sa.json", ACCOUNT);
    let config = load_text(config.to_string(), Path::new("config.yaml"), env).unwrap().config;
    let catalog = Catalog::embedded();
    plan(&config.fleet.all()[0], &config.settings.probe, &config.env, catalog)
        .map_err(|error| error.to_string())
}

fn chat(model: &str, params: &Value) -> Plan {
    planned(model, params, &json!({}), &[]).unwrap()
}

fn url(plan: &Plan) -> &str {
    plan.request.url.as_str()
}

fn body(plan: Plan) -> Value {
    match plan.request.body {
        Body::Json(body) => body,
        other => Value::from(format!("{other:?}")),
    }
}

fn credential(params: &Value, env: &[(&str, &str)]) -> GoogleCredential {
    let with_project = [env, &[("VERTEXAI_PROJECT", "p")]].concat();
    let plan = planned("vertex_ai/gemini-2.5-flash", params, &json!({}), &with_project).unwrap();
    match plan.request.auth {
        AuthPlan::GoogleOauth { credential, .. } => (*credential).clone(),
        other => GoogleCredential::of_text(&format!("no Google credential but {other:?}")),
    }
}

#[test]
fn a_credential_is_a_document_a_path_or_the_machines_own() {
    let file = |path: &str| GoogleCredential::File(path.to_owned());
    assert_eq!(credential(&json!({"vertex_credentials": "sa.json"}), &[]), file("sa.json"));
    let inline = GoogleCredential::Document(Secret::from(ACCOUNT));
    assert_eq!(credential(&json!({"vertex_credentials": ACCOUNT}), &[]), inline);
    let mapping = credential(&json!({"vertex_credentials": {"type": "external_account"}}), &[]);
    assert_eq!(mapping, GoogleCredential::Document(Secret::from(r#"{"type":"external_account"}"#)));

    let both = [("GOOGLE_APPLICATION_CREDENTIALS", "g.json"), ("VERTEXAI_CREDENTIALS", "v.json")];
    assert_eq!(credential(&json!({"vertex_credentials": "sa.json"}), &both), file("sa.json"));
    assert_eq!(credential(&json!({}), &both), file("v.json"));
    assert_eq!(credential(&json!({}), &both[..1]), file("g.json"));

    let own = credential(&json!({}), &[("HOME", "/home/u"), ("GCE_METADATA_HOST", "127.0.0.1:1")]);
    let adc = "/home/u/.config/gcloud/application_default_credentials.json".to_owned();
    let metadata = "http://127.0.0.1:1".to_owned();
    assert_eq!(own, GoogleCredential::Ambient { file: Some(adc), metadata });
}

#[test]
fn the_project_is_the_deployments_the_environments_or_the_accounts() {
    let model = "vertex_ai/gemini-2.5-flash";
    let project = |params: &Value, env: &[(&str, &str)]| {
        let plan = planned(model, params, &json!({}), env).unwrap();
        url(&plan).split('/').nth(5).unwrap().to_owned()
    };
    let env = [("VERTEXAI_PROJECT", "e"), ("GOOGLE_APPLICATION_CREDENTIALS", "sa.json")];
    assert_eq!(project(&json!({"vertex_project": "p"}), &env), "p");
    assert_eq!(project(&json!({"vertex_project": 123}), &env), "123");
    assert_eq!(project(&json!({}), &env), "e");
    assert_eq!(project(&json!({}), &env[1..]), "sa-project");
    assert_eq!(project(&json!({"vertex_credentials": ACCOUNT}), &[]), "sa-project");
    assert_eq!(project(&json!({}), &[("GOOGLE_CLOUD_PROJECT", "g")]), "g");
    let error = planned(model, &json!({}), &json!({}), &[]).unwrap_err();
    assert!(error.starts_with("`litellm_params.vertex_project` is missing: set it or"), "{error}");
}

#[test]
fn a_location_has_its_address() {
    for (location, host) in [
        (json!("global"), "aiplatform.googleapis.com"),
        (json!("eu"), "aiplatform.eu.rep.googleapis.com"),
        (json!("asia-east1"), "asia-east1-aiplatform.googleapis.com"),
        (Value::Null, "us-central1-aiplatform.googleapis.com"),
    ] {
        let params = json!({"vertex_project": "p", "vertex_location": location});
        assert_eq!(chat("vertex_ai/gemini-2.5-flash", &params).request.url.host_str(), Some(host));
    }
}

#[test]
fn nothing_in_a_name_can_change_the_shape_of_a_url() {
    let params = json!({"vertex_project": "p", "vertex_location": "evil.example/#"});
    let error = planned("vertex_ai/gemini-2.5-flash", &params, &json!({}), &[]).unwrap_err();
    assert!(error.starts_with("`litellm_params.vertex_location` is `evil.example/#`"), "{error}");
    let plan = chat("vertex_ai/gemini?x=1", &json!({"vertex_project": "p/../q"}));
    assert_eq!(
        url(&plan),
        "https://us-central1-aiplatform.googleapis.com/v1/projects/p%2F..%2Fq/locations/us-central1/publishers/\
         google/models/gemini%3Fx%3D1:generateContent"
    );
}

#[test]
fn a_base_with_a_path_stands_for_the_model() {
    let at = |model: &str, base: &str| {
        url(&chat(model, &json!({"vertex_project": "p", "api_base": base}))).to_owned()
    };
    let gemini = "vertex_ai/gemini-2.5-flash";
    assert_eq!(at(gemini, "https://gw.example.com/x/"), "https://gw.example.com/x:generateContent");
    let verb = "https://gw.example.com/x:generateContent";
    assert_eq!(at(gemini, verb), verb);
    assert_eq!(at(gemini, "https://gw.example.com/x?k=1"), "https://gw.example.com/x:generateContent?k=1");
    let llama = "vertex_ai/meta/llama3-8b-instruct-maas";
    assert_eq!(at(llama, "https://gw.example.com/x"), "https://gw.example.com/x/chat/completions");
    assert!(at(gemini, "https://gw.example.com/").starts_with("https://gw.example.com/v1/projects/p/"));
}

#[test]
fn models_in_few_places_are_asked_there() {
    let at = |model: &str, location: &str| {
        let plan = chat(model, &json!({"vertex_project": "p", "vertex_location": location}));
        url(&plan).split('/').nth(7).unwrap().to_owned()
    };
    assert_eq!(at("vertex_ai/qwen/qwen3-coder-480b-a35b-instruct-maas", "us-central1"), "global");
    assert_eq!(at("vertex_ai/deepseek-ai/deepseek-v3.1-maas", "global"), "us-central1");
    assert_eq!(at("vertex_ai/meta/llama3-8b-instruct-maas", "us-east5"), "us-east5");
}

#[test]
fn partners_get_their_own_parameters() {
    let place = |more: Value| {
        let mut all = json!({"vertex_project": "p"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let no_limit = json!({"health_check_supports_max_tokens": false});
    let claude = planned("vertex_ai/claude-opus-4-1@20250805", &place(json!({})), &no_limit, &[]).unwrap();
    assert!(!claude.request.headers.contains_key("x-api-key"));
    assert_eq!(body(claude)["max_tokens"], 4096);
    let mistral = body(chat("vertex_ai/mistral-large@2407", &place(json!({"seed": 7, "user": "u"}))));
    assert_eq!(mistral["random_seed"], 7);
    assert_eq!(mistral["model"], "mistral-large");
    assert_eq!(mistral.get("user"), None);
    let own = json!({"max_completion_tokens": 9});
    let llama = planned("vertex_ai/meta/llama3-8b-instruct-maas", &place(own), &no_limit, &[]).unwrap();
    assert_eq!(body(llama)["max_tokens"], 9);
}

#[test]
fn the_gemini_api_is_asked_in_the_version_that_knows_the_model() {
    let at =
        |model: &str, base: &str| url(&chat(model, &json!({"api_key": "k", "api_base": base}))).to_owned();
    let google = "https://generativelanguage.googleapis.com";
    let old = format!("{google}/v1beta/models/gemini-2.5-pro:generateContent");
    assert_eq!(at("gemini/gemini-2.5-pro", ""), old);
    assert_eq!(at("gemini/gemini-2.5-pro", &format!("{google}/")), old);
    assert_eq!(at("gemini/gemini-2.5-pro", &format!("{google}/v1beta")), old);
    assert!(at("gemini/gemini-3-pro-preview", "").starts_with(&format!("{google}/v1alpha/models/")));
    assert!(at("gemini/gemini-3-pro-preview", "https://gw/x").starts_with("https://gw/x/models/"));
}

#[test]
fn what_gemini_does_not_take_is_told() {
    let params = json!({"api_key": "k", "seed": 7, "my_own": 1, "temperature": 0.5});
    let mut plan = chat("gemini/gemini-2.5-pro", &params);
    plan.request.left_out.sort();
    assert_eq!(plan.request.left_out, ["my_own", "seed"]);
    assert_eq!(body(plan)["generationConfig"], json!({"temperature": 0.5, "max_output_tokens": 16}));
}

#[test]
fn pictures_videos_and_speech_are_asked_for_in_googles_words() {
    let of = |model: &str, mode: &str, params: &Value| {
        body(planned(model, params, &json!({"mode": mode}), &[("VERTEXAI_PROJECT", "p")]).unwrap())
    };
    let picture = json!({"api_key": "k", "n": 2, "size": "1792x1024"});
    let imagen = of("gemini/imagen-4.0-generate-001", "image_generation", &picture);
    assert_eq!(imagen["parameters"], json!({"sampleCount": 2, "aspectRatio": "16:9"}));
    let drawn = of("vertex_ai/gemini-2.5-flash-image", "image_generation", &picture);
    assert_eq!(drawn["generationConfig"]["imageConfig"], json!({"aspectRatio": "16:9"}));
    let veo = json!({"seconds": "8", "size": "720x1280"});
    let veo = of("vertex_ai/veo-3.0-generate-001", "video_generation", &veo);
    assert_eq!(veo["parameters"], json!({"durationSeconds": 8, "aspectRatio": "9:16"}));
    let voice = json!({"mode": "audio_speech", "health_check_voice": "de-DE-Wavenet-B"});
    let speech = planned(
        "vertex_ai/tts",
        &json!({"speed": 1.5, "response_format": "mp3"}),
        &voice,
        &[("VERTEXAI_PROJECT", "p")],
    );
    let speech = body(speech.unwrap());
    assert_eq!(speech["voice"], json!({"languageCode": "de-DE", "name": "de-DE-Wavenet-B"}));
    assert_eq!(speech["audioConfig"], json!({"audioEncoding": "MP3", "speakingRate": "1.5"}));
}

#[test]
fn lists_of_models_cost_no_tokens() {
    let info = json!({"llmhealth": {"method": "models"}});
    let env = [("VERTEXAI_PROJECT", "p"), ("GEMINI_API_KEY", "k")];
    let at = |model: &str| {
        let plan = planned(model, &json!({}), &info, &env).unwrap();
        format!("{} {}", plan.request.method, plan.request.url)
    };
    assert_eq!(at("gemini/gemini-2.5-pro"), "GET https://generativelanguage.googleapis.com/v1beta/models");
    assert_eq!(
        at("vertex_ai/gemini-2.5-pro"),
        "GET https://us-central1-aiplatform.googleapis.com/v1beta1/publishers/google/models?pageSize=1"
    );
}
