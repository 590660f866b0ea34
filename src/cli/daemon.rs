//! What `serve` and `demo` share: the socket, the signals and the end.

use std::pin::pin;
use std::sync::Arc;
use std::thread;

use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::app::App;
use crate::reload::Cause;

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

/// Serves until a signal ends it. A first SIGTERM or SIGINT drains, a second one ends at once; SIGHUP and a
/// changed file reload.
pub(super) async fn run(listener: TcpListener, app: App, signals: Signals) -> Result<Exit, CommandError> {
    let Signals { mut stop, mut reload } = signals;
    // Tasks of their own: reading a large file must not keep connections waiting.
    let mut reloads = JoinSet::new();
    reloads.spawn(Arc::clone(app.reloader()).watch());
    let reloader = Arc::clone(app.reloader());
    reloads.spawn(async move {
        while reload.recv().await.is_some() {
            // What came of it was logged and counted.
            drop(reloader.reload(Cause::Signal).await);
        }
    });

    let (drain, told) = oneshot::channel::<()>();
    let mut drain = Some(drain);
    let mut server = pin!(serve_apart(listener, app, told)?);
    loop {
        tokio::select! {
            ended = &mut server => return Ok(if ended.is_ok() { Exit::Success } else { Exit::Failure }),
            signal = stop.next() => {
                let Some(drain) = drain.take() else {
                    tracing::warn!(signal, "ending at once");
                    return Ok(Exit::Failure);
                };
                tracing::info!(signal, "stopping; a second signal ends at once");
                drain.send(()).ok();
            }
        }
    }
}

/// Serves on a thread and a runtime of its own: under thousands of probes liveness would otherwise wait for its
/// turn, and a busy daemon would be taken for a dead one. An error means that the thread broke down.
fn serve_apart(
    listener: TcpListener,
    app: App,
    drain: oneshot::Receiver<()>,
) -> Result<oneshot::Receiver<()>, CommandError> {
    let listener = listener.into_std().map_err(CommandError::Runtime)?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(CommandError::Runtime)?;
    let (end, ended) = oneshot::channel();
    let serve = move || {
        runtime.block_on(async {
            match TcpListener::from_std(listener) {
                // An error means that the sender is gone, and with it the reason to go on.
                Ok(listener) => app.serve(listener, async { drop(drain.await) }).await,
                Err(error) => return tracing::error!(%error, "cannot serve on the bound address"),
            }
            end.send(()).ok();
        });
    };
    thread::Builder::new().name("http".to_owned()).spawn(serve).map_err(CommandError::Runtime)?;
    Ok(ended)
}
