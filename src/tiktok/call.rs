//! One question to TikTok, and who hears what becomes of it.

use std::time::Duration;

use super::endpoint::Endpoint;

/// What is asked of whom.
pub(crate) struct Call<'a> {
    pub endpoint: &'static Endpoint,
    /// The advertiser whose limit counts the call, if it is about one.
    pub advertiser: Option<&'a str>,
    pub query: &'a [(&'static str, String)],
    /// JSON, for POST.
    pub body: &'a [u8],
    pub watch: &'a dyn Watch,
}

/// Hears what a call goes through, for progress and RATE_LIMITED.
pub(crate) trait Watch: Send + Sync {
    /// A request leaves.
    fn sent(&self) {}
    /// TikTok said "too often": nothing leaves for this long.
    fn held_back(&self, _wait: Duration) {}
    /// TikTok left out part of the answer (docs/tiktok-api.md 1.2, `X-Tt-Ads-Throttle`).
    fn cut(&self) {}
}

/// Nobody listens.
impl Watch for () {}
