//! Turns this crate's `tracing` events into LOG messages.
//!
//! It ignores events of other crates: an HTTP library at DEBUG may print headers, and with them a token.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::message::LogLevel;
use super::{Message, Output};

/// From now on sends events of at least this level to stdout.
pub(crate) fn install(output: Output, least: LogLevel) {
    let subscriber = tracing_subscriber::registry().with(LogLayer { output, least });
    // A second verb in one process (in tests) keeps the first subscriber.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Parses `LOG_LEVEL` as Airbyte's platform sets it. An unknown level counts as INFO.
#[must_use]
pub(crate) fn level(name: Option<&str>) -> LogLevel {
    match name.unwrap_or_default().to_ascii_uppercase().as_str() {
        "FATAL" => LogLevel::Fatal,
        "ERROR" => LogLevel::Error,
        "WARN" | "WARNING" => LogLevel::Warn,
        "DEBUG" => LogLevel::Debug,
        "TRACE" => LogLevel::Trace,
        _ => LogLevel::Info,
    }
}

struct LogLayer {
    output: Output,
    least: LogLevel,
}

impl<S: Subscriber> Layer<S> for LogLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let level = airbyte_level(*event.metadata().level());
        if level > self.least || !event.metadata().target().starts_with("tiktok_ads") {
            return;
        }
        self.output.message(&Message::log(level, &line(event)));
    }
}

/// Formats an event as text.
#[must_use]
pub(crate) fn line(event: &Event<'_>) -> String {
    let mut line = LogLine::default();
    event.record(&mut line);
    line.finish()
}

fn airbyte_level(level: tracing::Level) -> LogLevel {
    match level {
        tracing::Level::ERROR => LogLevel::Error,
        tracing::Level::WARN => LogLevel::Warn,
        tracing::Level::INFO => LogLevel::Info,
        tracing::Level::DEBUG => LogLevel::Debug,
        tracing::Level::TRACE => LogLevel::Trace,
    }
}

/// `message (key: value, key: value)`.
#[derive(Default)]
struct LogLine {
    message: String,
    fields: String,
}

impl LogLine {
    fn finish(self) -> String {
        if self.fields.is_empty() { self.message } else { format!("{} ({})", self.message, self.fields) }
    }
}

impl Visit for LogLine {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
        } else {
            let comma = if self.fields.is_empty() { "" } else { ", " };
            let _ = write!(self.fields, "{comma}{}: {value:?}", field.name());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_read_leniently() {
        assert_eq!(level(None), LogLevel::Info);
        assert_eq!(level(Some("debug")), LogLevel::Debug);
        assert_eq!(level(Some("warning")), LogLevel::Warn);
        assert_eq!(level(Some("loud")), LogLevel::Info);
    }
}
