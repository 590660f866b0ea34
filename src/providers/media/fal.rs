//! fal: images, by a model that is the address.
//!
//! <https://docs.fal.ai/model-apis/model-endpoints/synchronous-requests>

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

use super::{aspect_ratio, dimensions, leave_out, post};

/// The adapter of `fal_ai`.
pub(in crate::providers) struct Fal;

/// The namespace of OpenAI's models, which fal serves too.
const OPENAI: &str = "openai/";

/// Models that are told a ratio instead of a size, by what their names have in them.
const BY_RATIO: &[&str] = &["bria", "gemini-25-flash-image", "imagen4", "nano-banana", "ultra"];

/// fal's names of sizes.
const SIZES: &[(&str, &str)] = &[
    ("1024x1024", "square_hd"),
    ("1024x1792", "portrait_16_9"),
    ("1024x768", "landscape_4_3"),
    ("1792x1024", "landscape_16_9"),
    ("512x512", "square"),
    ("768x1024", "portrait_4_3"),
];

impl Adapter for Fal {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let is_openai = target.model.contains("gpt-image");
        let mut body = params::wire_params(target, call);
        let mut left_out = Vec::new();
        leave_out(target, &["response_format", "style", "user"], &mut body, &mut left_out);
        if !is_openai {
            leave_out(target, &["quality"], &mut body, &mut left_out);
        }
        if let Some(count) = body.shift_remove("n") {
            body.insert("num_images".to_owned(), count);
        }
        if let Some(size) = body.shift_remove("size") {
            set_size(target.model, &size, &mut body);
        }
        params::merge_extra_body(target, &mut body);
        let mut path = urls::segments(target.model);
        if is_openai && !path.starts_with(OPENAI) {
            path.insert_str(0, OPENAI);
        }
        let url = urls::endpoint(target, &path)?;
        post(target, call.mode, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            images: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.images == Kind::List(true) { Ok(()) } else { Err(ShapeError::Missing("images")) }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn set_size(model: &str, size: &Value, body: &mut Map<String, Value>) {
    if BY_RATIO.iter().any(|name| model.contains(name)) {
        let ratio = aspect_ratio(size).map_or_else(|| size.clone(), Value::from);
        body.entry("aspect_ratio").or_insert(ratio);
        return;
    }
    let named = SIZES.iter().find(|(openai, _)| *size == **openai).map(|(_, name)| json!(name));
    let pixels = || dimensions(size).map(|(width, height)| json!({"width": width, "height": height}));
    // OpenAI's model is the only one without names.
    let named = named.filter(|_| !model.contains("gpt-image"));
    body.entry("image_size").or_insert(named.or_else(pixels).unwrap_or_else(|| size.clone()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(model: &str, size: &str) -> Value {
        let mut body = Map::new();
        set_size(model, &json!(size), &mut body);
        Value::Object(body)
    }

    #[test]
    fn sizes_are_told_as_the_model_takes_them() {
        assert_eq!(sized("fal-ai/flux-pro/v1.1", "1024x1024"), json!({"image_size": "square_hd"}));
        assert_eq!(
            sized("fal-ai/flux-pro/v1.1", "640x480"),
            json!({"image_size": {"width": 640, "height": 480}})
        );
        assert_eq!(sized("fal-ai/imagen4/preview", "1792x1024"), json!({"aspect_ratio": "16:9"}));
        assert_eq!(
            sized("openai/gpt-image-2", "1024x1024"),
            json!({"image_size": {"width": 1024, "height": 1024}})
        );
    }
}
