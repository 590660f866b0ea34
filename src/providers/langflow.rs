//! LangFlow: runs a flow with the user's last words. What else is asked belongs to the flow.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::{Answers, TranslateError, Translator, history, message};
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
        history::refuse_all_but_text(target, messages, &mut left_out);
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

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Output)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        answer::failure(response)
    }
}

/// Reads what a flow puts out.
struct Output;

/// Where its text may stand, which depends on the flow's last component.
const TEXTS: &[&str] = &[
    "/outputs/0/outputs/0/results/message/text",
    "/outputs/0/outputs/0/results/message/data/text",
    "/outputs/0/outputs/0/results/text/data/text",
    "/outputs/0/outputs/0/messages/0/message",
    "/outputs/0/outputs/0/artifacts/message",
];

impl Translator for Output {
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError> {
        let run: Value = answer::read(response)?;
        if run.get("error").is_some_and(|error| !error.is_null()) {
            return Err(TranslateError::told(None, &response.body));
        }
        let text = TEXTS.iter().find_map(|path| run.pointer(path)?.as_str());
        Ok(message::of_text(text.ok_or(ShapeError::Missing("outputs"))?, "stop", None))
    }
}
