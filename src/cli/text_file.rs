//! Files that the command line names.

use std::fs::File;
use std::io::{Error as IoError, Read};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

use crate::error::{Error, Result};

/// Bytes of a file or of what comes through a pipe: a state of a hundred thousand advertisers.
const BYTES_MAX: u64 = 1 << 30;
/// Bytes of a device, which may have no end.
const DEVICE_BYTES_MAX: u64 = 1 << 20;

/// Reads a text file, without a byte order mark.
pub(super) fn text(path: &Path, flag: &str) -> Result<String> {
    let fault = |what: String| Error::config(format!("Cannot read {} (`{flag}`): {what}", path.display()));
    let bytes = bytes(path).map_err(|error| fault(error.to_string()).advise("Check the path and its permissions."))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).map_or(bytes.clone(), <[u8]>::to_vec);
    String::from_utf8(bytes).map_err(|_| fault("it is not UTF-8".to_owned()).advise("Save the file as UTF-8 text."))
}

/// The bytes of a file, pipe or device that has an end.
fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let most = if file.metadata()?.file_type().is_char_device() { DEVICE_BYTES_MAX } else { BYTES_MAX };
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(IoError::other(format!("it has more than {} MiB", most >> 20))),
        false => Ok(bytes),
    }
}
