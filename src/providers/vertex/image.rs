//! Images and videos: Imagen, Gemini models that draw, and Veo.

use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Call, WireRequest};
use crate::providers::gemini::media;
use crate::providers::{BuildError, Target, url as urls};

use super::{Place, below, google_model, place, post};

/// A request for a picture.
pub(super) fn generation(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    if draws(target.model) {
        let config = media::drawing_config(target, call, ("responseModalities", json!(["IMAGE"])));
        let contents = json!([{"role": "user", "parts": [{"text": media::prompt(call)}]}]);
        let body = Map::from_iter([
            ("contents".to_owned(), contents),
            ("generationConfig".to_owned(), Value::Object(config)),
        ]);
        return post(target, url(target, place, "generateContent")?, body, Vec::new());
    }
    let mut left_out = Vec::new();
    let mut parameters = media::imagen_parameters(target, call, &mut left_out);
    parameters.entry("sampleCount").or_insert(json!(1));
    let instances = json!([{"prompt": media::prompt(call)}]);
    predict(target, place, instances, parameters, left_out)
}

/// A request to change the probe's picture.
pub(super) fn edit(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    if draws(target.model) {
        let config = media::drawing_config(target, call, ("response_modalities", json!(["IMAGE"])));
        let contents = json!({"role": "USER", "parts": media::edit_parts(call)});
        let body = Map::from_iter([
            ("contents".to_owned(), contents),
            ("generationConfig".to_owned(), Value::Object(config)),
        ]);
        return post(target, url(target, place, "generateContent")?, body, Vec::new());
    }
    let mut left_out = Vec::new();
    let mut parameters = media::imagen_parameters(target, call, &mut left_out);
    for (key, value) in [
        ("sampleCount", json!(1)),
        ("editMode", json!("EDIT_MODE_INPAINT_INSERTION")),
        ("editConfig", json!({"baseSteps": 50})),
        ("guidanceScale", json!(7.5)),
        ("seed", Value::Null),
    ] {
        parameters.entry(key).or_insert(value);
    }
    let reference = json!({
        "referenceType": "REFERENCE_TYPE_RAW",
        "referenceId": 1,
        "referenceImage": {"bytesBase64Encoded": media::image()},
    });
    let instances = json!([{"prompt": media::prompt(call), "referenceImages": [reference]}]);
    predict(target, place, instances, parameters, left_out)
}

/// A request for a video, which starts the work and does not wait for it.
pub(super) fn video(target: &Target<'_>, place: &Place, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let body = media::veo(target, call, &mut left_out);
    let path = place.path("v1", &format!("{}:predictLongRunning", google_model(target.model)));
    post(target, below(target, place, &path)?, body, left_out)
}

/// Whether it is a Gemini model rather than Imagen.
fn draws(model: &str) -> bool {
    model.contains("gemini")
}

fn predict(
    target: &Target<'_>,
    place: &Place,
    instances: Value,
    parameters: Map<String, Value>,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let body = Map::from_iter([
        ("instances".to_owned(), instances),
        ("parameters".to_owned(), Value::Object(parameters)),
    ]);
    post(target, url(target, place, "predict")?, body, left_out)
}

/// Where pictures are made. For these a base with a path is the whole URL, verb included.
fn url(target: &Target<'_>, place: &Place, verb: &str) -> Result<Url, BuildError> {
    match place::base_with_path(target) {
        Some(base) => urls::parse(base.to_owned()),
        None => below(target, place, &place.path("v1", &format!("{}:{verb}", google_model(target.model)))),
    }
}
