//! Words for what went wrong: one readable line, and what to do about it.

use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

use http::StatusCode;
use http::header::LOCATION;

use crate::credentials::CredentialError;
use crate::domain::{Failure, FailureKind, Redactor, Secret, WireResponse};
use crate::providers::{ShapeError, UpstreamFailure};
use crate::transport::TransportError;

use super::headers;

/// Longer messages are cut: some providers send whole pages.
const MESSAGE_LIMIT: usize = 600;

/// How a LiteLLM proxy that has no database tells a wrong key, with status 400.
const WRONG_KEY_WITHOUT_DATABASE: &str = "no_db_connection";

fn failure(kind: FailureKind, message: String, hint: Option<String>) -> Failure {
    Failure { kind, status: None, message, hint, request_id: None }
}

/// The configuration can't be turned into a request.
pub(crate) fn config(message: String, hint: Option<String>) -> Failure {
    failure(FailureKind::Config, message, hint)
}

/// The credential would be this machine's own, and the caller may not borrow it.
pub(super) fn not_lent() -> Failure {
    failure(
        FailureKind::Credentials,
        "the request brings no credential of its own, and a daemon without a master key lends nobody its own"
            .to_owned(),
        Some(
            "put the credential itself into `litellm_params`, or set `general_settings.master_key`"
                .to_owned(),
        ),
    )
}

/// A defect of this program.
pub(crate) fn internal() -> Failure {
    let hint = "this is a defect of llmhealth: please report it with the log";
    failure(FailureKind::Internal, "internal error while probing".to_owned(), Some(hint.to_owned()))
}

/// No credential. One that could not be asked for may well be good.
pub(crate) fn credentials(error: &CredentialError) -> Failure {
    let kind = if error.is_unreachable() { FailureKind::Connect } else { FailureKind::Credentials };
    Failure { status: error.status(), ..failure(kind, with_causes(error), error.hint().map(Cow::into_owned)) }
}

/// No answer.
pub(crate) fn transport(error: &TransportError) -> Failure {
    let kind = match error {
        TransportError::Setup { .. } | TransportError::Connect { .. } => FailureKind::Connect,
        TransportError::Broken { .. } | TransportError::Closed { .. } => FailureKind::Broken,
        TransportError::TooLarge { .. } => FailureKind::Body,
    };
    failure(kind, with_causes(error), error.hint().map(str::to_owned))
}

/// No answer in time. `doing` completes "while".
pub(super) fn timeout(deadline: Duration, doing: &str) -> Failure {
    failure(
        FailureKind::Timeout,
        format!("Timeout exceeded: not done within {deadline:?} while {doing}"),
        Some("if this model may take longer, raise `model_info.health_check_timeout`".to_owned()),
    )
}

/// An error status, in the provider's own words.
pub(crate) fn status(response: &WireResponse, told: &UpstreamFailure) -> Failure {
    refusal(&format!("HTTP {}", response.status), Some(response.status), response, told)
}

/// An error event where a session should begin. It has no status, but codes that stand for one.
pub(super) fn event(response: &WireResponse, told: &UpstreamFailure) -> Failure {
    let codes = [told.code.as_deref(), told.kind.as_deref()].into_iter().flatten();
    // Some are qualified: `invalid_request_error.invalid_api_key`.
    let meant = codes.map(|code| code.rsplit('.').next().unwrap_or(code)).find_map(|code| match code {
        "invalid_api_key" | "authentication_error" => Some(401),
        "permission_denied" | "permission_error" => Some(403),
        "invalid_model" | "model_not_found" => Some(404),
        "insufficient_quota" | "rate_limit_error" | "rate_limit_exceeded" => Some(429),
        _ => None,
    });
    refusal("the session began with an error", meant, response, told)
}

fn refusal(beginning: &str, status: Option<u16>, response: &WireResponse, told: &UpstreamFailure) -> Failure {
    let request_id = headers::request_id(response).or_else(|| told.request_id.clone());
    let words = match told.message.trim() {
        "" => status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .and_then(|status| status.canonical_reason()),
        words => Some(words),
    };
    let mut message = format!("{beginning}: {}", words.unwrap_or("no reason given"));
    let code = told.code.as_deref().or(told.kind.as_deref()).filter(|code| !message.contains(code));
    let code = code.map(str::to_owned);
    let id = request_id.as_ref().map(|id| format!("request id {id}"));
    let details: Vec<String> = code.into_iter().chain(id).collect();
    if !details.is_empty() {
        message = format!("{message} ({})", details.join(", "));
    }
    let hint = if told.kind.as_deref() == Some(WRONG_KEY_WITHOUT_DATABASE) {
        Some("a LiteLLM proxy without a database says so of any key but its master key".to_owned())
    } else {
        status.and_then(|status| status_hint(status, response))
    };
    Failure { kind: FailureKind::Status, status, message, hint, request_id }
}

