//! From the events of a provider's stream to those that the client gets.

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::{Mode, Usage};
use crate::providers::ShapeError;
use crate::providers::chat::{Progress, StreamTranslator, TranslateError};
use crate::providers::framing::Event;

use super::envelope::{Envelope, Glance};
use super::usage;

/// The end of a stream that has told everything.
const DONE: &[u8] = b"data: [DONE]\n\n";

/// How the events of one stream are passed on.
pub(super) enum Reader {
    /// As they are, but for the model's name.
    AsTheyAre(PassOn),
    /// Translated.
    Translated(Translate),
}

impl Reader {
    /// Reads an event and appends what the client gets of it.
    pub(super) fn event(&mut self, event: &Event, out: &mut BytesMut) -> Result<Progress, TranslateError> {
        match self {
            Self::AsTheyAre(reader) => reader.event(event, out),
            Self::Translated(reader) => reader.event(event, out),
        }
    }

    /// The body has ended.
    pub(super) fn end(&mut self, out: &mut BytesMut) -> Result<(), TranslateError> {
        match self {
            Self::AsTheyAre(reader) if reader.is_complete => Ok(()),
            Self::AsTheyAre(_) => Err(TranslateError::Truncated),
            Self::Translated(reader) => reader.end(out),
        }
    }

    /// What the answer took, as far as it was told.
    pub(super) fn usage(&self) -> Usage {
        match self {
            Self::AsTheyAre(reader) => reader.usage,
            Self::Translated(reader) => reader.usage,
        }
    }

    /// What went wrong, where the client was told by an event of the provider's own.
    pub(super) fn take_failure(&mut self) -> Option<TranslateError> {
        match self {
            Self::AsTheyAre(reader) => reader.failure.take(),
            Self::Translated(_) => None,
        }
    }

    /// The answer was complete: says so.
    pub(super) fn close(&self, out: &mut BytesMut) {
        // The Responses API ends with an event of its own.
        if !matches!(self, Self::AsTheyAre(PassOn { mode: Mode::Responses, .. })) {
            out.put_slice(DONE);
        }
    }
}

/// Streams in OpenAI's own format.
pub(super) struct PassOn {
    mode: Mode,
    model: String,
    /// The provider has said why the answer ended.
    is_complete: bool,
    /// What an event said that was passed on.
    failure: Option<TranslateError>,
    usage: Usage,
}

impl PassOn {
    /// For a call of this model, as the client names it.
    pub(super) fn new(mode: Mode, model: &str) -> Self {
        Self { mode, model: model.to_owned(), is_complete: false, failure: None, usage: Usage::default() }
    }

    fn event(&mut self, event: &Event, out: &mut BytesMut) -> Result<Progress, TranslateError> {
        if event.is_done() {
            return Ok(Progress::Done);
        }
        let data = &event.data;
        let glance =
            Glance::at(data).ok_or_else(|| ShapeError::NotJson("an event of another kind".to_owned()))?;
        if self.mode == Mode::Responses {
            put_event(out, event.name(), data);
            // What went wrong is told in the API's own events, which clients know.
            let is_last = matches!(
                glance.kind(),
                "response.completed" | "response.incomplete" | "response.failed" | "error"
            );
            self.is_complete |= is_last;
            if is_last {
                self.usage = usage::of_response_event(data).unwrap_or_default();
            }
            if matches!(glance.kind(), "response.failed" | "error") {
                self.failure = Some(failed_response(data));
            }
            return Ok(if is_last { Progress::Done } else { Progress::More });
        }
        if glance.is_error() || event.name() == "error" {
            return Err(TranslateError::told(None, data));
        }
        self.is_complete |= glance.is_finish();
        // Some tell it in every chunk, adding up.
        self.usage = glance.usage().unwrap_or(self.usage);
        let mut renamed = BytesMut::new();
        glance.put_renamed(data, &self.model, &mut renamed);
        put_event(out, "", &renamed);
        Ok(Progress::More)
    }
}

/// Why a response failed, in the words of its last event: its own error, or that of the response in it.
fn failed_response(event: &Bytes) -> TranslateError {
    #[derive(serde::Deserialize)]
    struct Event<'a> {
        #[serde(borrow)]
        response: Option<&'a RawValue>,
    }
    let response = serde_json::from_slice::<Event<'_>>(event).ok().and_then(|event| event.response);
    let telling =
        response.map_or_else(|| event.clone(), |response| event.slice_ref(response.get().as_bytes()));
    TranslateError::told(None, &telling)
}

/// Streams of another format.
pub(super) struct Translate {
    translator: Box<dyn StreamTranslator>,
    envelope: Envelope,
    /// The client wants to know what the answer took.
    wants_usage: bool,
    chunks: Vec<Value>,
    usage: Usage,
}

impl Translate {
    /// For a call of this model, as the client names it.
    pub(super) fn new(translator: Box<dyn StreamTranslator>, model: &str, wants_usage: bool) -> Self {
        Self {
            translator,
            envelope: Envelope::new(model),
            wants_usage,
            chunks: Vec::new(),
            usage: Usage::default(),
        }
    }

    fn event(&mut self, event: &Event, out: &mut BytesMut) -> Result<Progress, TranslateError> {
        let progress = self.translator.event(event, &mut self.chunks);
        self.put_chunks(out);
        progress
    }

    fn end(&mut self, out: &mut BytesMut) -> Result<(), TranslateError> {
        let end = self.translator.end(&mut self.chunks);
        self.put_chunks(out);
        end
    }

    fn put_chunks(&mut self, out: &mut BytesMut) {
        for chunk in self.chunks.drain(..) {
            self.usage = usage::of(&chunk).unwrap_or(self.usage);
            put_chunk(&mut self.envelope, chunk, self.wants_usage, out);
        }
    }
}

/// A whole answer as a stream that is complete.
pub(super) fn of_chunks(chunks: Vec<Value>, model: &str, wants_usage: bool) -> Bytes {
    let mut out = BytesMut::new();
    let mut envelope = Envelope::new(model);
    for chunk in chunks {
        put_chunk(&mut envelope, chunk, wants_usage, &mut out);
    }
    out.put_slice(DONE);
    out.freeze()
}

/// A whole answer that was to be streamed, where its pieces look the same, as the only one.
pub(super) fn put_only_event(mode: Mode, answer: &[u8], out: &mut BytesMut) {
    put_event(out, "", answer);
    if mode != Mode::Responses {
        out.put_slice(DONE);
    }
}

fn put_chunk(envelope: &mut Envelope, mut chunk: Value, wants_usage: bool, out: &mut BytesMut) {
    if let Value::Object(fields) = &mut chunk
        && !wants_usage
        && fields.shift_remove("usage").is_some()
        && fields.get("choices").and_then(Value::as_array).is_none_or(Vec::is_empty)
    {
        return;
    }
    envelope.number(&mut chunk);
    let chunk = envelope.wrap("chat.completion.chunk", chunk);
    put_event(out, "", chunk.to_string().as_bytes());
}

/// One server-sent event.
fn put_event(out: &mut BytesMut, name: &str, data: &[u8]) {
    out.reserve(name.len() + data.len() + 16);
    if !name.is_empty() {
        out.put_slice(b"event: ");
        out.put_slice(name.as_bytes());
        out.put_u8(b'\n');
    }
    for line in data.split(|&byte| byte == b'\n') {
        out.put_slice(b"data: ");
        out.put_slice(line);
        out.put_u8(b'\n');
    }
    out.put_u8(b'\n');
}
