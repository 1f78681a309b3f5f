//! Text for people: lines on stdout and errors on stderr, never with a secret.

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, OnceLock};

use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::error::{Error, Kind, Result};
use crate::protocol::log;
use crate::protocol::redaction::Redaction;
use crate::tiktok::codes;
use crate::waits::TELLS_OF_WAITS;

/// Prints the text of these commands.
#[derive(Clone, Default)]
pub(in crate::cli) struct Console {
    pub(in crate::cli) redaction: Arc<Redaction>,
    /// Why a line could not be written.
    broken: Arc<OnceLock<io::Error>>,
}

impl Console {
    /// Prints one line on stdout at once; [`Console::written`] tells whether that could be done.
    pub(in crate::cli) fn line(&self, text: impl Into<String>) {
        let line = self.redaction.mask(text.into()) + "\n";
        #[expect(clippy::disallowed_methods, reason = "these commands speak plain text, not the protocol")]
        let mut stdout = std::io::stdout();
        if let Err(error) = stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()) {
            let _ = self.broken.set(error);
        }
    }

    /// Whether all lines were written. If the reader closed the pipe, nobody reads them and nothing is lost.
    pub(in crate::cli) fn written(&self) -> Result<()> {
        match self.broken.get() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(Error::new(Kind::Local, format!("Cannot write to standard output: {error}"))
                    .advise("Run the command again once there is room for its output."))
            }
            _ => Ok(()),
        }
    }

    /// Prints one line on stderr.
    pub(in crate::cli) fn warn(&self, text: impl Into<String>) {
        let _ = std::io::stderr().write_all((self.redaction.mask(text.into()) + "\n").as_bytes());
    }

    /// From now on prints on stderr what a call waits for. All other events are for logs.
    pub(in crate::cli) fn print_waits(&self) {
        let subscriber = tracing_subscriber::registry().with(Waits(self.clone()));
        // A second command in one process (in tests) keeps the first subscriber.
        let _ = tracing::subscriber::set_global_default(subscriber);
    }

    /// From now on prints on stderr what a service has to say.
    pub(in crate::cli) fn print_log(&self) {
        let subscriber = tracing_subscriber::registry().with(Told(self.clone()));
        let _ = tracing::subscriber::set_global_default(subscriber);
    }

    /// Prints what happened and what to do.
    pub(in crate::cli) fn error(&self, error: &Error) {
        // There is no log to find the request id in, so the sentence names it.
        let id = error.context("request_id").filter(|_| error.advice().is_some_and(codes::asks_for_request_id));
        self.warn(id.map_or_else(|| error.to_string(), |id| format!("{error} The request id is {id}.")));
    }
}

/// Prints lines about calls that take long.
struct Waits(Console);

impl<S: Subscriber> Layer<S> for Waits {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == TELLS_OF_WAITS {
            self.0.warn(log::line(event));
        }
    }
}

/// Prints lines that are worth a look.
struct Told(Console);

impl<S: Subscriber> Layer<S> for Told {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let about = event.metadata();
        let ours = about.target().starts_with("tiktok_ads") || about.target() == TELLS_OF_WAITS;
        if ours && *about.level() <= Level::WARN {
            self.0.warn(log::line(event));
        }
    }
}
