//! A transport that answers from a script and remembers what it was asked.

#![expect(
    clippy::panic,
    reason = "a script that lacks a rule is a broken test, and defects are scripted too"
)]

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use llmhealth::domain::{SignedRequest, WireResponse};
use llmhealth::transport::{OpenResponse, Reach, ResponseBody, Transport, TransportError};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

/// What happens to a request.
#[derive(Clone)]
pub enum Reply {
    /// This answer.
    Answer(WireResponse),
    /// A body that comes in pieces, with the head of this answer.
    Streamed(WireResponse, Vec<Piece>),
    /// The connection is refused.
    Refuse,
    /// The connection breaks.
    Break,
    /// Nothing, for ever.
    Hang,
    /// Another reply after this time.
    After(Duration, Box<Reply>),
    /// Another reply as soon as the gate lets it through.
    Gated(Gate, Box<Reply>),
    /// One reply after the other, and then the last for ever.
    InTurn(Arc<Mutex<VecDeque<Reply>>>),
    /// A defect in the transport.
    Panic,
}

/// A piece of a streamed body.
#[derive(Clone)]
pub enum Piece {
    /// These bytes.
    Bytes(Bytes),
    /// Nothing for some time.
    Wait(Duration),
    /// Nothing, for ever.
    Hang,
    /// The connection breaks.
    Break,
}

impl Piece {
    /// These bytes.
    pub fn text(text: &str) -> Self {
        Self::Bytes(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl Reply {
    /// Server-sent events that come in these pieces.
    pub fn events(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut head = WireResponse { status: 200, headers: HeaderMap::new(), body: Bytes::new() };
        head.headers.insert("content-type", HeaderValue::from_static("text/event-stream"));
        Self::Streamed(head, pieces.into_iter().collect())
    }

    /// An answer with a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    /// An answer with any body.
    pub fn text(status: u16, body: &str) -> Self {
        Self::Answer(WireResponse {
            status,
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        })
    }

    /// The same answer with another header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(answer) | Self::Streamed(answer, _) = &mut self {
            answer.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        self
    }

    /// The same with another status.
    pub fn with_status(mut self, status: u16) -> Self {
        if let Self::Answer(answer) | Self::Streamed(answer, _) = &mut self {
            answer.status = status;
        }
        self
    }

    /// The same after some time.
    pub fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }

    /// These replies, one after the other; the last one stays.
    pub fn in_turn(replies: impl IntoIterator<Item = Self>) -> Self {
        Self::InTurn(Arc::new(Mutex::new(replies.into_iter().collect())))
    }

    /// The same, held back by a gate.
    pub fn behind(self, gate: &Gate) -> Self {
        Self::Gated(gate.clone(), Box::new(self))
    }
}

/// Holds requests back until it is opened.
#[derive(Clone)]
pub struct Gate(Arc<Semaphore>);

impl Gate {
    pub fn closed() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    /// Lets all requests through, now and later.
    pub fn open(&self) {
        self.0.close();
    }
}

/// Answers by script: the first rule whose text occurs in `host/path` decides.
#[derive(Default)]
pub struct ScriptedTransport {
    rules: Mutex<Vec<(String, Reply)>>,
    requests: Mutex<Vec<SignedRequest>>,
    counts: Arc<Counts>,
}

/// Requests whose answer has not come to its end.
#[derive(Default)]
struct Counts {
    in_flight: AtomicUsize,
    peak: AtomicUsize,
    /// By host, and by host and path: requests under way now, and at most.
    places: Mutex<HashMap<String, (usize, usize)>>,
}

impl ScriptedTransport {
    /// A transport that answers everything the same way.
    pub fn always(reply: Reply) -> Arc<Self> {
        let transport = Self::default();
        transport.on("", reply);
        Arc::new(transport)
    }

    /// Adds a rule. Later rules win over earlier ones.
    pub fn on(&self, part: &str, reply: Reply) {
        self.rules.lock().unwrap().insert(0, (part.to_owned(), reply));
    }

    /// All requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<SignedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests came so far.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// How many requests wait for their answer.
    pub fn in_flight(&self) -> usize {
        self.counts.in_flight.load(Ordering::SeqCst)
    }

    /// The most requests that were under way at once.
    pub fn peak(&self) -> usize {
        self.counts.peak.load(Ordering::SeqCst)
    }

    /// The same to a host, or to a host and path.
    pub fn peak_of(&self, place: &str) -> usize {
        self.counts.places.lock().unwrap().get(place).map_or(0, |(_, peak)| *peak)
    }

    /// Waits until so many requests wait for their answer. Bounded by the test's own time.
    pub async fn until_in_flight(&self, count: usize) {
        while self.in_flight() != count {
            tokio::task::yield_now().await;
        }
    }

