//! Why there is no answer.

/// Why there is no answer, by what was being done.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The transport could not be made.
    #[error("cannot set up TLS: {problem}")]
    Setup {
        /// One line for a person.
        problem: String,
        /// What a person can do, if we know.
        hint: Option<&'static str>,
    },
    /// The host could not be reached: DNS, TCP or TLS.
    #[error("cannot connect to {host}: {problem}")]
    Connect {
        /// Host and port.
        host: String,
        /// One line for a person.
        problem: String,
        /// What a person can do, if we know.
        hint: Option<&'static str>,
    },
    /// The connection broke before the answer was complete.
    #[error("the connection to {host} broke: {problem}")]
    Broken {
        /// Host and port.
        host: String,
        /// One line for a person.
        problem: String,
    },
    /// The server ended a WebSocket session before it said anything.
    #[error("{host} closed the session at once: {}", told(.reason, *.code))]
    Closed {
        /// Host and port.
        host: String,
        /// The code of the close frame (RFC 6455, 7.4); `None` when there was no frame or none in it.
        code: Option<u16>,
        /// The server's own words; may be empty.
        reason: String,
    },
    /// The answer is larger than we read.
    #[error("the answer of {host} is larger than {limit} bytes")]
    TooLarge {
        /// Host and port.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

impl TransportError {
    /// What a person can do about it, if we know.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Setup { hint, .. } | Self::Connect { hint, .. } => *hint,
            Self::Broken { .. } | Self::Closed { .. } | Self::TooLarge { .. } => None,
        }
    }
}

/// The words of a close frame with its code.
fn told(reason: &str, code: Option<u16>) -> String {
    let words = if reason.is_empty() { "no reason given" } else { reason };
    code.map_or_else(|| words.to_owned(), |code| format!("{words} (close code {code})"))
}
