//! Query parameters as LiteLLM's framework reads them: unknown ones are ignored, and of equal ones the last wins.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde_json::json;
use url::form_urlencoded;

use super::error::{ApiError, Invalid};

/// The query parameters of a request.
pub(super) struct Query(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        std::future::ready(Ok(Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect()))).await
    }
}

impl Query {
    /// The value of a parameter, which may be empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter unless it is empty.
    pub(super) fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// A whole number within bounds.
    pub(super) fn integer(
        &self,
        name: &'static str,
        default: i64,
        least: i64,
        most: Option<i64>,
    ) -> Result<i64, ApiError> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let invalid = |kind, message: String, context| {
            ApiError::Invalid(Invalid {
                kind,
                location: ["query", name],
                message,
                input: text.into(),
                context,
            })
        };
        let number: i64 = text.trim().parse().map_err(|_| {
            let message = "Input should be a valid integer, unable to parse string as an integer";
            invalid("int_parsing", message.to_owned(), None)
        })?;
        if number < least {
            let message = format!("Input should be greater than or equal to {least}");
            return Err(invalid("greater_than_equal", message, Some(json!({"ge": least}))));
        }
        match most {
            Some(most) if number > most => {
                let message = format!("Input should be less than or equal to {most}");
                Err(invalid("less_than_equal", message, Some(json!({"le": most}))))
            }
            _ => Ok(number),
        }
    }
}
