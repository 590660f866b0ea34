//! Answers of `GET /health` that many ask for: made once for all who may see the same, and sent from there.
//!
//! With background checks on an answer changes only when the board does. A large one takes tens of milliseconds to make, and
//! in a large fleet something changes all the time, so there it is made anew at most once a second, and never takes more than
//! a twentieth of a core.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::sync::{Mutex, OnceCell};
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::Instant;

use crate::config::Config;
use crate::domain::Glob;
use crate::probe::Scope;

use super::AppState;
use super::auth::Caller;
use super::error::ApiError;
use super::router::WORTH_IT;
use super::view::{HealthView, Tally};

/// With so many entries an answer is large.
const LARGE: usize = 1000;
/// An answer is never older. Time changes some of what it says even when the board stays as it is.
const KEPT: Duration = Duration::from_secs(1);
/// A large answer is kept so many times as long as it took to make.
const SHARE: u32 = 20;

/// The latest answer for every audience.
#[derive(Clone, Default)]
pub(super) struct Pages(Arc<Mutex<HashMap<Audience, Arc<Page>>>>);

/// Those who may see the same.
#[derive(PartialEq, Eq, Hash)]
struct Audience {
    is_admin: bool,
    models: Option<Arc<[Glob]>>,
}

/// An answer.
pub(super) struct Page {
    config: Arc<Config>,
    /// The board's, when the work began.
    version: u64,
    made: Instant,
    work: Duration,
    pub(super) tally: Tally,
    body: Bytes,
    zipped: OnceCell<Bytes>,
}

impl Pages {
    /// The answer for this caller. Callers of one audience wait for the one who makes it.
    pub(super) async fn get(
        &self,
        state: &AppState,
        caller: &Caller,
        scope: Scope,
    ) -> Result<Arc<Page>, ApiError> {
        let audience = Audience { is_admin: caller.is_admin, models: caller.models.clone() };
        let mut pages = self.0.lock().await;
        let config = state.config.load_full();
        let version = state.board.version();
        if let Some(page) = pages.get(&audience).filter(|page| page.is_current(&config, version)) {
            return Ok(Arc::clone(page));
        }
        let (checker, caller) = (Arc::clone(&state.checker), caller.clone());
        let made = spawn_blocking(move || {
            let started = Instant::now();
            let report = checker.latest(&scope);
            let view = HealthView::of(&report, &caller);
            let body = serde_json::to_vec(&view);
            let tally = view.tally();
            body.map(|body| Page {
                config: report.config,
                version,
                made: Instant::now(),
                work: started.elapsed(),
                tally,
                body: body.into(),
                zipped: OnceCell::new(),
            })
        });
        let page = made.await.map_err(broken)?.map_err(|error| {
            tracing::error!(%error, "cannot serialise an answer");
            ApiError::Internal
        })?;
        let page = Arc::new(page);
        pages.retain(|_, other| Arc::ptr_eq(&other.config, &page.config));
        pages.insert(audience, Arc::clone(&page));
        Ok(page)
    }
}

impl Page {
    fn is_current(&self, config: &Arc<Config>, version: u64) -> bool {
        let age = self.made.elapsed();
        let is_large = self.tally.all() >= LARGE;
        let is_young = if is_large { age < KEPT.max(self.work * SHARE) } else { age < KEPT };
        is_young && (is_large || self.version == version) && Arc::ptr_eq(&self.config, config)
    }

    /// What goes to a client with these request headers.
    pub(super) async fn answer(&self, headers: &HeaderMap) -> Result<Response, ApiError> {
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let is_worth_it = self.body.len() > usize::from(WORTH_IT);
        *response.body_mut() = if is_worth_it && accepts_gzip(headers) {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
            self.zipped.get_or_try_init(|| zip(self.body.clone())).await?.clone().into()
        } else {
            self.body.clone().into()
        };
        Ok(response)
    }
}

/// Compresses where that delays nobody else.
async fn zip(body: Bytes) -> Result<Bytes, ApiError> {
    let zipped = spawn_blocking(move || {
        let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
        encoder.write_all(&body)?;
        encoder.finish()
    });
    let zipped: io::Result<Vec<u8>> = zipped.await.map_err(broken)?;
    zipped.map(Bytes::from).map_err(|error| {
        tracing::error!(%error, "cannot compress an answer");
        ApiError::Internal
    })
}

/// A panic goes on where it is caught; anything else is the end of the process.
fn broken(error: JoinError) -> ApiError {
    match error.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => ApiError::Internal,
    }
}

/// Whether a client takes gzip: it names it, or anything, and not with a quality of zero.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let codings = values.flat_map(|value| value.split(',')).map(|coding| {
        let (name, rest) = coding.split_once(';').unwrap_or((coding, ""));
        let quality = rest.trim().strip_prefix("q=").and_then(|text| text.trim().parse::<f32>().ok());
        (name.trim().to_ascii_lowercase(), quality.unwrap_or(1.0))
    });
    let mut codings: Vec<(String, f32)> = codings.filter(|(name, _)| name == "gzip" || name == "*").collect();
    codings.sort_by_key(|(name, _)| name == "*");
    codings.first().is_some_and(|(_, quality)| *quality > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_for_those_who_take_it() {
        for (value, takes) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("*", true),
            ("gzip;q=0", false),
            ("*, gzip;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, value.parse().unwrap())]);
            assert_eq!(accepts_gzip(&headers), takes, "{value}");
        }
        assert!(!accepts_gzip(&HeaderMap::new()));
    }
}
