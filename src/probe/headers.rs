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

/// What is left of a limit, and when it begins anew: `OpenAI` and those who do as it does, Anthropic, Mistral, and the
/// drafts of the IETF.
const LIMITS: &[(&str, &str)] = &[
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ("ratelimitbysize-remaining", "ratelimitbysize-reset"),
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
];
/// A number beyond this is no wait in seconds but a moment, in seconds since 1970.
const EPOCH_SECONDS: f64 = 1e9;
/// A number beyond this is one in milliseconds.
const EPOCH_MILLIS: f64 = 1e12;

/// The provider's id of the request, for a support ticket.
pub(super) fn request_id(response: &WireResponse) -> Option<String> {
    REQUEST_IDS.iter().find_map(|name| response.header(name)).map(str::to_owned)
}

/// What the provider says about limits; `None` when it says nothing.
pub(crate) fn rate_limit(response: &WireResponse) -> Option<Box<RateLimit>> {
    let text = |name| response.header(name).map(str::to_owned);
    let told = RateLimit {
        remaining_requests: text("x-ratelimit-remaining-requests"),
        remaining_tokens: text("x-ratelimit-remaining-tokens"),
        region: text("x-ms-region"),
        retry_after: retry_after(response),
        resets_after: resets_after(response, Timestamp::now()),
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

/// When all limits that are used up have begun anew.
fn resets_after(response: &WireResponse, now: Timestamp) -> Option<Duration> {
    let is_used_up = |name| response.header(name).is_some_and(|left| left.trim().parse() == Ok(0.0));
    let used_up = LIMITS.iter().filter(|(left, _)| is_used_up(left));
    used_up.filter_map(|(_, reset)| reset_wait(response.header(reset)?.trim(), now)).max()
}

/// `1m30.5s`, `20ms`, a number of seconds, or a moment.
fn reset_wait(text: &str, now: Timestamp) -> Option<Duration> {
    let until = |at: Timestamp| Duration::try_from(at.duration_since(now)).unwrap_or_default();
    if let Ok(number) = text.parse::<f64>() {
        if number < EPOCH_SECONDS {
            return Duration::try_from_secs_f64(number).ok();
        }
        let seconds = if number < EPOCH_MILLIS { number } else { number / 1000.0 };
        let since_epoch = Duration::try_from_secs_f64(seconds).ok()?;
        return Timestamp::UNIX_EPOCH.checked_add(since_epoch).ok().map(until);
    }
    go_duration(text).or_else(|| text.parse().ok().map(until))
}

/// A duration as Go writes it: numbers with units, one after the other.
fn go_duration(mut text: &str) -> Option<Duration> {
    let mut total = 0.0;
    while !text.is_empty() {
        let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let (number, rest) = text.split_at(digits);
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, rest) = rest.split_at(end);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        text = rest;
    }
    Duration::try_from_secs_f64(total).ok()
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
    fn resets_are_read_in_all_their_forms() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let wait = |text| reset_wait(text, now).map(|wait| wait.as_millis());
        assert_eq!(wait("6m0s"), Some(360_000));
        assert_eq!(wait("1m30.5s"), Some(90_500));
        assert_eq!(wait("20ms"), Some(20));
        assert_eq!(wait("12"), Some(12_000));
        assert_eq!(wait("2026-01-01T00:01:00Z"), Some(60_000));
        assert_eq!(wait("1767225630"), Some(30_000));
        assert_eq!(wait("1767225630500"), Some(30_500));
        assert_eq!(wait("2025-12-31T00:00:00Z"), Some(0));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn only_a_limit_that_is_used_up_asks_to_wait() {
        let wait = |headers: &[_]| resets_after(&response(headers), Timestamp::UNIX_EPOCH);
        let reset = ("x-ratelimit-reset-requests", "7s");
        assert_eq!(wait(&[reset, ("x-ratelimit-remaining-requests", "9")]), None);
        assert_eq!(wait(&[reset, ("x-ratelimit-remaining-requests", "0")]), Some(Duration::from_secs(7)));
        let tokens = [("x-ratelimit-reset-tokens", "20"), ("x-ratelimit-remaining-tokens", "0")];
        let both = [reset, ("x-ratelimit-remaining-requests", "0"), tokens[0], tokens[1]];
        assert_eq!(wait(&both), Some(Duration::from_secs(20)), "the longest");
    }

    #[test]
    fn limits_are_kept_verbatim_and_absent_when_nothing_was_said() {
        let told = rate_limit(&response(&[("x-ratelimit-remaining-tokens", "1999")])).unwrap();
        assert_eq!(told.remaining_tokens.as_deref(), Some("1999"));
        assert_eq!(told.remaining_requests, None);
        assert_eq!(rate_limit(&response(&[])), None);
    }
}
