//! Tells the events of a streamed body apart, whichever way its bytes are cut.
//!
//! Decoders are pushed bytes and asked for events: they do no I/O, and hold no more than one event that has not yet
//! come to its end.

mod aws;
mod lines;
mod sse;

use bytes::Bytes;

pub use aws::AwsEvents;
pub use lines::JsonLines;
pub use sse::Sse;

/// More of one event is not kept: the largest that are known carry an image of some megabytes.
pub const EVENT_LIMIT: usize = 16 * 1024 * 1024;

/// How events are told apart in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events.
    Sse,
    /// One JSON text per line.
    JsonLines,
    /// AWS's event stream.
    AwsEvents,
}

impl Framing {
    /// A decoder for one body.
    #[must_use]
    pub fn decoder(self) -> Box<dyn Decoder> {
        match self {
            Self::Sse => Box::new(Sse::default()),
            Self::JsonLines => Box::new(JsonLines::default()),
            Self::AwsEvents => Box::new(AwsEvents::default()),
        }
    }
}

/// One event of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's type: `event:` of server-sent events, the event or exception type of AWS. Empty where the framing
    /// has none.
    name: Bytes,
    /// Its content: nearly always JSON, `[DONE]` in OpenAI's streams.
    pub data: Bytes,
    /// The framing itself says that this is an error: an exception frame of AWS.
    pub is_exception: bool,
}

impl Event {
    /// An event without a type.
    #[must_use]
    pub fn new(data: impl Into<Bytes>) -> Self {
        Self { name: Bytes::new(), data: data.into(), is_exception: false }
    }

    /// The same with a type.
    #[must_use]
    pub fn named(self, name: impl Into<Bytes>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The event's type; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// Whether it says nothing at all: some servers keep a stream alive so.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.name.is_empty() && !self.is_exception && self.data.trim_ascii().is_empty()
    }

    /// Whether this is the end of a stream in OpenAI's words.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.data.trim_ascii() == b"[DONE]"
    }
}

/// Finds the events of one body.
pub trait Decoder: Send {
    /// Takes the next bytes of the body.
    fn feed(&mut self, bytes: &[u8]);

    /// The next event that has come whole; `None` until more bytes are fed.
    ///
    /// # Errors
    /// When the bytes are not framed as they should be, or an event is larger than [`EVENT_LIMIT`]. Nothing can be
    /// read after that.
    fn next(&mut self) -> Result<Option<Event>, FramingError>;

    /// The body has ended: what has come of an event that lacks its end, where the framing lets it stand for one.
    ///
    /// # Errors
    /// When the framing shows that something is missing.
    fn finish(&mut self) -> Result<Option<Event>, FramingError>;
}

/// Why no events can be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// An event does not end.
    #[error("an event is larger than {EVENT_LIMIT} bytes")]
    TooLarge,
    /// The bytes break the rules of the framing.
    #[error("{0}")]
    Malformed(&'static str),
}

#[cfg(test)]
mod testing {
    use proptest::sample::Index;

    /// A body in pieces, cut at these places.
    pub(super) fn pieces<'b>(body: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        cuts.windows(2).map(|ends| &body[ends[0]..ends[1]]).collect()
    }
}
