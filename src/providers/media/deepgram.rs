//! Deepgram: transcription of a bare audio body, everything else in the query.
//!
//! <https://developers.deepgram.com/reference/speech-to-text/listen-pre-recorded>

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::{Body, Call, WireRequest, WireResponse};
use crate::providers::answer::{self, Kind};
use crate::providers::{
    Adapter, BuildError, ShapeError, Target, UpstreamFailure, openai, params, url as urls,
};

use super::{keyed, leave_out, text};

/// The adapter of `deepgram`.
pub(in crate::providers) struct Deepgram;

/// Parameters of OpenAI's transcription that Deepgram has nothing like.
const UNKNOWN: &[&str] = &["prompt", "response_format", "temperature", "timestamp_granularities"];

impl Adapter for Deepgram {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut options = params::wire_params(target, call);
        let mut left_out = Vec::new();
        leave_out(target, UNKNOWN, &mut options, &mut left_out);
        params::merge_extra_body(target, &mut options);
        let mut url = urls::endpoint(target, "listen")?;
        url.query_pairs_mut().append_pair("model", target.model);
        for (name, value) in &options {
            // What may be given several times is a list in a configuration.
            match value {
                Value::Array(values) => {
                    url.query_pairs_mut().extend_pairs(values.iter().map(|one| (name, text(one))));
                }
                one => {
                    url.query_pairs_mut().append_pair(name, &text(one));
                }
            }
        }
        // LiteLLM sends neither a header of the user's nor the type of the sound, which Deepgram finds out.
        let body = Body::Bytes { content_type: None, bytes: Bytes::from_static(openai::upload::AUDIO) };
        Ok(WireRequest { body, left_out, ..keyed(target, Method::POST, url)? })
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        keyed(target, Method::GET, urls::endpoint(target, "models")?)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            results: Option<Results>,
        }
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Results {
            channels: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        match answer.results {
            Some(Results { channels: Kind::List(true) }) => Ok(()),
            _ => Err(ShapeError::Missing("results.channels")),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}
