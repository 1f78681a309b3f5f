//! What a simulator can be started with.

mod events;
mod sandbox;

pub use events::{EventAges, EventOptions, PoisonedEvents};
pub use sandbox::{Limits, Sandbox};

use crate::assumptions::{
    ADS_IN_REPORT, ASSET_CEILING, LONGEST_RANGE, MAPPING_ROWS, MAX_METRICS, MISSING_SCOPE_CODE, ROWS_REMEMBERED,
    SEGMENT_BODY,
};
use crate::faults::FaultPlan;
use crate::world::{Terms, WorldKind};
use chrono::{DateTime, TimeDelta, Utc};
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
    /// `Batch.0.2.id: …`, whichever row it is.
    First,
}

/// How `/identity/get/` pages when it is told an `identity_type`: the sources contradict each other
/// (`docs/tiktok-api.md` 3.8 [DOC 1740218420781057][LIVE 70427355816]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IdentityPaging {
    /// `page` and `page_info`.
    #[default]
    PageInfo,
    /// `cursor` and `has_more`; no `page_info`.
    Cursor,
}

/// How to start a [`crate::Simulator`].
#[derive(Clone, Debug)]
pub struct Options {
    pub world: WorldKind,
    /// Old accounts beside the world's, in which nothing ever was.
    pub quiet_accounts: usize,
    pub seed: u64,
    /// The moment at which the simulated clock starts. `None`: the real now.
    pub now: Option<DateTime<Utc>>,
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
    /// [?] Whether ads that a filter by id leaves out do not count for that.
    pub ads_counted_after_filter: bool,
    /// Metrics a report may be asked for.
    pub max_metrics: usize,
    /// Metrics and dimensions that reports had once and are refused by name now.
    pub withdrawn: Vec<String>,
    /// Rows times metrics of a report, all pages together, above which it gets 40067; `None`: no limit.
    pub report_size: Option<usize>,
    /// Days a report without a time may cover, both ends included. [?] The documents say 365; one
    /// client has been asking for 366.
    pub longest_range: i64,
    /// [?] Whether reports by nothing but an id have rows of zeros for objects that did nothing.
    pub idle_rows: bool,
    /// Images or videos of an account that a search can reach; the last changed come first.
    pub asset_ceiling: usize,
    /// Whether `/identity/get/` with an `identity_type` pages by number or by cursor.
    pub identity_paging: IdentityPaging,
    /// [?] Whether `/pixel/instant_page/event/` must be told an objective and a goal.
    pub instant_page_needs_pair: bool,
    pub faults: FaultPlan,
    /// Calls a second to `/segment/*`, which `qps` does not count; `None`: no limit.
    pub segment_qps: Option<u32>,
    pub index_style: IndexStyle,
    /// Rows a mapping call may have.
    pub max_rows: usize,
    /// Bytes a body of `/segment/*` may have.
    pub max_body: usize,
    /// Bytes of a body after which a gateway in front of the API answers HTTP 413; `None`: it never does.
    pub longest_request: Option<usize>,
    /// The name of an audience that lists still show and mapping calls do not find any more.
    pub gone: Option<&'static str>,
    /// [?] What a mapping call with an audience that is gone is told, without a place of our own; `None`: the sentence
    /// of `/segment/audience/`, with one.
    pub gone_words: Option<&'static str>,
    /// Whether a refusal of a poisoned value repeats it.
    pub quotes: bool,
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
            quiet_accounts: 0,
            seed: 1,
            now: None,
            port: 0,
            latency: Duration::ZERO,
            qps: None,
            advertiser_qps: false,
            ads_in_report: ADS_IN_REPORT,
            ads_counted_after_filter: true,
            max_metrics: MAX_METRICS,
            withdrawn: Vec::new(),
            report_size: None,
            longest_range: LONGEST_RANGE,
            idle_rows: false,
            asset_ceiling: ASSET_CEILING,
            identity_paging: IdentityPaging::default(),
            instant_page_needs_pair: false,
            faults: FaultPlan::default(),
            segment_qps: None,
            index_style: IndexStyle::default(),
            max_rows: MAPPING_ROWS,
            max_body: SEGMENT_BODY,
            longest_request: None,
            gone: None,
            gone_words: None,
            quotes: false,
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
