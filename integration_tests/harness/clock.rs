//! The suite's clock: it starts at the same moment in every run, whatever the hour.

use std::sync::LazyLock;
use std::time::Instant;

use chrono::{DateTime, Utc};

/// When the suite starts, unless `TIKTOK_ADS_NOW` says another moment: late enough that it is tomorrow in Tokyo.
const START: &str = "2026-11-25T16:00:00Z";

/// The moment for everything that runs in a test: binary, simulator and expectations.
pub(crate) fn now() -> DateTime<Utc> {
    static BEGAN: LazyLock<(DateTime<Utc>, Instant)> = LazyLock::new(|| {
        let start = std::env::var("TIKTOK_ADS_NOW").unwrap_or_else(|_| START.to_owned());
        (DateTime::parse_from_rfc3339(&start).unwrap().to_utc(), Instant::now())
    });
    BEGAN.0 + BEGAN.1.elapsed()
}
