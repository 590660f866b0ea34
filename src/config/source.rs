//! Reads a configuration file, refusing what can't be one before it costs memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::ConfigError;

/// The largest file that is read, in bytes. A hundred thousand deployments take twenty megabytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

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
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}
