//! What providers say in response headers.

use std::time::Duration;

use http::header::RETRY_AFTER;
use jiff::{Timestamp, fmt::rfc2822};

use crate::domain::{RateLimit, WireResponse};

/// Where providers put the id of a request: `OpenAI` and most others, Anthropic and Groq, Azure's front and API
/// management, AWS, Google, Mistral, and Cloudflare in front of many.
const REQUEST_IDS: &[&str] = &[
    "x-request-id",
    "request-id",
    "x-ms-request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-goog-request-id",
    "mistral-correlation-id",
    "cf-ray",
];

/// The provider's id of the request, for a support ticket.
pub(super) fn request_id(response: &WireResponse) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| response.header(name)).map(str::to_owned)
}

/// What the provider says about limits; `None` when it says nothing.
pub(super) fn rate_limit(response: &WireResponse) -> Option<Box<RateLimit>> {
    let text = |name| response.header(name).map(str::to_owned);
    let told = RateLimit {
        remaining_requests: text("x-ratelimit-remaining-requests"),
        remaining_tokens: text("x-ratelimit-remaining-tokens"),
        region: text("x-ms-region"),
        retry_after: retry_after(response),
        resets_after: None,
    };
    (told != RateLimit::default()).then(|| Box::new(told))
}

/// How long the provider asks to wait: `retry-after-ms`, else `retry-after` in seconds or as a date.
pub(super) fn retry_after(response: &WireResponse) -> Option<Duration> {
    let millis = response.header("retry-after-ms").and_then(|text| text.trim().parse::<f64>().ok());
    if let Some(millis) = millis {
        return Duration::try_from_secs_f64(millis / 1000.0).ok();
    }
    let text = response.header(RETRY_AFTER.as_str())?.trim();
    match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        Err(_) => until(text, Timestamp::now()),
    }
}

/// From now until an HTTP date; zero when it has passed.
fn until(date: &str, now: Timestamp) -> Option<Duration> {
    let at = rfc2822::parse(date).ok()?.timestamp();
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn response(headers: &[(&'static str, &'static str)]) -> WireResponse {
        let headers: HeaderMap = headers
            .iter()
            .map(|&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        WireResponse { status: 429, headers, body: Bytes::new() }
    }

    #[test]
    fn waits_are_read_in_all_their_forms() {
        let wait = |headers: &[_]| retry_after(&response(headers));
        assert_eq!(wait(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(
            wait(&[("retry-after", "7"), ("retry-after-ms", "1500")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(wait(&[("retry-after", "-1")]), None);
        assert_eq!(wait(&[("retry-after", "soon")]), None);
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_a_wait_from_now() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(until("Thu, 01 Jan 2026 00:01:30 GMT", now), Some(Duration::from_secs(90)));
    }

    #[test]
    fn limits_are_kept_verbatim_and_absent_when_nothing_was_said() {
        let told = rate_limit(&response(&[("x-ratelimit-remaining-tokens", "1999")])).unwrap();
        assert_eq!(told.remaining_tokens.as_deref(), Some("1999"));
        assert_eq!(told.remaining_requests, None);
        assert_eq!(rate_limit(&response(&[])), None);
    }
}
