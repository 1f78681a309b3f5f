//! When to look for what may have been made although its answer was lost: lists show new objects late
//! (docs/tiktok-api.md 7.1) [?].

use std::time::Duration;

/// From the request on.
pub(crate) const LOOKS: [Duration; 5] =
    [Duration::ZERO, Duration::from_secs(10), Duration::from_secs(15), Duration::from_secs(30), LISTED_AFTER];

/// By then lists show it.
pub(crate) const LISTED_AFTER: Duration = Duration::from_secs(60);
