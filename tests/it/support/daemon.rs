//! The real router over a scripted transport.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use http::{HeaderMap, Request};
use http_body_util::BodyExt;
use jiff::Timestamp;
use llmhealth::http::{AppState, router};
use llmhealth::proxy::Proxy;
use llmhealth::reload::{ConfigSource, Reloader};
use llmhealth::state::Lifecycle;
use serde_json::Value;
use tower::ServiceExt;

use super::fleet::Fleet;
use super::scripted::ScriptedTransport;

/// The master key of configurations that have one.
pub const KEY: &str = "sk-master-0123456789";

/// What makes a configuration ask for [`KEY`].
pub const WITH_KEY: &str = "general_settings: {master_key: sk-master-0123456789}";

/// A daemon without a socket, ready to serve.
pub struct Daemon {
    pub fleet: Fleet,
    pub lifecycle: Arc<Lifecycle>,
    pub router: Router,
}

impl Daemon {
    /// A daemon with this configuration.
    pub fn new(yaml: &str, transport: Arc<ScriptedTransport>) -> Self {
        Self::starting(yaml, transport, &[])
    }

    /// A daemon that waits for these steps before it is ready.
    pub fn starting(yaml: &str, transport: Arc<ScriptedTransport>, steps: &[&'static str]) -> Self {
        let source = ConfigSource::Text { name: PathBuf::from("config.yaml"), text: yaml.into() };
        Self::of(Fleet::new(yaml, transport), source, steps)
    }

    /// A daemon with the configuration in this file.
    pub fn of_file(path: &Path, transport: Arc<ScriptedTransport>) -> Self {
        let yaml = std::fs::read_to_string(path).unwrap();
        Self::of(Fleet::new(&yaml, transport), ConfigSource::File(path.to_owned()), &[])
    }

    fn of(fleet: Fleet, source: ConfigSource, steps: &[&'static str]) -> Self {
        let lifecycle = Lifecycle::starting(steps);
        let state = AppState {
            config: Arc::clone(&fleet.config),
            checker: Arc::clone(&fleet.checker),
            proxy: Proxy::new(
                Arc::clone(&fleet.config),
                fleet.transport.clone(),
                Arc::clone(fleet.checker.authorizer()),
                Arc::clone(&fleet.board),
            ),
            reloader: Reloader::new(source, Arc::clone(&fleet.config), Arc::clone(&fleet.checker)),
            board: Arc::clone(&fleet.board),
            lifecycle: Arc::clone(&lifecycle),
        };
        Self { fleet, lifecycle, router: router(state) }
    }

    /// `GET` without a key.
    pub async fn get(&self, target: &str) -> Answer {
        self.send(request("GET", target, &[])).await
    }

    /// `GET` with the master key.
    pub async fn get_as_admin(&self, target: &str) -> Answer {
        self.send(request("GET", target, &[("x-litellm-api-key", KEY)])).await
    }

    /// `GET` with another key.
    pub async fn get_with(&self, key: &str, target: &str) -> Answer {
        self.send(request("GET", target, &[("x-litellm-api-key", key)])).await
    }

    /// `POST` with the master key.
    pub async fn post_as_admin(&self, target: &str, body: impl Into<Body>) -> Answer {
        let mut request = request("POST", target, &[("x-litellm-api-key", KEY)]);
        *request.body_mut() = body.into();
        self.send(request).await
    }

    /// Any request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }
}

/// A request without a body.
pub fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let builder = Request::builder().method(method).uri(target);
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    builder.body(Body::empty()).unwrap()
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The status and the text of the body, with what changes from run to run left out.
    pub fn told(&self) -> (u16, String) {
        (self.status, without_times(std::str::from_utf8(&self.body).unwrap()))
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Replaces moments, which have to be RFC 3339 with milliseconds.
fn without_times(text: &str) -> String {
    const MOMENTS: [&str; 4] = ["checked_at", "since", "last_healthy", "next_due"];
    MOMENTS.into_iter().fold(text.to_owned(), |text, name| {
        let key = format!("\"{name}\":\"");
        let mut pieces = text.split(&key);
        let mut out = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (time, rest) = piece.split_once('"').unwrap();
            time.parse::<Timestamp>().unwrap();
            assert_eq!(time.len(), "2026-01-02T03:04:05.678Z".len(), "{time}");
            out.extend([&key, "T\"", rest]);
        }
        out
    })
}
