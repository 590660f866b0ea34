//! What a client says about how its call is to be made, besides what it asks: in headers, or in fields of the body that
//! LiteLLM takes.

use std::time::Duration;

use axum::http::HeaderMap;
use serde_json::{Map, Value};

use super::error::ApiError;

const TIMEOUT: &str = "x-litellm-timeout";
const STREAM_TIMEOUT: &str = "x-litellm-stream-timeout";
const RETRIES: &str = "x-litellm-num-retries";
/// Fields that LiteLLM's proxy acts on and this one does not. To pass them over would be to promise what is not done.
const UNSERVED: &[&str] = &[
    "fallbacks",
    "default_fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "mock_response",
    "mock_timeout",
];

/// How a call is to be made.
#[derive(Debug, Default, PartialEq)]
pub(super) struct CallOptions {
    pub(super) timeout: Option<Duration>,
    pub(super) retries: Option<u32>,
}

impl CallOptions {
    /// Reads them. Headers count more than fields, and of a streamed call what is said for streams.
    pub(super) fn read(
        headers: &HeaderMap,
        body: &Map<String, Value>,
        is_streamed: bool,
    ) -> Result<Self, ApiError> {
        if let Some(name) = UNSERVED.iter().find(|name| body.get(**name).is_some_and(says_something)) {
            return Err(unusable(name, "is not supported: a call goes to deployments of one model name"));
        }
        let said = Said { headers, body };
        let of_streams = if is_streamed { said.seconds(STREAM_TIMEOUT, &["stream_timeout"])? } else { None };
        let timeout = match of_streams {
            Some(limit) => Some(limit),
            None => said.seconds(TIMEOUT, &["timeout", "request_timeout"])?,
        };
        Ok(Self { timeout, retries: said.count(RETRIES, "num_retries")? })
    }
}

/// Where things are said.
struct Said<'a> {
    headers: &'a HeaderMap,
    body: &'a Map<String, Value>,
}

impl Said<'_> {
    /// A number of seconds; none where it is zero.
    fn seconds(&self, header: &'static str, fields: &[&'static str]) -> Result<Option<Duration>, ApiError> {
        let Some((name, seconds)) = self.number(header, fields)? else { return Ok(None) };
        let limit = Duration::try_from_secs_f64(seconds)
            .map_err(|_| unusable(name, "has to be a number of seconds"))?;
        Ok(Some(limit).filter(|limit| !limit.is_zero()))
    }

    fn count(&self, header: &'static str, field: &'static str) -> Result<Option<u32>, ApiError> {
        let Some((name, count)) = self.number(header, &[field])? else { return Ok(None) };
        if count < 0.0 || count.fract() != 0.0 {
            return Err(unusable(name, "has to be a whole number of at least 0"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole and positive, and a huge one is the largest there is"
        )]
        let count = count as u32;
        Ok(Some(count))
    }

    /// The number, and where it was said.
    fn number(
        &self,
        header: &'static str,
        fields: &[&'static str],
    ) -> Result<Option<(&'static str, f64)>, ApiError> {
        let no_number = |name| unusable(name, "has to be a number");
        if let Some(value) = self.headers.get(header) {
            let number = value.to_str().ok().and_then(|text| text.trim().parse::<f64>().ok());
            let number = number.filter(|number| number.is_finite()).ok_or_else(|| no_number(header))?;
            return Ok(Some((header, number)));
        }
        let field = fields.iter().find_map(|name| {
            let value = self.body.get(*name).filter(|value| !value.is_null())?;
            Some((*name, value))
        });
        let Some((name, value)) = field else { return Ok(None) };
        value.as_f64().map(|number| Some((name, number))).ok_or_else(|| no_number(name))
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    }
}

fn unusable(name: &str, problem: &str) -> ApiError {
    ApiError::bad_call(format!("`{name}` {problem}"), Some(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn options(
        headers: &[(&'static str, &'static str)],
        body: &Value,
        is_streamed: bool,
    ) -> Result<CallOptions, String> {
        let headers =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)));
        let read = CallOptions::read(&headers.collect(), body.as_object().unwrap(), is_streamed);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn a_clients_limits_are_read_where_litellm_takes_them() {
        let both = json!({"timeout": 4, "stream_timeout": 2.5});
        let timeout = |headers: &[_], body: &Value, is_streamed| {
            options(headers, body, is_streamed).unwrap().timeout.map(|limit| limit.as_millis())
        };
        assert_eq!(timeout(&[], &both, false), Some(4000));
        assert_eq!(timeout(&[], &both, true), Some(2500));
        assert_eq!(timeout(&[(TIMEOUT, "3")], &both, false), Some(3000));
        assert_eq!(timeout(&[(TIMEOUT, "3"), (STREAM_TIMEOUT, " 1 ")], &both, true), Some(1000));
        assert_eq!(timeout(&[], &json!({"request_timeout": 5}), false), Some(5000));
        assert_eq!(timeout(&[(TIMEOUT, "0")], &json!({}), false), None);
        assert_eq!(timeout(&[], &json!({"timeout": null}), true), None);
        let retries = |headers: &[_], body: &Value| options(headers, body, false).unwrap().retries;
        assert_eq!(retries(&[(RETRIES, "0")], &json!({"num_retries": 7})), Some(0));
        assert_eq!(retries(&[], &json!({"num_retries": 7})), Some(7));
        assert_eq!(retries(&[], &json!({})), None);
    }

    #[test]
    fn what_can_not_be_used_is_named() {
        for (headers, body, name) in [
            (&[(TIMEOUT, "soon")][..], json!({}), TIMEOUT),
            (&[(TIMEOUT, "-1")], json!({}), TIMEOUT),
            (&[(RETRIES, "1.5")], json!({}), RETRIES),
            (&[], json!({"timeout": "soon"}), "timeout"),
            (&[], json!({"num_retries": -1}), "num_retries"),
            (&[], json!({"fallbacks": ["other"]}), "fallbacks"),
            (&[], json!({"mock_response": "hi"}), "mock_response"),
        ] {
            let error = options(headers, &body, false).unwrap_err();
            assert!(error.starts_with(&format!("`{name}` ")), "{error}");
        }
        assert_eq!(
            options(&[], &json!({"fallbacks": [], "mock_response": null}), false),
            Ok(CallOptions::default())
        );
    }
}
