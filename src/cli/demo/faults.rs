//! What can be wrong with a provider, each a first path segment of the mock.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use futures_util::stream;
use serde_json::json;

use super::formats::Format;

/// How the mock treats a well-formed, authorised request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Answers it.
    None,
    /// Answers it after [`SLOWNESS`].
    Slow,
    /// Never answers.
    Hanging,
    /// Too many requests, come back in [`RETRY_AFTER_SECONDS`].
    RateLimited,
    /// An internal error.
    Failing,
    /// Success, with a page for people in place of an answer.
    Html,
    /// Success, with a body that ends in the middle and a connection that breaks there.
    CutOff,
}

/// How long [`Fault::Slow`] takes.
const SLOWNESS: Duration = Duration::from_millis(1500);
/// What [`Fault::RateLimited`] asks for.
const RETRY_AFTER_SECONDS: u16 = 20;

impl Fault {
    /// Every fault.
    const ALL: [Self; 7] =
        [Self::None, Self::Slow, Self::Hanging, Self::RateLimited, Self::Failing, Self::Html, Self::CutOff];

    /// The path segment that asks for it.
    pub(super) const fn segment(self) -> &'static str {
        match self {
            Self::None => "healthy",
            Self::Slow => "slow",
            Self::Hanging => "hanging",
            Self::RateLimited => "rate-limited",
            Self::Failing => "failing",
            Self::Html => "html",
            Self::CutOff => "cut-off",
        }
    }

    /// The fault with this path segment.
    pub(super) fn of_segment(segment: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.segment() == segment)
    }

    /// What comes of a good answer under this fault.
    pub(super) async fn apply(self, format: &dyn Format, answer: Response<Body>) -> Response<Body> {
        match self {
            Self::None => answer,
            Self::Slow => {
                tokio::time::sleep(SLOWNESS).await;
                answer
            }
            Self::Hanging => std::future::pending().await,
            Self::RateLimited => {
                let problem = "Rate limit reached for requests per minute";
                let mut refusal = format.refusal(StatusCode::TOO_MANY_REQUESTS, problem);
                let headers = refusal.headers_mut();
                headers.insert(header::RETRY_AFTER, RETRY_AFTER_SECONDS.into());
                headers.insert("x-ratelimit-remaining-requests", HeaderValue::from_static("0"));
                refusal
            }
            Self::Failing => format.refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The server had an error while processing your request",
            ),
            Self::Html => {
                let page = "<!doctype html><title>Maintenance</title><h1>We will be back soon</h1>";
                let mut response = Response::new(Body::from(page));
                response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                response
            }
            Self::CutOff => {
                let half = Bytes::from_static(br#"{"id": "chatcmpl-mock", "object": "chat.compl"#);
                let broken = stream::iter([Ok(half), Err(std::io::Error::other("cut off"))]);
                super::formats::json_response(StatusCode::OK, &json!({})).map(|_| Body::from_stream(broken))
            }
        }
    }
}
