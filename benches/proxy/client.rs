//! The client: HTTP on plain sockets, so that it takes as little of the machine as can be.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};

/// What a stream is asked that is to stay open.
pub(crate) const HELD: &str = "hold on";

const QUESTION: &str = "What's 1 + 1? Answer in a whole sentence, please, and be brief about it.";

/// How requests are sent.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    pub(crate) connections: usize,
    pub(crate) requests: usize,
    /// Requests per second; as fast as answers come without it.
    pub(crate) rate: Option<usize>,
}

impl Load {
    /// Sends everything after a tenth of it to warm up.
    pub(crate) async fn run(self, address: &str) -> Times {
        Self { requests: self.requests / 10, ..self }.send(address).await;
        self.send(address).await
    }

    async fn send(self, address: &str) -> Times {
        let each = self.requests / self.connections;
        let started = Instant::now();
        let mut clients = JoinSet::new();
        for place in 0..self.connections {
            let mut connection = Connection::open(address).await;
            let pause = self.rate.map(|rate| Duration::from_secs(1) * count(self.connections) / count(rate));
            clients.spawn(async move {
                let mut ticks = pause.map(|pause| {
                    // One after the other, not all at once.
                    let first = Instant::now() + pause * count(place) / count(self.connections);
                    let mut ticks = interval_at(first.into(), pause);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    ticks
                });
                let mut times = Vec::with_capacity(each);
                for _ in 0..each {
                    if let Some(ticks) = &mut ticks {
                        ticks.tick().await;
                    }
                    let asked = Instant::now();
                    connection.ask().await;
                    times.push(asked.elapsed());
                }
                times
            });
        }
        let mut all: Vec<Duration> = clients.join_all().await.into_iter().flatten().collect();
        all.sort_unstable();
        Times { all, wall: started.elapsed() }
    }
}

/// How long requests took, the shortest first.
pub(crate) struct Times {
    all: Vec<Duration>,
    wall: Duration,
}

impl Times {
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        self.all[(self.all.len() * percent / 100).min(self.all.len() - 1)]
    }

    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub(crate) fn per_second(&self, requests: usize) -> f64 {
        requests as f64 / self.wall.as_secs_f64()
    }
}

/// Times to the first piece of streams, one after the other.
pub(crate) async fn first_bytes(address: &str, streams: usize) -> Times {
    let mut connection = Connection::open(address).await;
    let started = Instant::now();
    let mut all = Vec::with_capacity(streams);
    for _ in 0..streams {
        let asked = Instant::now();
        connection.begin_stream(QUESTION).await;
        all.push(asked.elapsed());
        connection.read_until(b"0\r\n\r\n").await;
        connection.buffer.clear();
    }
    all.sort_unstable();
    Times { all, wall: started.elapsed() }
}

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    address: String,
    buffer: Vec<u8>,
    request: String,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).expect("a TCP socket");
        let request = request(address, QUESTION, false);
        Self { stream, address: address.to_owned(), buffer: Vec::with_capacity(4096), request }
    }

    /// One call, up to the end of its answer.
    async fn ask(&mut self) {
        self.stream.write_all(self.request.as_bytes()).await.expect("sending");
        loop {
            self.read().await;
            if let Some(head) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                let text = std::str::from_utf8(&self.buffer[..head]).expect("text");
                assert!(text.starts_with("HTTP/1.1 200"), "{text}");
                let length: usize = text
                    .split("content-length: ")
                    .nth(1)
                    .and_then(|rest| rest.lines().next()?.parse().ok())
                    .expect("a length");
                if self.buffer.len() >= head + 4 + length {
                    self.buffer.clear();
                    return;
                }
            }
        }
    }

    /// Asks for a stream and waits for its first piece.
    pub(crate) async fn begin_stream(&mut self, question: &str) {
        let request = request(&self.address, question, true);
        self.stream.write_all(request.as_bytes()).await.expect("sending");
        self.read_until(b"data: ").await;
    }

    async fn read_until(&mut self, word: &[u8]) {
        while !self.buffer.windows(word.len()).any(|window| window == word) {
            self.read().await;
        }
    }

    async fn read(&mut self) {
        let read = self.stream.read_buf(&mut self.buffer).await.expect("receiving");
        assert!(read > 0, "closed: {}", String::from_utf8_lossy(&self.buffer));
    }
}

fn request(address: &str, question: &str, stream: bool) -> String {
    let stream = if stream { ",\"stream\":true" } else { "" };
    let body = format!(
        "{{\"model\":\"m\",\"messages\":[{{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"}},{{\"role\":\"user\",\"content\":\"{question}\"}}],\"temperature\":0.2,\"max_tokens\":64{stream}}}"
    );
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn count(number: usize) -> u32 {
    u32::try_from(number).expect("a small number")
}
