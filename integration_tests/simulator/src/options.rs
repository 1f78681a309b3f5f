//! What a simulator can be started with.

use crate::assumptions::ADS_IN_REPORT;
use crate::faults::FaultPlan;
use crate::world::WorldKind;
use chrono::NaiveDate;
use std::time::Duration;

/// How to start a [`crate::Simulator`].
#[derive(Clone, Debug)]
pub struct Options {
    pub world: WorldKind,
    pub seed: u64,
    /// The simulated date: the clock stands at 16:00 UTC of it. `None`: the real now.
    pub today: Option<NaiveDate>,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// Waiting time before every answer.
    pub latency: Duration,
    /// Calls a second that the app may make, all endpoints together; `None`: no limit.
    pub qps: Option<u32>,
    /// Whether more than 20 calls a second to one path for one advertiser get 40133.
    pub advertiser_qps: bool,
    /// Accounts with at least this many ads get reports on the newest only.
    pub ads_in_report: usize,
    pub faults: FaultPlan,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            world: WorldKind::Small,
            seed: 1,
            today: None,
            port: 0,
            latency: Duration::ZERO,
            qps: None,
            advertiser_qps: false,
            ads_in_report: ADS_IN_REPORT,
            faults: FaultPlan::default(),
        }
    }
}