/// A success status with something else than an answer.
pub(crate) fn body(response: &WireResponse, error: &ShapeError) -> Failure {
    let hint = match error {
        ShapeError::Empty | ShapeError::NotJson(_) | ShapeError::NotAudio(_) => {
            Some("check that `api_base` is the address of the API")
        }
        ShapeError::Missing(_) => Some("check that `model_info.mode` is what this model is for"),
        ShapeError::Error(_) => None,
    };
    Failure {
        kind: FailureKind::Body,
        status: Some(response.status),
        message: format!("HTTP {}, but {error}", response.status),
        hint: hint.map(str::to_owned),
        request_id: headers::request_id(response),
    }
}

/// A success status where only a switch of protocols is a success.
pub(super) fn no_handshake(response: &WireResponse) -> Failure {
    Failure {
        kind: FailureKind::Body,
        status: Some(response.status),
        message: format!("HTTP {}, but no switch to the WebSocket protocol", response.status),
        hint: Some("check that `api_base` leads to a realtime endpoint".to_owned()),
        request_id: headers::request_id(response),
    }
}

fn status_hint(status: u16, response: &WireResponse) -> Option<String> {
    let hint = match status {
        300..=399 => {
            return response.header(LOCATION.as_str()).map(|location| {
                let address = location.split(['?', '#']).next().unwrap_or_default();
                format!("the server redirects to {address}; name the final address in `api_base`")
            });
        }
        401 => "check `litellm_params.api_key` and the variable that it comes from",
        403 => "the key is known but may not do this: check its permissions, project and region",
        404 => "check the model's name, `api_base` and, on Azure, the deployment's name and `api_version`",
        429 => match headers::retry_after(response) {
            Some(wait) => return Some(format!("the provider asks to wait {wait:?}")),
            None => "a rate limit or a quota: see the provider's console",
        },
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Makes a failure fit to be shown: without secrets, on one line, of bounded length.
pub(crate) fn presentable(failure: Failure, redactor: &Redactor, credential: Option<&Secret>) -> Failure {
    // A fetched token is not in the configuration, so its redactor does not know it.
    let own = Redactor::new(credential);
    let clean = |text: &str| one_line(&own.clean(&redactor.clean(text)));
    let Failure { kind, status, message, hint, request_id } = failure;
    Failure {
        kind,
        status,
        message: clean(&message),
        hint: hint.as_deref().map(clean),
        request_id: request_id.as_deref().map(clean),
    }
}

fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MESSAGE_LIMIT + 8));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > MESSAGE_LIMIT {
            line.truncate(line.floor_char_boundary(MESSAGE_LIMIT));
            line.push_str(" ...");
            break;
        }
    }
    line
}

fn with_causes(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn response(status: u16, headers: &[(&'static str, &'static str)]) -> WireResponse {
        let headers: HeaderMap = headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        WireResponse { status, headers, body: Bytes::new() }
    }

    #[test]
    fn a_status_is_told_with_words_code_and_request_id() {
        let told = UpstreamFailure {
            message: "Incorrect API key provided".into(),
            code: Some("invalid_api_key".into()),
            ..UpstreamFailure::default()
        };
        let failure = status(&response(401, &[("x-request-id", "req_1")]), &told);
        assert_eq!(
            failure.message,
            "HTTP 401: Incorrect API key provided (invalid_api_key, request id req_1)"
        );
        assert_eq!(failure.request_id.as_deref(), Some("req_1"));
        let silent = status(&response(503, &[]), &UpstreamFailure::default());
        assert_eq!(silent.message, "HTTP 503: Service Unavailable");
    }

    #[test]
    fn a_litellm_proxy_without_a_database_is_explained() {
        let kind = Some("no_db_connection".to_owned());
        let told = UpstreamFailure { message: "No connected db.".into(), kind, ..UpstreamFailure::default() };
        let hint = status(&response(400, &[]), &told).hint.unwrap();
        assert_eq!(hint, "a LiteLLM proxy without a database says so of any key but its master key");
    }

    #[test]
    fn hints_say_where_to_look() {
        let hint = |status, headers: &[_]| status_hint(status, &response(status, headers)).unwrap();
        assert_eq!(hint(429, &[("retry-after", "7")]), "the provider asks to wait 7s");
        assert_eq!(
            hint(308, &[("location", "https://new.example.com/v1?key=x")]),
            "the server redirects to https://new.example.com/v1; name the final address in `api_base`"
        );
    }

    #[test]
    fn what_is_shown_is_one_clean_line_of_bounded_length() {
        let redactor = Redactor::new(&[Secret::from("sk-12345678")]);
        let failure = config("bad\n  key sk-12345678,\ttoken tok-abcdefgh".into(), None);
        let shown = presentable(failure, &redactor, Some(&Secret::from("tok-abcdefgh")));
        assert_eq!(shown.message, "bad key [redacted], token [redacted]");
        let shown = presentable(config("é".repeat(2000), None), &redactor, None);
        assert!(shown.message.len() <= MESSAGE_LIMIT + 4 && shown.message.ends_with(" ..."));
    }
}
