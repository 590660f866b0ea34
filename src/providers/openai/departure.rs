//! Formats that are OpenAI's but for a mode or two.

use serde_json::{Map, Value};

use crate::domain::{Call, Deployment, WireRequest, WireResponse};

use super::super::chat::Answers;
use super::super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure};
use super::OpenAi;

/// What a provider does in its own way. Everything else is [`OpenAi`]'s.
pub trait Departure: Sync {
    /// Where the API is, if that is neither what is configured nor what the row says.
    fn base(&self, target: &Target<'_>) -> Option<String> {
        let _ = target;
        None
    }

    /// The request of a call; that of [`OpenAi`] for modes that don't differ.
    ///
    /// # Errors
    /// As [`Adapter::build`].
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        OpenAi.build(target, call)
    }

    /// Whether a 2xx body is an answer.
    ///
    /// # Errors
    /// As [`Adapter::verify`].
    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        OpenAi.verify(call, response)
    }

    /// How the answers to a call become OpenAI's.
    ///
    /// # Errors
    /// As [`Adapter::answers`].
    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        OpenAi.answers(target, call)
    }
}

/// The adapter of a provider with departures.
pub struct OpenAiBut<D>(pub D);

impl<D: Departure> Adapter for OpenAiBut<D> {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        at_base(self.0.base(target), target, |target| self.0.build(target, call))
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        at_base(self.0.base(target), target, |target| OpenAi.list_models(target))
    }

    fn verify(&self, call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        self.0.verify(call, response)
    }

    fn alive(&self, call: &Call, response: &WireResponse) -> bool {
        OpenAi.alive(call, response)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        self.0.answers(target, call)
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        OpenAi.failure(response)
    }
}

/// Builds for a target whose base is another one; `None` for its own.
///
/// # Errors
/// Those of `build`.
pub fn at_base(
    base: Option<String>,
    target: &Target<'_>,
    build: impl FnOnce(&Target<'_>) -> Result<WireRequest, BuildError>,
) -> Result<WireRequest, BuildError> {
    let Some(base) = base else {
        return build(target);
    };
    let over = Map::from_iter([("api_base".to_owned(), Value::from(base))]);
    let params = target.deployment.params.merged(&over);
    let deployment = Deployment { params, ..target.deployment.clone() };
    build(&Target { deployment: &deployment, ..*target })
}
