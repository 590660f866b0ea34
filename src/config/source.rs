//! Reads a configuration file, refusing what can't be one before it costs memory, and tells whether it has changed since.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::ConfigError;

/// The largest file that is read, in bytes. A hundred thousand deployments take twenty megabytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A file that a configuration depends on, as it was when the configuration was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is, or should be.
    pub path: PathBuf,
    /// Stands for what it said; `None` when it could not be read.
    digest: Option<u64>,
}

impl Source {
    /// A file that said this.
    pub(super) fn read(path: &Path, text: &str) -> Self {
        Self { path: path.to_owned(), digest: Some(digest(text.as_bytes())) }
    }

    /// A file that could not be read.
    pub(super) fn missing(path: &Path) -> Self {
        Self { path: path.to_owned(), digest: None }
    }

    /// Whether it says something else by now, or can be read by now, or no more. Reads the file.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        let now = read_bytes(&self.path)
            .ok()
            .map(|bytes| digest(bytes.strip_prefix(BYTE_ORDER_MARK.as_bytes()).unwrap_or(&bytes)));
        now != self.digest
    }
}

fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// What is in a file, as far as it could be a configuration.
fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = path.metadata()?;
    // Reading a pipe takes away what is in it.
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a file, without a byte order mark.
///
/// Memory stays bounded by [`MAX_BYTES`] whatever the path leads to, a device or a pipe included.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let failed = |cause: io::Error| ConfigError::Read { path: path.to_owned(), cause };
    let metadata = path.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(ConfigError::Directory { path: path.to_owned() });
    }
    let too_large = || ConfigError::TooLarge { path: path.to_owned(), limit: MAX_BYTES };
    if metadata.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default() + 1);
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large());
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..offset].split(|&byte| byte == b'\n').count();
        ConfigError::NotText { path: path.to_owned(), offset, line }
    })?;
    Ok(without_byte_order_mark(text))
}

fn without_byte_order_mark(text: String) -> String {
    match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}
