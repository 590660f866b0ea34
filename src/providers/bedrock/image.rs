//! Images: `InvokeModel` of Amazon's and Stability's models.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::{Call, WireRequest};
use crate::providers::aws::EnvOrder;
use crate::providers::openai::upload::IMAGE;
use crate::providers::{BuildError, Target, params};

use super::endpoint::{Access, Endpoint};
use super::model::{Model, PathForm, bad, base};

/// OpenAI's parameters that no image model here takes.
const FOREIGN: [&str; 4] = ["response_format", "style", "user", "background"];

/// Text to image.
pub(super) fn generate(
    target: &Target<'_>,
    model: &Model<'_>,
    call: &Call,
) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = request(target, call, &mut left_out);
    let prompt = request.shift_remove("prompt").unwrap_or_default();
    let base = base(&model.name);
    let body = if base.starts_with("amazon.") {
        amazon("TEXT_IMAGE", ("textToImageParams", json!({"text": prompt})), request)
    } else if base.starts_with("stability.stable-diffusion-xl") {
        let mut body = Map::from_iter([("text_prompts".to_owned(), json!([{"text": prompt, "weight": 1}]))]);
        spread_size(&mut request);
        request.shift_remove("n");
        body.extend(request);
        Value::Object(body)
    } else if base.starts_with("stability.") {
        stability(target, prompt, request, &mut left_out)
    } else {
        return Err(bad("names no image model of Amazon or Stability"));
    };
    post(target, model, body, left_out)
}

/// Image and text to image.
pub(super) fn edit(target: &Target<'_>, model: &Model<'_>, call: &Call) -> Result<WireRequest, BuildError> {
    let mut left_out = Vec::new();
    let mut request = request(target, call, &mut left_out);
    let prompt = request.shift_remove("prompt").unwrap_or_default();
    let image = json!(STANDARD.encode(IMAGE));
    let base = base(&model.name);
    let body = if base.starts_with("amazon.") {
        let variation = json!({"text": prompt, "images": [image]});
        amazon("IMAGE_VARIATION", ("imageVariationParams", variation), request)
    } else if base.starts_with("stability.") {
        let mut body = stability(target, prompt, request, &mut left_out);
        let place = if base.contains("style-transfer") { "init_image" } else { "image" };
        body[place] = image;
        if body.get("output_format").is_none() {
            body["output_format"] = json!("png");
        }
        body
    } else {
        return Err(bad("names no image model of Amazon or Stability"));
    };
    post(target, model, body, left_out)
}

fn post(
    target: &Target<'_>,
    model: &Model<'_>,
    body: Value,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let path = ["model/", &super::id_in_path(target, &model.name, PathForm::Colons), "/invoke"].concat();
    let runtime = Endpoint::runtime(target, model, EnvOrder::Standard);
    let mut built = runtime.post(target, &path, body, Access::KeyOrSignature)?;
    built.left_out = left_out;
    Ok(built)
}

fn request(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut request = params::wire_params(target, call);
    request.shift_remove("model_id");
    for name in FOREIGN {
        if request.shift_remove(name).is_some() {
            params::report(target, name, left_out);
        }
    }
    request
}

/// Titan and Nova Canvas: a task with its parameters, and one configuration for all tasks.
fn amazon(task: &str, (place, task_params): (&str, Value), mut config: Map<String, Value>) -> Value {
    spread_size(&mut config);
    if let Some(count) = config.shift_remove("n") {
        config.insert("numberOfImages".to_owned(), count);
    }
    if let Some(quality) = config.shift_remove("quality") {
        let premium = quality == "hd" || quality == "premium" || quality == "high";
        config.insert("quality".to_owned(), json!(if premium { "premium" } else { "standard" }));
    }
    json!({"taskType": task, place: task_params, "imageGenerationConfig": config})
}

/// Stability's models since Stable Diffusion 3. They make one image, of a named shape.
fn stability(
    target: &Target<'_>,
    prompt: Value,
    mut request: Map<String, Value>,
    left_out: &mut Vec<String>,
) -> Value {
    for name in ["n", "quality"] {
        if request.shift_remove(name).is_some() {
            params::report(target, name, left_out);
        }
    }
    if let Some(size) = request.shift_remove("size") {
        match size.as_str().and_then(shape) {
            Some(shape) => {
                request.insert("aspect_ratio".to_owned(), json!(shape));
            }
            None => params::report(target, "size", left_out),
        }
    }
    if prompt != "" {
        request.insert("prompt".to_owned(), prompt);
    }
    Value::Object(request)
}

/// OpenAI's `size` as `width` and `height`.
fn spread_size(config: &mut Map<String, Value>) {
    let Some(size) = config.shift_remove("size") else { return };
    let sides = size.as_str().and_then(|size| size.split_once('x'));
    if let Some((width, height)) =
        sides.and_then(|(w, h)| Some((w.parse::<u32>().ok()?, h.parse::<u32>().ok()?)))
    {
        config.insert("width".to_owned(), json!(width));
        config.insert("height".to_owned(), json!(height));
    }
}

/// The shape of an image of one of OpenAI's sizes.
fn shape(size: &str) -> Option<&'static str> {
    match size {
        "256x256" | "512x512" | "1024x1024" => Some("1:1"),
        "1792x1024" => Some("16:9"),
        "1024x1792" => Some("9:16"),
        "1536x1024" => Some("3:2"),
        "1024x1536" => Some("2:3"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amazon_takes_sides_counts_and_two_qualities() {
        let Value::Object(config) = json!({"size": "512x256", "n": 2, "quality": "hd", "seed": 7}) else {
            panic!()
        };
        assert_eq!(
            amazon("TEXT_IMAGE", ("textToImageParams", json!({"text": "a"})), config),
            json!({
                "taskType": "TEXT_IMAGE",
                "textToImageParams": {"text": "a"},
                "imageGenerationConfig":
                    {"width": 512, "height": 256, "numberOfImages": 2, "quality": "premium", "seed": 7},
            })
        );
    }
}
