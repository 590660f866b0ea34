//! Query parameters as LiteLLM's framework reads them: unknown ones are ignored, and of equal ones the last wins.

use std::num::{IntErrorKind, ParseIntError};
use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use url::form_urlencoded;

use super::error::Invalid;

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

    /// A truth value in one of the spellings that pydantic takes; absent means no.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, Invalid> {
        let Some(text) = self.get(name) else { return Ok(false) };
        match text.trim().to_ascii_lowercase().as_str() {
            "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
            "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
            _ => Err(Invalid {
                kind: "bool_parsing",
                location: vec!["query", name],
                message: "Input should be a valid boolean, unable to interpret input".to_owned(),
                input: Some(text.to_owned()),
                bound: None,
            }),
        }
    }

    /// A number from 0 to 1.
    pub(super) fn ratio(&self, name: &'static str) -> Result<Option<f64>, Invalid> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let invalid = |kind, message: &str, bound| Invalid {
            kind,
            location: vec!["query", name],
            message: message.to_owned(),
            input: Some(text.to_owned()),
            bound,
        };
        match text.trim().parse::<f64>() {
            Ok(number) if (0.0..=1.0).contains(&number) => Ok(Some(number)),
            Ok(number) if number < 0.0 => {
                let message = "Input should be greater than or equal to 0";
                Err(invalid("greater_than_equal", message, Some(("ge", 0))))
            }
            Ok(number) if number > 1.0 => {
                Err(invalid("less_than_equal", "Input should be less than or equal to 1", Some(("le", 1))))
            }
            Ok(_) | Err(_) => {
                let message = "Input should be a valid number, unable to parse string as a number";
                Err(invalid("float_parsing", message, None))
            }
        }
    }

    /// A whole number within bounds; absent means `default`. A huge one is the largest there is.
    pub(super) fn integer(
        &self,
        name: &'static str,
        default: i64,
        bounds: RangeInclusive<i64>,
    ) -> Result<i64, Invalid> {
        let Some(text) = self.get(name) else { return Ok(default) };
        let invalid = |kind, message: String, bound| Invalid {
            kind,
            location: vec!["query", name],
            message,
            input: Some(text.to_owned()),
            bound,
        };
        let number = whole_number(text).ok_or_else(|| {
            let message = "Input should be a valid integer, unable to parse string as an integer";
            invalid("int_parsing", message.to_owned(), None)
        })?;
        let (least, most) = bounds.into_inner();
        if number < least {
            let message = format!("Input should be greater than or equal to {least}");
            return Err(invalid("greater_than_equal", message, Some(("ge", least))));
        }
        if number > most {
            let message = format!("Input should be less than or equal to {most}");
            return Err(invalid("less_than_equal", message, Some(("le", most))));
        }
        Ok(number)
    }
}

/// Digits with or without a sign, and with nothing but zeros behind a point.
fn whole_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if zeros.bytes().all(|byte| byte == b'0') && !zeros.is_empty() => digits,
        Some(_) => return None,
        None => text,
    };
    digits.parse().map_or_else(
        |error: ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow => Some(i64::MAX),
            IntErrorKind::NegOverflow => Some(i64::MIN),
            _ => None,
        },
        Some,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_what_pydantic_takes_for_them() {
        for (text, number) in
            [("7", 7), (" +7 ", 7), ("-7", -7), ("7.00", 7), ("99999999999999999999", i64::MAX)]
        {
            assert_eq!(whole_number(text), Some(number), "{text}");
        }
        for text in ["", "x", "7.5", "7.", "1e3", "0x7"] {
            assert_eq!(whole_number(text), None, "{text}");
        }
    }
}
