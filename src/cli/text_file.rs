//! Files that the command line names.

use std::path::Path;

use crate::error::{Error, Result};

/// Reads a text file, without a byte order mark.
pub(super) fn text(path: &Path, flag: &str) -> Result<String> {
    let fault = |what: String| Error::config(format!("Cannot read {} (`{flag}`): {what}", path.display()));
    let bytes =
        std::fs::read(path).map_err(|error| fault(error.to_string()).advise("Check the path and its permissions."))?;
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).map_or(bytes.clone(), <[u8]>::to_vec);
    String::from_utf8(bytes).map_err(|_| fault("it is not UTF-8".to_owned()).advise("Save the file as UTF-8 text."))
}