    fn reply_to(&self, url: &Url) -> Reply {
        let target = format!("{}{}", url.host_str().unwrap_or_default(), url.path());
        let rules = self.rules.lock().unwrap();
        let rule = rules.iter().find(|(part, _)| target.contains(part.as_str()));
        rule.unwrap_or_else(|| panic!("no rule for {target}")).1.clone()
    }
}

/// Counts a request as under way until it is dropped, however it ends.
struct Underway {
    counts: Arc<Counts>,
    places: [String; 2],
}

impl Underway {
    fn new(transport: &ScriptedTransport, url: &Url) -> Self {
        let counts = Arc::clone(&transport.counts);
        let now = counts.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        counts.peak.fetch_max(now, Ordering::SeqCst);
        let host = url.host_str().unwrap_or_default();
        let places = [host.to_owned(), format!("{host}{}", url.path())];
        let mut by_place = counts.places.lock().unwrap();
        for place in &places {
            let (now, peak) = by_place.entry(place.clone()).or_default();
            *now += 1;
            *peak = (*peak).max(*now);
        }
        drop(by_place);
        Self { counts, places }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.counts.in_flight.fetch_sub(1, Ordering::SeqCst);
        let mut by_place = self.counts.places.lock().unwrap();
        for place in &self.places {
            if let Some((now, _)) = by_place.get_mut(place) {
                *now -= 1;
            }
        }
    }
}

fn broken(host: &str) -> TransportError {
    TransportError::Broken { host: host.to_owned(), problem: "connection reset by the server".to_owned() }
}

async fn perform(mut reply: Reply, host: &str) -> Result<(WireResponse, Vec<Piece>), TransportError> {
    loop {
        match reply {
            Reply::Answer(answer) => {
                let body = Piece::Bytes(answer.body.clone());
                return Ok((answer, vec![body]));
            }
            Reply::Streamed(head, pieces) => return Ok((head, pieces)),
            Reply::Refuse => {
                return Err(TransportError::Connect {
                    host: host.to_owned(),
                    problem: "connection refused".to_owned(),
                    hint: None,
                });
            }
            Reply::Break => return Err(broken(host)),
            Reply::Hang => std::future::pending().await,
            Reply::After(wait, then) => {
                tokio::time::sleep(wait).await;
                reply = *then;
            }
            Reply::Gated(gate, then) => {
                let _opened = gate.0.acquire().await;
                reply = *then;
            }
            Reply::InTurn(replies) => {
                let mut replies = replies.lock().unwrap();
                let next = if replies.len() > 1 { replies.pop_front() } else { replies.front().cloned() };
                reply = next.unwrap_or(Reply::Hang);
            }
            Reply::Panic => panic!("scripted defect"),
        }
    }
}

/// What comes of a piece, as soon as it comes.
async fn deliver(piece: Piece, host: &str) -> Result<Bytes, TransportError> {
    match piece {
        Piece::Bytes(bytes) => Ok(bytes),
        Piece::Wait(wait) => {
            tokio::time::sleep(wait).await;
            Ok(Bytes::new())
        }
        Piece::Hang => std::future::pending().await,
        Piece::Break => Err(broken(host)),
    }
}

impl Transport for ScriptedTransport {
    fn send(&self, request: SignedRequest) -> BoxFuture<'_, Result<WireResponse, TransportError>> {
        Box::pin(async move { self.open(request, Reach::Anywhere).await?.read(usize::MAX).await })
    }

    fn open(&self, request: SignedRequest, _: Reach) -> BoxFuture<'_, Result<OpenResponse, TransportError>> {
        Box::pin(async move {
            let reply = self.reply_to(&request.url);
            let host = request.url.host_str().unwrap_or_default().to_owned();
            let underway = Underway::new(self, &request.url);
            self.requests.lock().unwrap().push(request);
            let (head, pieces) = perform(reply, &host).await?;
            let body = stream::iter(pieces).then({
                let host = host.clone();
                move |piece| {
                    // The request is under way as long as its body is held.
                    let _underway = &underway;
                    let host = host.clone();
                    async move { deliver(piece, &host).await }
                }
            });
            let WireResponse { status, headers, .. } = head;
            Ok(OpenResponse { status, headers, body: ResponseBody::new(host, body.boxed()) })
        })
    }

    fn connect<'a>(&'a self, url: &'a Url, _verify_tls: bool) -> BoxFuture<'a, Result<(), TransportError>> {
        Box::pin(async move {
            let _underway = Underway::new(self, url);
            perform(self.reply_to(url), url.host_str().unwrap_or_default()).await.map(drop)
        })
    }
}
