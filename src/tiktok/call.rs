//! One call to TikTok's API, and the listener that follows its progress.

use std::time::Duration;

use super::body::Body;
use super::endpoint::Endpoint;

/// One call: the endpoint and its parameters.
pub(crate) struct Call<'a> {
    pub endpoint: &'static Endpoint,
    /// The advertiser whose rate limit counts the call, if there is one.
    pub advertiser: Option<&'a str>,
    pub query: &'a [(&'static str, String)],
    pub body: Body<'a>,
    pub watch: &'a dyn Watch,
}

/// Listens to the progress of a call, for the terminal and for RATE_LIMITED.
pub(crate) trait Watch: Send + Sync {
    /// The stream that the call is for.
    fn stream(&self) -> Option<&str> {
        None
    }
    /// A request is sent.
    fn sent(&self) {}
    /// The request that is sent is not the call's first.
    fn sent_again(&self) {}
    /// TikTok throttles the app: no request is sent for this long.
    fn held_back(&self, _wait: Duration) {}
    /// TikTok left out part of the response (docs/tiktok-api.md 1.2, `X-Tt-Ads-Throttle`).
    fn cut(&self) {}
}

/// Ignores all progress.
impl Watch for () {}
