//! The only clock of the process. All code that needs the time of day asks here. Durations are measured with `Instant`,
//! which tests do not set.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};

/// How far the clock is ahead of the machine's.
static AHEAD: OnceLock<TimeDelta> = OnceLock::new();

/// The current time in UTC.
#[must_use]
pub(crate) fn now() -> DateTime<Utc> {
    machine() + AHEAD.get().copied().unwrap_or_default()
}

/// The current time in epoch milliseconds.
#[must_use]
pub(crate) fn now_ms() -> i64 {
    now().timestamp_millis()
}

/// Sets the clock, which runs on from there. Only the first call of a process counts.
pub(crate) fn start_at(moment: DateTime<Utc>) {
    AHEAD.get_or_init(|| moment - machine());
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> DateTime<Utc> {
    Utc::now()
}
