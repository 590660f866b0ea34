//! What is asked of a deployment, before any provider's format.

use serde_json::{Map, Value};

use super::Mode;

/// A request in OpenAI's shape.
///
/// The probe planner and the chat proxy both make calls, and one adapter serves both, so what a
/// probe proves is what real traffic uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The kind of request.
    pub mode: Mode,
    /// The body in OpenAI's shape without `model` and `stream`: `messages`, `max_tokens`, `input`, `voice` and so
    /// on. Laid over the deployment's own parameters.
    pub payload: Map<String, Value>,
    /// Whether the answer is to come in pieces. A builder says so in its format's way: another URL, or a field of the
    /// body. `stream_options` is part of the payload, for formats that have it.
    pub stream: bool,
}

impl Call {
    /// A call of this mode.
    #[must_use]
    pub fn new(mode: Mode, payload: Map<String, Value>) -> Self {
        Self { mode, payload, stream: false }
    }

    /// The same call with an answer that comes in pieces, or not.
    #[must_use]
    pub fn streamed(self, stream: bool) -> Self {
        Self { stream, ..self }
    }
}
