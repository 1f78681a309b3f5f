//! What a simulator can be started with.

mod events;
mod sandbox;

pub use events::{EventAges, EventOptions, PoisonedEvents};
pub use sandbox::{Limits, Sandbox};

use crate::assumptions::{ADS_IN_REPORT, MAPPING_ROWS, MISSING_SCOPE_CODE, ROWS_REMEMBERED, SEGMENT_BODY};
use crate::faults::FaultPlan;
use crate::world::{Terms, WorldKind};
use chrono::{NaiveDate, TimeDelta};
use std::time::Duration;

/// How a refused batch says where it is wrong: which form `/segment/mapping/` has, no source tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IndexStyle {
    /// Not at all.
    None,
    /// `batch_data.17.2.id: …`
    #[default]
    BatchData,
    /// `Batch.17.2.id: …`, as the Events API does [RUD].
    Batch,
    /// `batch_data.18.3.id: …`: every number is one too high. A client that believes it rejects the
    /// wrong row.
    FromOne,
}

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
    /// Calls a second to `/segment/*`, which `qps` does not count; `None`: no limit.
    pub segment_qps: Option<u32>,
    pub index_style: IndexStyle,
    /// Rows a mapping call may have.
    pub max_rows: usize,
    /// Bytes a body of `/segment/*` may have.
    pub max_body: usize,
    /// Hashes in hex; a mapping call that holds one is refused like one with a wrong `id`, a call
    /// with an event that holds one as [`EventOptions::poisoned`] says.
    pub poison: Vec<String>,
    /// Share of people whom TikTok knows: `cover_num` for one member.
    pub match_rate: f64,
    /// Rows of accepted mappings that the world can show; of later ones it keeps the counts.
    pub remember_rows: usize,
    /// Of `/event/track/`.
    pub events: EventOptions,
    /// What tokens come with that are given for a code.
    pub terms: Terms,
    /// The code of an endpoint whose permission the token lacks.
    pub missing_scope_code: i64,
    /// Whether it is the sandbox.
    pub sandbox: Option<Sandbox>,
    /// By how much the `Date` of the answers is ahead of this machine's clock.
    pub date_skew: TimeDelta,
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
            segment_qps: None,
            index_style: IndexStyle::default(),
            max_rows: MAPPING_ROWS,
            max_body: SEGMENT_BODY,
            poison: Vec::new(),
            match_rate: 1.0,
            remember_rows: ROWS_REMEMBERED,
            events: EventOptions::default(),
            terms: Terms::default(),
            missing_scope_code: MISSING_SCOPE_CODE,
            sandbox: None,
            date_skew: TimeDelta::zero(),
        }
    }
}
