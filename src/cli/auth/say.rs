//! What people read: lines on stdout, errors on stderr, never with a secret.

use std::io::Write;
use std::sync::Arc;

use crate::error::Error;
use crate::protocol::hidden::Hidden;

/// The mouth of these commands.
#[derive(Clone, Default)]
pub(super) struct Say {
    pub(super) hidden: Arc<Hidden>,
}

impl Say {
    /// One line on stdout, at once. Nobody reads on when stdout is closed, so nothing is lost then.
    pub(super) fn line(&self, text: impl Into<String>) {
        let line = self.hidden.mask(text.into()) + "\n";
        #[expect(clippy::disallowed_methods, reason = "these commands speak plain text, not the protocol")]
        let mut stdout = std::io::stdout();
        let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
    }

    /// One line on stderr.
    pub(super) fn warn(&self, text: impl Into<String>) {
        let _ = std::io::stderr().write_all((self.hidden.mask(text.into()) + "\n").as_bytes());
    }

    /// What happened and what to do.
    pub(super) fn error(&self, error: &Error) {
        self.warn(error.to_string());
    }
}
