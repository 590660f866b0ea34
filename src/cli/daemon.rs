//! What `serve` and `demo` share: the socket, the signals and the end.

use std::pin::pin;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::app::App;

use super::exit::{CommandError, Exit};
use super::signals::Signals;

/// Binds the address of a daemon.
pub(super) async fn bind(host: &str, port: u16) -> Result<TcpListener, CommandError> {
    // `[::1]` is how an IPv6 address looks in a URL.
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    TcpListener::bind((bare, port)).await.map_err(|cause| CommandError::Bind {
        host: host.to_owned(),
        port,
        cause,
    })
}

/// The URL of a socket.
pub(super) fn url_of(listener: &TcpListener) -> Result<String, CommandError> {
    listener.local_addr().map(|address| format!("http://{address}")).map_err(CommandError::Runtime)
}

/// Serves until a signal ends it. A first SIGTERM or SIGINT drains, a second one ends at once; SIGHUP
/// reloads.
pub(super) async fn run(listener: TcpListener, app: App, signals: Signals) -> Exit {
    let Signals { mut stop, mut reload } = signals;
    // A task of its own: reading a large file must not keep connections waiting.
    let mut reloads = JoinSet::new();
    let reloaded = app.clone();
    reloads.spawn(async move {
        while reload.recv().await.is_some() {
            reloaded.reload().await;
        }
    });

    let (drain, told) = oneshot::channel::<()>();
    let mut drain = Some(drain);
    let mut server = pin!(app.serve(listener, async {
        // An error means that the sender is gone, and with it the reason to go on.
        told.await.ok();
    }));
    loop {
        tokio::select! {
            () = &mut server => return Exit::Success,
            signal = stop.next() => {
                let Some(drain) = drain.take() else {
                    tracing::warn!(signal, "ending at once");
                    return Exit::Failure;
                };
                tracing::info!(signal, "stopping; a second signal ends at once");
                drain.send(()).ok();
            }
        }
    }
}
