//! Notices that a file of the configuration has changed.
//!
//! By looking every two seconds, not by notifications of the kernel: these don't come from network file systems and some
//! container mounts, get lost when a queue overflows, and have to be placed anew on every directory of a chain of
//! symbolic links, which is what Kubernetes replaces when a `ConfigMap` changes. A look is a few `stat` calls that
//! follow links, so every way to replace a file shows; only when they differ are files read, and only when what they
//! say differs is the configuration reloaded.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::sleep;

use crate::config::Source;

use super::{Cause, Reloader};

/// From one look to the next.
const PERIOD: Duration = Duration::from_secs(2);
/// So long nothing may move before files are read: an editor or a copy may be at work.
const SETTLED: Duration = Duration::from_millis(300);

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    path: PathBuf,
    /// Device, inode, size and time of the last change; `None` when there is no file.
    file: Option<(u64, u64, u64, Option<SystemTime>)>,
}

impl Stamp {
    fn of(path: &Path) -> Self {
        let metadata = path.metadata().ok();
        let file = metadata.map(|file| (file.dev(), file.ino(), file.len(), file.modified().ok()));
        Self { path: path.to_owned(), file }
    }
}

impl Reloader {
    /// Reloads whenever a file has changed, as long as `llmhealth.reload.watch` says so. Never returns.
    pub async fn watch(self: Arc<Self>) {
        // Nothing is known at first, so that a change between the start and the first look is seen.
        let mut known = Vec::new();
        loop {
            if self.config.load().settings.reload.watch {
                let stamps = self.stamps().await;
                if stamps != known {
                    known = self.settled(stamps).await;
                    if self.has_changed().await {
                        // What came of it was logged and counted.
                        drop(self.reload(Cause::Watch).await);
                        known = self.stamps().await;
                    }
                }
            }
            sleep(PERIOD).await;
        }
    }

    /// Waits until nothing moves any more.
    async fn settled(&self, mut stamps: Vec<Stamp>) -> Vec<Stamp> {
        loop {
            sleep(SETTLED).await;
            let later = self.stamps().await;
            if later == stamps {
                return stamps;
            }
            stamps = later;
        }
    }

    async fn stamps(&self) -> Vec<Stamp> {
        let look = |sources: Vec<Source>| sources.iter().map(|source| Stamp::of(&source.path)).collect();
        self.apart(look).await
    }

    /// Whether a file says something else than what the last attempt read.
    async fn has_changed(&self) -> bool {
        self.apart(|sources| sources.iter().any(Source::has_changed)).await
    }

    /// Looks at files where waiting for a slow file system keeps nobody else waiting.
    async fn apart<T: Default + Send + 'static>(&self, look: fn(Vec<Source>) -> T) -> T {
        let sources = self.sources();
        match tokio::task::spawn_blocking(move || look(sources)).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::error!(%error, "cannot look whether the configuration has changed");
                T::default()
            }
        }
    }
}
