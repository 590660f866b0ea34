//! Perplexity: its agents' presets stand where a model does.

use serde_json::Value;

use crate::domain::{Body, Call, Mode, WireRequest};
use crate::providers::openai::{Departure, OpenAi};
use crate::providers::{Adapter, BuildError, Target};

/// The departure of `perplexity`.
pub(in crate::providers) struct Perplexity;

impl Departure for Perplexity {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut request = OpenAi.build(target, call)?;
        if let (Mode::Responses, Some(preset), Body::Json(Value::Object(body))) =
            (call.mode, target.model.strip_prefix("preset/"), &mut request.body)
        {
            body.shift_remove("model");
            body.insert("preset".to_owned(), Value::from(preset));
        }
        Ok(request)
    }
}
