//! The socket and what stands in front of it.

use chrono::TimeDelta;
use std::time::Duration;

/// The part of [`crate::Options`] that is about the connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct WireOptions {
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// Waiting time before every answer.
    pub latency: Duration,
    /// By how much the `Date` of the answers is ahead of this machine's clock.
    pub date_skew: TimeDelta,
    /// Bytes of a body after which a gateway in front of the API answers HTTP 413; `None`: it never does.
    pub longest_request: Option<usize>,
}
