//! How many calls are allowed.

/// The part of [`crate::Options`] that is about rates; those of events are in [`crate::EventOptions`].
#[derive(Clone, Copy, Debug, Default)]
pub struct QuotaOptions {
    /// Calls a second that the app may make, all endpoints together; `None`: no limit.
    pub qps: Option<u32>,
    /// Whether more than 20 calls a second to one path for one advertiser get 40133.
    pub advertiser_qps: bool,
    /// Calls a second to `/segment/*`, which `qps` does not count; `None`: no limit.
    pub segment_qps: Option<u32>,
}
