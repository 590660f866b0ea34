//! How a command ends: the only place that knows exit codes.

use std::error::Error;
use std::io;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::transport::TransportError;

/// The meaning of an exit code.
///
/// A supervisor has to tell a configuration that no restart repairs from a failure that may pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well: 0.
    Success,
    /// The work was done and something is unhealthy: 1.
    Unhealthy,
    /// The command could not do its work: 1.
    Failure,
    /// The command line or the configuration is wrong, or nothing matched: 2, as clap has it.
    Usage,
    /// The daemon did not answer: 3.
    Unreachable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::Unhealthy | Exit::Failure => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The configuration can't be used. Its findings have been shown.
    #[error(transparent)]
    Config(ConfigError),
    /// No deployment is what was asked for.
    #[error("no deployment matches `{option} {value}`")]
    NothingMatched {
        /// The option that asked.
        option: &'static str,
        /// Its value.
        value: String,
        /// What was meant, perhaps.
        hint: String,
    },
    /// The daemon's address could not be bound.
    #[error("cannot listen on {host}:{port}")]
    Bind {
        /// As given.
        host: String,
        /// As given.
        port: u16,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The daemon could not be asked.
    #[error(transparent)]
    Unreachable(TransportError),
    /// The daemon did not answer in time.
    #[error("{host} did not answer within {seconds} s")]
    NoAnswer {
        /// Host and port.
        host: String,
        /// The limit.
        seconds: u64,
    },
    /// Something answered, and not with verdicts.
    #[error("{host} answered HTTP {status}: {problem}")]
    Refused {
        /// Host and port.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What it said.
        problem: String,
    },
    /// A key that no header can hold.
    #[error("the key has characters that an HTTP header can't hold")]
    BadKey,
    /// There is no way to send requests.
    #[error(transparent)]
    Transport(TransportError),
    /// The system refused threads, signals or sockets.
    #[error("the system refused what the program needs")]
    Runtime(#[source] io::Error),
    /// Standard output is closed or full.
    #[error("cannot write to standard output")]
    Output(#[source] io::Error),
    /// A manual page was asked for that there is not.
    #[error("there is no command `{name}`")]
    NoSuchCommand {
        /// As given.
        name: String,
    },
}

impl CommandError {
    /// The exit code that says so.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::NothingMatched { .. } | Self::NoSuchCommand { .. } | Self::BadKey => {
                Exit::Usage
            }
            Self::Unreachable(_) | Self::NoAnswer { .. } => Exit::Unreachable,
            Self::Refused { .. }
            | Self::Bind { .. }
            | Self::Transport(_)
            | Self::Runtime(_)
            | Self::Output(_) => Exit::Failure,
        }
    }

    /// What a person can do about it.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Bind { host, port, cause } => Some(bind_hint(host, *port, cause.kind())),
            Self::NothingMatched { hint, .. } => Some(hint.clone()),
            Self::Transport(error) | Self::Unreachable(error) => error.hint().map(str::to_owned),
            Self::Refused { status: 401, .. } => {
                Some("give the master key with `--key` or LITELLM_MASTER_KEY".to_owned())
            }
            Self::NoSuchCommand { .. } => Some("`llmhealth help` lists them".to_owned()),
            Self::NoAnswer { .. }
            | Self::Refused { .. }
            | Self::BadKey
            | Self::Config(_)
            | Self::Runtime(_)
            | Self::Output(_) => None,
        }
    }

    /// Whether nobody is there to read on: `llmhealth schema | head`.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn bind_hint(host: &str, port: u16, kind: io::ErrorKind) -> String {
    match kind {
        io::ErrorKind::AddrInUse => {
            format!("another program listens on port {port}; choose another port, or let `--port 0` pick one")
        }
        io::ErrorKind::PermissionDenied => "ports below 1024 are reserved; choose a higher one".to_owned(),
        io::ErrorKind::AddrNotAvailable => {
            format!("`{host}` is not an address of this machine; `--host 0.0.0.0` listens on all of them")
        }
        _ => "`--host` takes an address of this machine, such as 127.0.0.1, ::1 or 0.0.0.0".to_owned(),
    }
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
