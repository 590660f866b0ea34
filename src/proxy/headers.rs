//! What a client gets of a provider's response headers: what is left of limits, and the ids by which the provider
//! knows the request. The names are LiteLLM's.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::Redactor;

/// Before the name of a header that is the provider's.
const PREFIX: &str = "llm_provider-";

/// Limits that have one meaning with all providers that tell them, and `OpenAI`'s names for them.
const LIMITS: [(&str, HeaderName); 10] = [
    ("x-ratelimit-limit-requests", HeaderName::from_static("x-ratelimit-limit-requests")),
    ("x-ratelimit-limit-tokens", HeaderName::from_static("x-ratelimit-limit-tokens")),
    ("x-ratelimit-remaining-requests", HeaderName::from_static("x-ratelimit-remaining-requests")),
    ("x-ratelimit-remaining-tokens", HeaderName::from_static("x-ratelimit-remaining-tokens")),
    ("x-ratelimit-reset-requests", HeaderName::from_static("x-ratelimit-reset-requests")),
    ("x-ratelimit-reset-tokens", HeaderName::from_static("x-ratelimit-reset-tokens")),
    ("anthropic-ratelimit-requests-limit", HeaderName::from_static("x-ratelimit-limit-requests")),
    ("anthropic-ratelimit-tokens-limit", HeaderName::from_static("x-ratelimit-limit-tokens")),
    ("anthropic-ratelimit-requests-remaining", HeaderName::from_static("x-ratelimit-remaining-requests")),
    ("anthropic-ratelimit-tokens-remaining", HeaderName::from_static("x-ratelimit-remaining-tokens")),
];

/// The headers that are passed on: each under its own name with a prefix, limits also under the name that clients know.
pub(super) fn passed_on(headers: &HeaderMap, redactor: &Redactor) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for (name, value) in headers {
        let Some(value) = is_passed_on(name.as_str()).then(|| clean(value, redactor)).flatten() else {
            continue;
        };
        if let Some((_, known)) = LIMITS.iter().find(|(limit, _)| *limit == name.as_str()) {
            passed.insert(known.clone(), value.clone());
        }
        // A LiteLLM proxy as the provider tells its own provider's.
        let prefixed = if name.as_str().starts_with(PREFIX) {
            Ok(name.clone())
        } else {
            HeaderName::try_from([PREFIX, name.as_str()].concat())
        };
        if let Ok(prefixed) = prefixed {
            passed.insert(prefixed, value);
        }
    }
    passed
}

fn is_passed_on(name: &str) -> bool {
    let own = name.strip_prefix(PREFIX).unwrap_or(name);
    own.contains("ratelimit")
        || own.starts_with("retry-after")
        || own.ends_with("request-id")
        || own.ends_with("requestid")
}

fn clean(value: &HeaderValue, redactor: &Redactor) -> Option<HeaderValue> {
    HeaderValue::from_str(&redactor.clean(value.to_str().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_ids_are_passed_on_and_nothing_else() {
        let headers: HeaderMap = [
            ("x-ratelimit-remaining-requests", "9"),
            ("anthropic-ratelimit-tokens-remaining", "80"),
            ("x-ratelimit-reset-tokens", "6m0s"),
            ("retry-after", "7"),
            ("x-request-id", "req_1"),
            ("x-amzn-requestid", "a-1"),
            ("llm_provider-request-id", "r-2"),
            ("openai-organization", "acme"),
            ("set-cookie", "a=b"),
            ("content-type", "application/json"),
        ]
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
        let passed = passed_on(&headers, &Redactor::new([]));
        let mut told: Vec<_> =
            passed.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                ("llm_provider-anthropic-ratelimit-tokens-remaining", "80"),
                ("llm_provider-request-id", "r-2"),
                ("llm_provider-retry-after", "7"),
                ("llm_provider-x-amzn-requestid", "a-1"),
                ("llm_provider-x-ratelimit-remaining-requests", "9"),
                ("llm_provider-x-ratelimit-reset-tokens", "6m0s"),
                ("llm_provider-x-request-id", "req_1"),
                ("x-ratelimit-remaining-requests", "9"),
                ("x-ratelimit-remaining-tokens", "80"),
                ("x-ratelimit-reset-tokens", "6m0s"),
            ]
        );
    }
}
