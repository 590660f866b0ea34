//! Reads answers: whether a 2xx body is one, and what an error body says.
//!
//! Formats differ in which field an answer must have; how errors are told differs little, so all adapters
//! share [`failure`].

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::domain::WireResponse;

use super::{ShapeError, UpstreamFailure};

/// The longest message that is passed on, in characters.
const MAX_MESSAGE: usize = 400;

/// What kind of JSON value a field holds, without keeping it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// No such field, or null.
    #[default]
    Absent,
    /// A number or boolean.
    Scalar,
    /// A text; true when it is not empty.
    Text(bool),
    /// An array; true when it is not empty.
    List(bool),
    /// An object; true when it is not empty.
    Object(bool),
}

impl Kind {
    /// Whether the field says that something went wrong: present, not empty, not `false`.
    #[must_use]
    pub fn is_error(self) -> bool {
        matches!(self, Self::Text(true) | Self::List(true) | Self::Object(true))
    }
}

/// Reads a body as a JSON object of fields that the caller is interested in.
///
/// # Errors
/// When the body is empty or not such an object.
pub fn read<'a, T: Deserialize<'a>>(response: &'a WireResponse) -> Result<T, ShapeError> {
    let body = response.body.trim_ascii();
    if body.is_empty() {
        return Err(ShapeError::Empty);
    }
    serde_json::from_slice(body).map_err(|_| ShapeError::NotJson(what_it_is(response)))
}

/// Refuses a 2xx body whose `error` field holds something.
///
/// # Errors
/// With the provider's own words.
pub fn refuse_error(error: Kind, response: &WireResponse) -> Result<(), ShapeError> {
    if error.is_error() { Err(ShapeError::Error(failure(response).message)) } else { Ok(()) }
}

/// What a body is that should have been JSON.
#[must_use]
pub fn what_it_is(response: &WireResponse) -> String {
    if is_html(&response.body) {
        return match html_title(&String::from_utf8_lossy(&response.body)) {
            Some(title) => format!("an HTML page titled `{title}`"),
            None => "an HTML page".to_owned(),
        };
    }
    match serde_json::from_slice::<Value>(&response.body) {
        Ok(Value::Array(_)) => "a JSON array".to_owned(),
        Ok(Value::Object(_)) => "a JSON object of another shape".to_owned(),
        Ok(_) => "a bare JSON value".to_owned(),
        Err(_) => match response.header("content-type") {
            Some(kind) => format!("`{}`", kind.split(';').next().unwrap_or_default().trim()),
            None => "something else".to_owned(),
        },
    }
}

/// What the provider says of an error, in any of the shapes that providers use.
#[must_use]
pub fn failure(response: &WireResponse) -> UpstreamFailure {
    let Ok(body) = serde_json::from_slice::<Value>(&response.body) else {
        return UpstreamFailure { message: text_message(response), ..UpstreamFailure::default() };
    };
    // Google wraps its error into an array.
    let body = body.get(0).unwrap_or(&body);
    let details = || body.get("detail").filter(|detail| detail.is_object());
    let first = || body.get("errors").and_then(|errors| errors.get(0)).filter(|error| error.is_object());
    let error = body.get("error").or_else(|| body.get("Error")).or_else(details).or_else(first);
    let error = error.unwrap_or(body);
    let message = message_in(error).or_else(|| message_in(body)).unwrap_or_else(|| match body {
        Value::Object(fields) if !fields.is_empty() => body.to_string(),
        Value::String(text) => text.clone(),
        _ => no_words(response),
    });
    UpstreamFailure {
        message: one_line(&message),
        code: word(error, &["code", "err_code", "status"]),
        kind: word(error, &["type", "__type", "error_type"]),
        param: word(error, &["param"]).map(String::into_boxed_str),
        request_id: word(body, &["request_id", "requestId", "trace"]),
    }
}

/// Whether an error says that the answer was cut off at the output limit: the model did answer.
#[must_use]
pub fn says_output_limit(response: &WireResponse) -> bool {
    if response.status != 400 {
        return false;
    }
    let message = failure(response).message.to_ascii_lowercase();
    message.contains("output limit was reached") || message.contains("output limit reached")
}

/// A text without line breaks and of bounded length.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(MAX_MESSAGE));
    let mut count = 0;
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
            count += 1;
        }
        for letter in word.chars() {
            if count == MAX_MESSAGE {
                line.push('…');
                return line;
            }
            line.push(letter);
            count += 1;
        }
    }
    line
}

