//! From a provider's answer to OpenAI's: the interface, and the words that translators share.
//!
//! Asking goes through [`Adapter::build`](super::Adapter::build), which reads [`Call::stream`](crate::domain::Call)
//! where a streamed request differs. [`Adapter::answers`](super::Adapter::answers) then says how what comes back is
//! to be read: as it is, or by a [`Translator`] made for that one call.
//!
//! What a translator owes, and what it need not do:
//!
//! - A whole answer is a JSON object with `choices` (each with `index`, `message` and `finish_reason`) and `usage`, as
//!   [`message::completion`] makes it. `id` and `created` only where the provider tells them: the proxy fills in what
//!   is missing of `id`, `object`, `created`, and sets `model` to what the client asked for.
//! - A chunk is a JSON object with `choices` (each with `index`, `delta` and `finish_reason`), or with `usage` and
//!   empty `choices`, as [`chunk`] makes them. The proxy fills in the same fields; `id` may stand in the first chunk.
//! - Usage is always told where it is known, in a chunk of its own after the finish reason: the proxy keeps it back
//!   from clients that did not ask for it.
//! - Errors are values of [`TranslateError`]; texts need not be cleaned of secrets.

pub mod chunk;
pub mod history;
pub mod images;
mod merged;
pub mod message;
pub mod schema;
pub mod system;
pub mod think;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::WireResponse;

use super::framing::{Event, Framing, FramingError};
use super::openai::Accent;
use super::{ShapeError, UpstreamFailure};

/// How the answers to a call become OpenAI's.
pub enum Answers {
    /// They are OpenAI's, streams included, and reach the client byte for byte but for `model`.
    AsTheyAre,
    /// By translation.
    Translated(Box<dyn Translator>),
}

impl Answers {
    /// By this translator.
    #[must_use]
    pub fn by(translator: impl Translator + 'static) -> Self {
        Self::Translated(Box::new(translator))
    }

    /// The same with what the model thinks in the text of streams.
    #[must_use]
    pub fn merged(self) -> Self {
        let translator = match self {
            Self::AsTheyAre => Box::new(Accent::default()),
            Self::Translated(translator) => translator,
        };
        Self::by(merged::Merged(translator))
    }
}

/// Reads the answer to one call: made for it, so it knows what was asked and which model was.
pub trait Translator: Send + Sync {
    /// A 2xx answer, read to its end, as OpenAI's `chat.completion`. For a flow of several requests this is the
    /// answer of the last one.
    ///
    /// # Errors
    /// When the body is no answer, or tells an error.
    fn response(&self, response: &WireResponse) -> Result<Value, TranslateError>;

    /// How the body of a 2xx answer to a streamed call is read. `None` when the format has no streams, or its calls
    /// take several requests: then the answer is read whole, and reaches the client as a stream of one piece.
    fn stream(&self) -> Option<Streaming> {
        None
    }
}

/// How a stream is read.
pub struct Streaming {
    /// How events are told apart in the bytes.
    pub framing: Framing,
    /// What makes chunks of them.
    pub translator: Box<dyn StreamTranslator>,
}

impl Streaming {
    /// Server-sent events.
    #[must_use]
    pub fn sse(translator: impl StreamTranslator + 'static) -> Self {
        Self { framing: Framing::Sse, translator: Box::new(translator) }
    }

    /// One JSON text per line.
    #[must_use]
    pub fn json_lines(translator: impl StreamTranslator + 'static) -> Self {
        Self { framing: Framing::JsonLines, translator: Box::new(translator) }
    }
}

/// Makes OpenAI's chunks of a provider's events, one stream long.
pub trait StreamTranslator: Send {
    /// Reads one event and appends the chunks that it makes, none or several. Must not hold text back.
    ///
    /// [`Progress::Done`] when nothing more is to come: the proxy then ends the stream as complete without waiting
    /// for the provider to close the connection, and asks neither this method nor [`StreamTranslator::end`] again.
    ///
    /// # Errors
    /// When the event can't be read, or is the provider's way to say that it failed. The stream ends with it.
    fn event(&mut self, event: &Event, chunks: &mut Vec<Value>) -> Result<Progress, TranslateError>;

    /// The body has ended, in order as far as the connection tells. Appends what was held back, such as usage.
    ///
    /// # Errors
    /// [`TranslateError::Truncated`] unless the provider has said that the answer is complete: that is what tells a
    /// finished answer from one that was cut off. A connection that breaks is the proxy's to notice.
    fn end(&mut self, chunks: &mut Vec<Value>) -> Result<(), TranslateError>;
}

/// Whether a stream goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More events may come.
    More,
    /// The answer is complete, its usage told.
    Done,
}

/// Why an answer can't be passed on. None of them is the client's fault unless a status says so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TranslateError {
    /// What came is not what the endpoint returns.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// The provider told an error where an answer was due: in a 2xx body, or within a stream.
    #[error("{}", .failure.message)]
    Failed {
        /// The HTTP status that the error stands for, if the provider tells one or its words leave no doubt.
        status: Option<u16>,
        /// Its words.
        failure: UpstreamFailure,
    },
    /// The stream ended without its end.
    #[error("the provider's stream ended before the answer was complete")]
    Truncated,
    /// The bytes of the stream are not framed as they should be.
    #[error("the provider's stream can't be read: {0}")]
    Framing(#[from] FramingError),
}

impl TranslateError {
    /// An error told in an event or a 2xx body, in whichever of the usual shapes. Without a status its code counts as
    /// one, if that is what it is.
    #[must_use]
    pub fn told(status: Option<u16>, body: &Bytes) -> Self {
        let response = WireResponse {
            status: status.unwrap_or(500),
            headers: http::HeaderMap::new(),
            body: body.clone(),
        };
        let failure = super::answer::failure(&response);
        let code = || failure.code.as_deref()?.parse().ok().filter(|code| (400..600).contains(code));
        Self::Failed { status: status.or_else(code), failure }
    }

    /// An answer that ended in neither text, nor calls, nor a refusal: the provider's finish reason, and its words.
    #[must_use]
    pub fn ended(finish_reason: &str, words: Option<&str>) -> Self {
        let words = words.unwrap_or("the model gave no usable answer");
        let failure = UpstreamFailure {
            message: format!("{words} (finish reason {finish_reason})"),
            code: Some(finish_reason.to_owned()),
            ..UpstreamFailure::default()
        };
        Self::Failed { status: None, failure }
    }
}

/// Reads the data of an event as JSON.
///
/// # Errors
/// When it is none.
pub fn json(event: &Event) -> Result<Value, TranslateError> {
    read(event)
}

/// Reads the data of an event as what is due.
///
/// # Errors
/// When it is something else.
pub fn read<T: DeserializeOwned>(event: &Event) -> Result<T, TranslateError> {
    serde_json::from_slice(&event.data)
        .map_err(|_| TranslateError::Shape(ShapeError::NotJson("an event of another kind".to_owned())))
}
