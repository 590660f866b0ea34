//! Black Forest Labs: a picture is ordered from the model that is the address, and asked after until it is there.
//!
//! <https://docs.bfl.ai/api_integration/integration_guidelines>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::ACCEPT;
use http::{HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, FollowUp, ShapeError, Step, Target, UpstreamFailure, openai, params, url as urls,
};

use super::{dimensions, leave_out, next, post};

/// The adapter of `black_forest_labs`.
pub(in crate::providers) struct BlackForestLabs;

/// The domain of all its hosts: an order is asked after at another one than it was placed with.
const DOMAIN: &str = "bfl.ai";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Order {
    error: Kind,
    errors: Kind,
    status: Option<String>,
    polling_url: Option<String>,
    result: Kind,
}

impl Adapter for BlackForestLabs {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut body = body(target, call, &mut left_out);
        params::merge_extra_body(target, &mut body);
        let url = urls::endpoint(target, &["v1/", &urls::segment(target.model)].concat())?;
        let mut request = post(target, call.mode, url, Body::Json(Value::Object(body)), left_out)?;
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    fn follow_up(&self, step: &Step<'_>) -> Option<FollowUp> {
        let order: Order = answer::read(step.response).ok()?;
        if step.request.method == Method::GET {
            let is_pending = order.status.as_deref() == Some("Pending");
            return is_pending.then(|| FollowUp::poll(step.request.clone()));
        }
        let url = Url::parse(&order.polling_url?).ok()?;
        // The key goes to who was asked and to Black Forest Labs, and to nobody else.
        let is_asked = url.origin() == step.request.url.origin();
        (is_asked || is_own(&url)).then(|| FollowUp::poll(next(step.request, Method::GET, url, Body::Empty)))
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let order: Order = answer::read(response)?;
        answer::refuse_error(order.error, response)?;
        answer::refuse_error(order.errors, response)?;
        match (order.status.as_deref(), order.result) {
            // The probe asks for nothing improper, but filters err, and a model that is filtered does serve.
            (Some("Ready"), Kind::Object(true) | Kind::List(true))
            | (Some("Content Moderated" | "Request Moderated"), _) => Ok(()),
            (Some("Ready"), _) => Err(ShapeError::Missing("result")),
            (Some(status), _) => Err(ShapeError::Error(format!("the order ended as `{status}`"))),
            (None, _) => Err(ShapeError::Missing("status")),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

fn body(target: &Target<'_>, call: &Call, left_out: &mut Vec<String>) -> Map<String, Value> {
    let mut body = params::wire_params(target, call);
    leave_out(target, &["quality", "response_format", "style", "user"], &mut body, left_out);
    if target.model.contains("ultra") {
        if let Some(count) = body.shift_remove("n") {
            body.insert("num_images".to_owned(), count);
        }
    } else {
        leave_out(target, &["n"], &mut body, left_out);
    }
    if let Some(size) = body.shift_remove("size") {
        match dimensions(&size) {
            Some((width, height)) if call.mode == Mode::ImageGeneration => {
                body.insert("width".to_owned(), json!(width));
                body.insert("height".to_owned(), json!(height));
            }
            _ => params::report(target, "size", left_out),
        }
    }
    if call.mode == Mode::ImageEdit {
        body.insert("input_image".to_owned(), json!(STANDARD.encode(openai::upload::IMAGE)));
    }
    body.entry("output_format").or_insert_with(|| json!("png"));
    body
}

fn is_own(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    url.scheme() == "https"
        && host.strip_suffix(DOMAIN).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_asked_after_at_its_own_hosts() {
        for (url, expected) in [
            ("https://api.bfl.ai/v1/get_result?id=1", true),
            ("https://api.eu1.bfl.ai/v1/get_result?id=1", true),
            ("http://api.bfl.ai/v1/get_result?id=1", false),
            ("https://evilbfl.ai/v1/get_result", false),
            ("https://bfl.ai.evil.example/", false),
        ] {
            assert_eq!(is_own(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
