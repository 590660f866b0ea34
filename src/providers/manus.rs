//! Manus: OpenAI's Responses API, where a model is a profile of an agent.

use serde_json::json;

use crate::domain::{Call, WireRequest, WireResponse};

use super::chat::Answers;
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai};

/// The adapter of `manus`.
pub(super) struct Manus;

impl Adapter for Manus {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut call = call.clone();
        call.payload.insert("task_mode".to_owned(), json!("agent"));
        call.payload.insert("agent_profile".to_owned(), json!(target.model));
        openai::post_json(target, &call)
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        openai::verify(call.mode, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        openai::answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}