/// The message in one of the fields that providers put it in.
fn message_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Object(fields) => [
            "message",
            "Message",
            "detail",
            "details",
            "error_description",
            "error_message",
            "msg",
            "err_msg",
            "errors",
            "title",
        ]
        .into_iter()
        .find_map(|name| fields.get(name).and_then(message_in)),
        Value::Array(items) => items.first().and_then(message_in),
        _ => None,
    }
}

/// The first of these fields that is a word, else the first that is a number.
fn word(value: &Value, names: &[&str]) -> Option<String> {
    let fields = || names.iter().filter_map(|name| value.get(name));
    let text = |field: &Value| field.as_str().filter(|text| !text.is_empty()).map(one_line);
    let number = |field: &Value| field.as_number().map(ToString::to_string);
    fields().find_map(text).or_else(|| fields().find_map(number))
}

fn text_message(response: &WireResponse) -> String {
    if is_html(&response.body) {
        return what_it_is(response);
    }
    let text = String::from_utf8_lossy(&response.body);
    if text.trim().is_empty() || text.contains('\u{fffd}') { no_words(response) } else { one_line(&text) }
}

fn no_words(response: &WireResponse) -> String {
    format!("HTTP {} without a message", response.status)
}

fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn html_title(page: &str) -> Option<String> {
    let start = page.find("<title>")? + "<title>".len();
    let end = start + page[start..].find("</title>")?;
    let title = one_line(&page[start..end]);
    (!title.is_empty()).then_some(title)
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KindVisitor)
    }
}

struct KindVisitor;

impl<'de> Visitor<'de> for KindVisitor {
    type Value = Kind;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
        Ok(Kind::Scalar)
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Text(!text.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut any = false;
        while items.next_element::<IgnoredAny>()?.is_some() {
            any = true;
        }
        Ok(Kind::List(any))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Kind, A::Error> {
        let mut any = false;
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            any = true;
        }
        Ok(Kind::Object(any))
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn response(status: u16, body: &'static str) -> WireResponse {
        WireResponse { status, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) }
    }

    fn message(body: &'static str) -> String {
        failure(&response(400, body)).message
    }

    #[test]
    fn messages_are_found_wherever_vendors_put_them() {
        let openai = failure(&response(
            404,
            r#"{"error": {"message": "no such model", "type": "invalid_request_error", "code": "model_not_found"}}"#,
        ));
        assert_eq!(openai.message, "no such model");
        assert_eq!(openai.code.as_deref(), Some("model_not_found"));
        assert_eq!(openai.kind.as_deref(), Some("invalid_request_error"));
        assert_eq!(message(r#"{"error": "plain"}"#), "plain");
        assert_eq!(message(r#"{"message": "top"}"#), "top");
        assert_eq!(message(r#"{"detail": [{"msg": "field required"}]}"#), "field required");
        assert_eq!(message(r#"[{"error": {"code": 400, "message": "wrapped"}}]"#), "wrapped");
        assert_eq!(message(r#"{"detail": {"status": "bad", "message": "inner"}}"#), "inner");
        assert_eq!(message(r#"{"err_code": "INVALID_AUTH", "err_msg": "no"}"#), "no");
        assert_eq!(message("two\n lines"), "two lines");
    }

    #[test]
    fn bodies_without_words_are_summarised() {
        assert_eq!(
            message("<html><head><title>502 Bad\nGateway</title></head></html>"),
            "an HTML page titled `502 Bad Gateway`"
        );
        assert_eq!(message(""), "HTTP 400 without a message");
        assert_eq!(message("{}"), "HTTP 400 without a message");
        assert_eq!(message(r#"{"odd": 1}"#), r#"{"odd":1}"#);
        assert_eq!(one_line(&"x".repeat(1000)).chars().count(), MAX_MESSAGE + 1);
    }

    #[test]
    fn the_output_limit_means_alive() {
        let limit = r#"{"error": {"message": "Could not finish the message because max_tokens or model output limit was reached."}}"#;
        assert!(says_output_limit(&response(400, limit)));
        assert!(!says_output_limit(&response(429, limit)));
        assert!(!says_output_limit(&response(400, r#"{"error": {"message": "max_tokens is too large"}}"#)));
    }
}
