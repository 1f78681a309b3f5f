//! What people read: lines on stdout, errors on stderr, never with a secret.

use std::io::Write;
use std::sync::Arc;

use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::error::Error;
use crate::protocol::log;
use crate::protocol::redaction::Redaction;
use crate::tiktok::{TELLS_OF_WAITS, codes};

/// The mouth of these commands.
#[derive(Clone, Default)]
pub(super) struct Say {
    pub(super) redaction: Arc<Redaction>,
}

impl Say {
    /// One line on stdout, at once. Nobody reads on when stdout is closed, so nothing is lost then.
    pub(super) fn line(&self, text: impl Into<String>) {
        let line = self.redaction.mask(text.into()) + "\n";
        #[expect(clippy::disallowed_methods, reason = "these commands speak plain text, not the protocol")]
        let mut stdout = std::io::stdout();
        let _ = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush());
    }

    /// One line on stderr.
    pub(super) fn warn(&self, text: impl Into<String>) {
        let _ = std::io::stderr().write_all((self.redaction.mask(text.into()) + "\n").as_bytes());
    }

    /// From now on, what a call waits for is told on stderr; other events are for logs.
    pub(super) fn tell_of_waits(&self) {
        let subscriber = tracing_subscriber::registry().with(Waits(self.clone()));
        // A second command in one process (tests) keeps the first one's.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }

    /// What happened and what to do.
    pub(super) fn error(&self, error: &Error) {
        // There is no log where a person could look it up.
        let id = error.context("request_id").filter(|_| error.advice().is_some_and(codes::asks_for_request_id));
        self.warn(id.map_or_else(|| error.to_string(), |id| format!("{error} The request id is {id}.")));
    }
}

/// Lines about calls that take long.
struct Waits(Say);

impl<S: Subscriber> Layer<S> for Waits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == TELLS_OF_WAITS {
            self.0.warn(log::line(event));
        }
    }
}
