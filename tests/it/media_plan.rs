//! What the settings of a provider of media make of its request.

use std::path::Path;

use llmhealth::catalog::Catalog;
use llmhealth::config::load_text;
use llmhealth::domain::Environment;
use llmhealth::probe::{describe, plan};
use serde_json::{Value, json};

/// The request of a deployment as a plan tells it, and the parameters that could not be sent.
fn planned(model: &str, mode: &str, params: &Value) -> (Value, Vec<String>) {
    let mut all = json!({"model": model, "api_key": "k"});
    all.as_object_mut().unwrap().extend(params.as_object().unwrap().clone());
    let config = json!({"model_list": [
        {"model_name": "m", "litellm_params": all, "model_info": {"mode": mode, "health_check_voice": "Verse"}},
    ]});
    let loaded = load_text(config.to_string(), Path::new("config.yaml"), Environment::default()).unwrap();
    let config = loaded.config;
    let plan =
        plan(&config.fleet.all()[0], &config.settings.probe, &config.env, Catalog::embedded()).unwrap();
    (describe(&plan.request, true), plan.request.left_out)
}

fn fields(request: &Value) -> Value {
    let parts = request["multipart"].as_array().unwrap().iter();
    parts
        .filter(|part| part.get("filename").is_none())
        .map(|part| (part["name"].as_str().unwrap().to_owned(), part["value"].clone()))
        .collect()
}

#[test]
fn deepgram_is_told_everything_in_the_query() {
    let params = json!({"language": "de", "smart_format": true, "keywords": ["a", "b&c"], "temperature": 0});
    let (request, left_out) = planned("deepgram/nova-3", "audio_transcription", &params);
    assert_eq!(
        request["url"],
        "https://api.deepgram.com/v1/listen?model=nova-3&language=de&smart_format=true&keywords=a&keywords=b%26c"
    );
    assert_eq!(request["headers"], json!({"authorization": "Token k"}));
    assert_eq!(left_out, ["temperature"]);
}

#[test]
fn elevenlabs_has_its_own_words_for_voice_format_and_speed() {
    let params =
        json!({"response_format": "pcm", "speed": 1.1, "language_code": "de", "instructions": "sadly"});
    let (request, left_out) = planned("elevenlabs/eleven_v3", "audio_speech", &params);
    assert_eq!(
        request["url"],
        "https://api.elevenlabs.io/v1/text-to-speech/CYw3kZ02Hs0563khs1Fj?output_format=pcm_44100"
    );
    assert_eq!(
        request["body"],
        json!({
            "text": "test from litellm", "model_id": "eleven_v3", "language_code": "de",
            "voice_settings": {"speed": 1.1},
        })
    );
    assert_eq!(left_out, ["instructions"]);
    let (request, _) = planned("elevenlabs/scribe_v2", "audio_transcription", &json!({"language": "de"}));
    assert_eq!(fields(&request), json!({"model_id": "scribe_v2", "language_code": "de"}));
}

#[test]
fn a_size_is_said_as_the_provider_says_it() {
    let size = json!({"size": "1792x1024"});
    let (request, _) = planned("stability/stable-image-core", "image_generation", &size);
    assert_eq!(request["url"], "https://api.stability.ai/v2beta/stable-image/generate/core");
    let expected = json!({"prompt": "test from litellm", "aspect_ratio": "16:9", "output_format": "png"});
    assert_eq!(fields(&request), expected);
    let (request, _) = planned("black_forest_labs/flux-dev", "image_generation", &size);
    let expected =
        json!({"prompt": "test from litellm", "width": 1792, "height": 1024, "output_format": "png"});
    assert_eq!(request["body"], expected);
    let (request, _) = planned("runwayml/gen4_image", "image_generation", &size);
    assert_eq!(request["body"]["ratio"], "1792:1024");
    let (request, _) = planned("fal_ai/gpt-image-2", "image_generation", &size);
    assert_eq!(request["url"], "https://fal.run/openai/gpt-image-2");
    assert_eq!(request["body"]["image_size"], json!({"width": 1792, "height": 1024}));
}

#[test]
fn a_model_can_not_leave_its_place_in_the_address() {
    for (model, mode, expected) in [
        ("fal_ai/../x?y", "image_generation", "https://fal.run/%252E%252E/x%3Fy"),
        ("black_forest_labs/a/b", "image_generation", "https://api.bfl.ai/v1/a%2Fb"),
    ] {
        assert_eq!(planned(model, mode, &json!({})).0["url"], expected);
    }
}

#[test]
fn an_editor_may_say_how_far_it_goes() {
    let (request, _) = planned("recraft/recraftv3", "image_edit", &json!({"strength": 0.7}));
    assert_eq!(fields(&request)["strength"], "0.7");
}
