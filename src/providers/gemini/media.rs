//! Bodies besides chat and embedding, as far as AI Studio and Vertex AI share them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::Call;
use crate::providers::openai::upload;
use crate::providers::{Target, params};

/// Google's own names of what Imagen can be asked for.
const IMAGEN: &[&str] = &[
    "addWatermark",
    "aspectRatio",
    "enhancePrompt",
    "imageSize",
    "includeRaiReason",
    "includeSafetyAttributes",
    "language",
    "negativePrompt",
    "outputOptions",
    "personGeneration",
    "safetySetting",
    "sampleCount",
    "sampleImageSize",
    "seed",
    "storageUri",
];

/// Google's own names of what Veo can be asked for.
const VEO: &[&str] = &[
    "aspectRatio",
    "compressionQuality",
    "durationSeconds",
    "enhancePrompt",
    "generateAudio",
    "negativePrompt",
    "personGeneration",
    "resizeMode",
    "resolution",
    "sampleCount",
    "seed",
    "storageUri",
];

/// Shapes of pictures by the sizes that OpenAI's API has for them.
const SHAPES: &[(&str, &str)] = &[
    ("256x256", "1:1"),
    ("512x512", "1:1"),
    ("1024x1024", "1:1"),
    ("1792x1024", "16:9"),
    ("1280x720", "16:9"),
    ("1920x1080", "16:9"),
    ("1024x1792", "9:16"),
    ("720x1280", "9:16"),
    ("1080x1920", "9:16"),
    ("1280x896", "4:3"),
    ("896x1280", "3:4"),
];

/// The chat request by which a Gemini model speaks.
pub(crate) fn speech_as_chat(target: &Target<'_>, call: &Call) -> Map<String, Value> {
    let mut request = params::wire_params(target, call);
    let text = request.shift_remove("input").unwrap_or_default();
    let voice = request.shift_remove("voice").unwrap_or_default();
    // Speech comes as raw samples, whatever format OpenAI's API would offer.
    for key in ["response_format", "speed", "instructions"] {
        request.shift_remove(key);
    }
    request.insert("messages".to_owned(), json!([{"role": "user", "content": text}]));
    request.insert("modalities".to_owned(), json!(["audio"]));
    request.insert("audio".to_owned(), json!({"voice": voice}));
    request
}

/// The `parameters` of Imagen.
pub(crate) fn imagen_parameters(
    target: &Target<'_>,
    call: &Call,
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    parameters(target, call, IMAGEN, ("n", "sampleCount"), left_out)
}

/// The body by which Veo makes a video; without `parameters` when there are none.
pub(crate) fn veo(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut parameters = parameters(target, call, VEO, ("seconds", "durationSeconds"), left_out);
    // OpenAI writes the length as text.
    if let Some(seconds) = parameters.get_mut("durationSeconds")
        && let Some(number) = seconds.as_str().and_then(|text| text.parse::<u32>().ok())
    {
        *seconds = json!(number);
    }
    let mut body = Map::from_iter([("instances".to_owned(), json!([{"prompt": prompt(call)}]))]);
    if !parameters.is_empty() {
        body.insert("parameters".to_owned(), Value::Object(parameters));
    }
    body
}

/// Parameters under Google's names: its own as they are, OpenAI's `size` and one more by translation.
fn parameters(
    target: &Target<'_>,
    call: &Call,
    own: &[&str],
    (openai, google): (&str, &str),
    left_out: &mut Vec<String>,
) -> Map<String, Value> {
    let mut parameters = Map::new();
    for (key, value) in params::wire_params(target, call) {
        match key.as_str() {
            "prompt" => {}
            "size" => {
                if let Some(shape) = shape(&value) {
                    parameters.insert("aspectRatio".to_owned(), json!(shape));
                }
            }
            key if key == openai => {
                parameters.insert(google.to_owned(), value);
            }
            key if own.contains(&key) => {
                parameters.insert(key.to_owned(), value);
            }
            key => params::report(target, key, left_out),
        }
    }
    parameters
}

/// The `generationConfig` of a Gemini model that draws.
pub(crate) fn drawing_config(
    target: &Target<'_>,
    call: &Call,
    modalities: (&str, Value),
) -> Map<String, Value> {
    let mut config = Map::from_iter([(modalities.0.to_owned(), modalities.1)]);
    let request = params::wire_params(target, call);
    if let Some(shape) = request.get("size").and_then(shape) {
        config.insert("imageConfig".to_owned(), json!({"aspectRatio": shape}));
    }
    if let Some(own) = request.get("imageConfig") {
        config.insert("imageConfig".to_owned(), own.clone());
    }
    config
}

fn shape(size: &Value) -> Option<&'static str> {
    let size = size.as_str()?;
    SHAPES.iter().find(|(known, _)| *known == size).map(|(_, shape)| *shape)
}

/// The prompt of a call.
pub(crate) fn prompt(call: &Call) -> Value {
    call.payload.get("prompt").cloned().unwrap_or_default()
}

/// The parts by which a Gemini model edits the probe's picture.
pub(crate) fn edit_parts(call: &Call) -> Value {
    json!([{"inlineData": {"mimeType": "image/png", "data": image()}}, {"text": prompt(call)}])
}

/// The probe's picture in base64.
pub(crate) fn image() -> String {
    STANDARD.encode(upload::IMAGE)
}

/// The probe's sound in base64.
pub(crate) fn audio() -> String {
    STANDARD.encode(upload::AUDIO)
}
