//! Providers of speech, images, videos and documents, each with a format of its own: one file per provider.

mod black_forest_labs;
mod deepgram;
mod elevenlabs;
mod fal;
mod recraft;
mod reducto;
mod runway;
mod soniox;
mod stability;

use http::Method;
use serde_json::{Map, Value};
use url::Url;

use crate::domain::{Body, Mode, Part, PartContent, WireRequest};

use super::{BuildError, Target, keys, params};

pub(super) use black_forest_labs::BlackForestLabs;
pub(super) use deepgram::Deepgram;
pub(super) use elevenlabs::ElevenLabs;
pub(super) use fal::Fal;
pub(super) use recraft::Recraft;
pub(super) use reducto::Reducto;
pub(super) use runway::Runway;
pub(super) use soniox::Soniox;
pub(super) use stability::Stability;

/// OpenAI's sizes as ratios, for models that are told no pixels.
const ASPECT_RATIOS: &[(&str, &str)] = &[
    ("1024x1024", "1:1"),
    ("1024x1792", "9:16"),
    ("1792x1024", "16:9"),
    ("256x256", "1:1"),
    ("512x512", "1:1"),
];

/// A `POST` with the provider's headers, the user's, and the key. Of the user's headers LiteLLM passes
/// `extra_headers` on to these providers and `headers` not.
fn post(
    target: &Target<'_>,
    mode: Mode,
    url: Url,
    body: Body,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let mut request = keyed(target, Method::POST, url)?;
    params::add_row_headers(target, mode, &mut request.headers)?;
    params::add_headers_of(target, "extra_headers", &mut request.headers)?;
    Ok(WireRequest { body, left_out, ..request })
}

/// A request with the key and nothing else.
fn keyed(target: &Target<'_>, method: Method, url: Url) -> Result<WireRequest, BuildError> {
    Ok(WireRequest { auth: keys::auth_plan(target)?, ..WireRequest::new(method, url) })
}

/// A request of the same flow: with the same key, and no header but the key's.
fn next(request: &WireRequest, method: Method, url: Url, body: Body) -> WireRequest {
    WireRequest { auth: request.auth.clone(), body, ..WireRequest::new(method, url) }
}

/// Takes parameters of OpenAI's out of a body that the provider has nothing like.
fn leave_out(target: &Target<'_>, names: &[&str], body: &mut Map<String, Value>, left_out: &mut Vec<String>) {
    for name in names {
        if body.shift_remove(*name).is_some() {
            params::report(target, name, left_out);
        }
    }
}

/// The parameters as form fields.
fn form(fields: &Map<String, Value>) -> Vec<Part> {
    fields.iter().map(|(name, value)| field(name, &text(value))).collect()
}

fn field(name: &str, value: &str) -> Part {
    Part { name: name.to_owned(), content: PartContent::Text(value.to_owned()) }
}

/// A value where only text can be sent: a word as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// OpenAI's size as a ratio.
fn aspect_ratio(size: &Value) -> Option<&'static str> {
    let size = size.as_str()?;
    ASPECT_RATIOS.iter().find(|(own, _)| *own == size).map(|(_, ratio)| *ratio)
}

/// The width and height in `1024x768`.
fn dimensions(size: &Value) -> Option<(u64, u64)> {
    let (width, height) = size.as_str()?.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(dimensions(&json!("1024x768")), Some((1024, 768)));
        assert_eq!(dimensions(&json!("auto")), None);
        assert_eq!(aspect_ratio(&json!("1792x1024")), Some("16:9"));
        assert_eq!(aspect_ratio(&json!("1000x1")), None);
    }

    #[test]
    fn values_become_text() {
        let Value::Object(fields) = json!({"a": "x", "b": 0.5, "c": [1]}) else { panic!() };
        let texts: Vec<_> = form(&fields)
            .into_iter()
            .map(|part| match part.content {
                PartContent::Text(text) => text,
                PartContent::File { .. } => panic!(),
            })
            .collect();
        assert_eq!(texts, ["x", "0.5", "[1]"]);
    }
}
