//! The request quota of a run. Both roles have these two settings.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Deserialize;

/// The quota of a run.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
pub(crate) struct Quota {
    /// The quota of your developer app, and the most that is tried. TikTok grants 10, 20, 30 or 50 requests a second.
    /// Runs that share an app find their shares by themselves.
    #[serde(default = "ten")]
    #[schemars(title = "Requests per Second", range(min = 1, max = 100_000), extend("order" = 8, "default" = 10))]
    pub requests_per_second: NonZeroU32,

    /// How many requests may be under way at once.
    #[serde(default = "ten")]
    #[schemars(title = "Concurrent Requests", range(min = 1, max = 100), extend("order" = 9, "default" = 10))]
    pub max_concurrent_requests: NonZeroU32,
}

fn ten() -> NonZeroU32 {
    const TEN: NonZeroU32 = NonZeroU32::new(10).unwrap();
    TEN
}

impl Quota {
    /// The most concurrent requests, as the length of a queue.
    #[must_use]
    pub(crate) fn at_once(self) -> usize {
        self.max_concurrent_requests.get() as usize
    }
}
