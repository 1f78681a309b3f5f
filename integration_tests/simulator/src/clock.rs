//! The machine's clock. A simulator that is given a moment asks it for nothing.

use chrono::{DateTime, Utc};

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub(crate) fn real() -> DateTime<Utc> {
    Utc::now()
}
