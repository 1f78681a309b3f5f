//! The one clock of the process. Everything that asks what time it is asks here; how long something takes is
//! measured by `Instant`, which nobody sets.

use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};

/// By how much the clock is ahead of the machine's.
static AHEAD: OnceLock<TimeDelta> = OnceLock::new();

/// The moment, in UTC.
#[must_use]
pub(crate) fn now() -> DateTime<Utc> {
    machine() + AHEAD.get().copied().unwrap_or_default()
}

/// Epoch milliseconds.
#[must_use]
pub(crate) fn now_ms() -> i64 {
    now().timestamp_millis()
}

/// Starts the clock at a moment; from there it goes on. Only the first call of a process counts.
pub(crate) fn start_at(moment: DateTime<Utc>) {
    AHEAD.get_or_init(|| moment - machine());
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn machine() -> DateTime<Utc> {
    Utc::now()
}
