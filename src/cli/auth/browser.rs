//! Opens a page in the user's browser, if there is one.

use std::process::{Command, Stdio};

/// The variable that names the user's browser, as other tools read it.
const BROWSER: &str = "BROWSER";

/// Tries to open the address. The caller prints it too, so a failure does not matter.
pub(super) fn open(url: &str) {
    let own = std::env::var(BROWSER).ok().filter(|program| !program.trim().is_empty());
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut words = own.as_deref().unwrap_or(opener).split_whitespace();
    let Some(program) = words.next() else { return };
    let mut command = Command::new(program);
    command.args(words).arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = command.spawn();
}
