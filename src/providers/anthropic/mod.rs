//! Anthropic's wire formats: the Messages API, and the text completions that came before it.

mod answer;
mod auth;
mod beta;
pub(crate) mod blocks;
mod completion;
mod content;
mod generation;
mod messages;
mod names;
mod stream;
mod structured;
mod text;
pub(crate) mod thinking;
mod tools;

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::{Body, Call, Mode, WireRequest, WireResponse};

use super::answer::Kind;
use super::chat::{Answers, TranslateError};
use super::{Adapter, BuildError, ShapeError, Target, UpstreamFailure, params, url as urls};

pub(crate) use answer::Claude;
pub(crate) use auth::add_headers;
pub(crate) use beta::{STRUCTURED_OUTPUTS, needed_betas, searches_the_web};
pub(crate) use generation::Generation;
pub(crate) use messages::{Dialect, to_messages};
pub(crate) use names::{ClientTools, known_id, known_name};
pub(crate) use structured::{ANY_OBJECT, JSON_TOOL, close};

/// `POST /v1/messages`.
pub(super) struct Messages;

/// `POST /v1/complete`, for Claude 2 and before.
pub(super) struct Complete;

/// The statuses that Anthropic's types of errors come with.
const STATUSES: [(&str, u16); 9] = [
    ("api_error", 500),
    ("authentication_error", 401),
    ("billing_error", 402),
    ("invalid_request_error", 400),
    ("not_found_error", 404),
    ("overloaded_error", 529),
    ("permission_error", 403),
    ("rate_limit_error", 429),
    ("request_too_large", 413),
];

/// The fields by which answers are recognised.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Kind,
    #[serde(default)]
    content: Kind,
    #[serde(default)]
    stop_reason: Kind,
    #[serde(default)]
    completion: Kind,
}

impl Adapter for Messages {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut body = Map::from_iter([("model".to_owned(), json!(target.model))]);
        body.extend(to_messages(
            target,
            &params::wire_params(target, call),
            Dialect::ANTHROPIC,
            &mut left_out,
        )?);
        if call.stream {
            body.insert("stream".to_owned(), Value::Bool(true));
        }
        // Here LiteLLM has no meaning for it: it is a parameter like any other.
        if let Some(extra) = target.deployment.params.get("extra_body") {
            body.insert("extra_body".to_owned(), extra.clone());
        }
        post(target, "v1/messages", body, left_out)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(Claude::of(call))),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        list_models(target)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let answer: Answer = super::answer::read(response)?;
        super::answer::refuse_error(answer.error, response)?;
        // An answer cut short by `max_tokens` may have no content, and is an answer all the same.
        if matches!(answer.content, Kind::List(_)) || answer.stop_reason == Kind::Text(true) {
            Ok(())
        } else {
            Err(ShapeError::Missing("content"))
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        super::answer::failure(response)
    }
}

impl Adapter for Complete {
    fn build(&self, target: &Target<'_>, call: &Call) -> Result<WireRequest, BuildError> {
        let mut left_out = Vec::new();
        let mut body = text::to_complete(target, &params::wire_params(target, call), &mut left_out);
        if call.stream {
            body.insert("stream".to_owned(), Value::Bool(true));
        }
        post(target, "v1/complete", body, left_out)
    }

    fn answers(&self, target: &Target<'_>, call: &Call) -> Result<Answers, BuildError> {
        match call.mode {
            Mode::Chat => Ok(Answers::by(completion::Completion)),
            mode => Err(BuildError::NotCallable { provider: target.provider.slug, mode }),
        }
    }

    fn list_models(&self, target: &Target<'_>) -> Result<WireRequest, BuildError> {
        list_models(target)
    }

    fn verify(&self, _call: &Call, response: &WireResponse) -> Result<(), ShapeError> {
        let answer: Answer = super::answer::read(response)?;
        super::answer::refuse_error(answer.error, response)?;
        if matches!(answer.completion, Kind::Text(_)) {
            Ok(())
        } else {
            Err(ShapeError::Missing("completion"))
        }
    }

    fn failure(&self, response: &WireResponse) -> UpstreamFailure {
        super::answer::failure(response)
    }
}

/// An error told in a body of success or in a stream, with the status that it would have come with otherwise.
fn told(body: &Bytes) -> TranslateError {
    let mut error = TranslateError::told(None, body);
    if let TranslateError::Failed { status, failure } = &mut error {
        let kind = failure.kind.as_deref();
        *status = STATUSES.iter().find(|(name, _)| Some(*name) == kind).map(|(_, status)| *status);
    }
    error
}

/// `GET /v1/models`.
fn list_models(target: &Target<'_>) -> Result<WireRequest, BuildError> {
    let mut request = WireRequest::new(Method::GET, urls::endpoint(target, "v1/models")?);
    request.auth = auth::plan(target)?;
    params::add_user_headers(target, &mut request.headers)?;
    add_headers(&mut request.headers, &request.auth, &[]);
    Ok(request)
}

fn post(
    target: &Target<'_>,
    path: &str,
    body: Map<String, Value>,
    left_out: Vec<String>,
) -> Result<WireRequest, BuildError> {
    let betas = needed_betas(&body);
    let mut request = WireRequest::new(Method::POST, urls::endpoint(target, path)?);
    request.left_out = left_out;
    request.body = Body::Json(Value::Object(body));
    request.auth = auth::plan(target)?;
    params::add_user_headers(target, &mut request.headers)?;
    add_headers(&mut request.headers, &request.auth, &betas);
    Ok(request)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn response(body: &str) -> WireResponse {
        WireResponse { status: 200, headers: HeaderMap::new(), body: body.to_owned().into() }
    }

    fn verdict(adapter: &dyn Adapter, body: &str) -> Result<(), ShapeError> {
        adapter.verify(&Call::new(Mode::Chat, Map::new()), &response(body))
    }

    #[test]
    fn an_answer_that_was_cut_short_is_one() {
        for body in [
            r#"{"type": "message", "content": [{"type": "text", "text": "ok"}], "stop_reason": "end_turn"}"#,
            r#"{"type": "message", "content": [], "stop_reason": "max_tokens"}"#,
            r#"{"type": "message", "stop_reason": "max_tokens"}"#,
        ] {
            assert_eq!(verdict(&Messages, body), Ok(()), "{body}");
        }
        assert_eq!(verdict(&Complete, r#"{"type": "completion", "completion": ""}"#), Ok(()));
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for body in ["", "{}", "[]", "<html></html>", r#"{"choices": []}"#] {
            assert!(verdict(&Messages, body).is_err(), "{body}");
            assert!(verdict(&Complete, body).is_err(), "{body}");
        }
        let error = r#"{"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}"#;
        assert_eq!(verdict(&Messages, error), Err(ShapeError::Error("Overloaded".to_owned())));
        let said = Messages.failure(&response(error));
        assert_eq!((said.message.as_str(), said.kind.as_deref()), ("Overloaded", Some("overloaded_error")));
    }
}
