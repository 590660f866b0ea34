//! LangFlow: runs a flow with the user's last words. What else is asked belongs to the flow.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::prompt::{messages, role_of, text_of};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, answer, openai, params, url as urls};

/// The adapter of `langflow`.
pub(super) struct LangFlow;

/// Of a deployment's own parameters, what a run takes.
const RUN_PARAMS: &[&str] = &["input_type", "output_type", "session_id"];

impl Adapter for LangFlow {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut request = params::wire_params(target, call);
        let messages = messages(&request)?;
        let last = messages.iter().rfind(|message| role_of(message) == "user").or(messages.last());
        let mut body = Map::from_iter([
            ("input_value".to_owned(), json!(last.map(text_of))),
            ("input_type".to_owned(), json!("chat")),
            ("output_type".to_owned(), json!("chat")),
        ]);
        request.shift_remove("messages");
        for (key, value) in request {
            if RUN_PARAMS.contains(&key.as_str()) {
                body.insert(key, value);
            } else {
                params::report(target, &key, &mut left_out);
            }
        }
        params::merge_extra_body(target, &mut body);
        let path = ["api/v1/run/", &urls::segment(target.model)].concat();
        let url = urls::join(urls::base(target)?, &path)?;
        openai::finish(target, Mode::Chat, url, Body::Json(Value::Object(body)), left_out)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Answer {
            error: Kind,
            outputs: Kind,
        }
        let answer: Answer = answer::read(response)?;
        answer::refuse_error(answer.error, response)?;
        if answer.outputs == Kind::List(true) { Ok(()) } else { Err(ShapeError::Missing("outputs")) }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}
