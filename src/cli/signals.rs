//! The signals that steer a daemon.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals, caught from the moment of [`Signals::listen`].
pub(super) struct Signals {
    /// SIGTERM and SIGINT.
    pub(super) stop: Stop,
    /// SIGHUP.
    pub(super) reload: Signal,
}

/// The two signals that ask a process to end.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Catches signals from now on; before this they end the process.
    pub(super) fn listen() -> io::Result<Self> {
        let stop =
            Stop { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? };
        Ok(Self { stop, reload: signal(SignalKind::hangup())? })
    }
}

impl Stop {
    /// Waits for the next signal and returns its name.
    pub(super) async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
