//! Why a configuration can't be used at all.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{Finding, Source};

/// Why there is no configuration, by what was being done.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be opened or read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A directory was given.
    #[error("{} is a directory, not a file\nhint: name the config.yaml in it", .path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
    },
    /// The file is larger than any real configuration.
    #[error("{} is larger than {} MiB\nhint: is this the right file?", .path.display(), .limit / (1024 * 1024))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The file is not text.
    #[error(
        "{} is not UTF-8 text: byte {offset}, in line {line}, starts no character\nhint: save it as UTF-8",
        .path.display()
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// Where the first wrong byte is, from 0.
        offset: usize,
        /// The line of that byte, from 1.
        line: usize,
    },
    /// The file was read, and what it says can't be used. All mistakes of the file are here, not only the
    /// fatal ones.
    #[error("{}", Count(.findings))]
    Invalid {
        /// Every mistake, in the order of the file.
        findings: Vec<Finding>,
        /// The files that would have to change.
        sources: Vec<Source>,
    },
}

impl ConfigError {
    /// The mistakes, where the file could be read at all.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Invalid { findings, .. } => findings,
            Self::Read { .. } | Self::Directory { .. } | Self::TooLarge { .. } | Self::NotText { .. } => &[],
        }
    }

    /// The files that have to change before another attempt makes sense.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        match self {
            Self::Invalid { sources, .. } => sources.clone(),
            Self::Read { path, .. }
            | Self::Directory { path }
            | Self::TooLarge { path, .. }
            | Self::NotText { path, .. } => vec![Source::missing(path)],
        }
    }
}

/// `the configuration has 2 errors`.
struct Count<'a>(&'a [Finding]);

impl fmt::Display for Count<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.0.iter().filter(|finding| finding.is_error()).count();
        let plural = if errors == 1 { "" } else { "s" };
        write!(f, "the configuration has {errors} error{plural}")
    }
}
