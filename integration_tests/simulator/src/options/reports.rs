//! What reports refuse, and where they end.

use crate::assumptions::{ADS_IN_REPORT, LONGEST_RANGE, MAX_METRICS};
use crate::world::Level;

/// Which accounts a report may be about at once (`advertiser_ids`). That those of several users are refused is documented,
/// not how, and not what makes a user (`docs/tiktok-api.md` 4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Together {
    /// [?] All that the token reaches: they are its user's.
    #[default]
    OfOneToken,
    /// [?] Those that one Business Center owns.
    OfOneBusiness,
    /// None.
    Never,
}

/// The part of [`crate::Options`] that is about reports.
#[derive(Clone, Debug)]
pub struct ReportOptions {
    /// Accounts with at least this many ads get reports on the newest only.
    pub max_ads: usize,
    /// [?] Whether ads that a filter by id leaves out do not count for that.
    pub ads_counted_after_filter: bool,
    /// Metrics a report may be asked for.
    pub max_metrics: usize,
    /// Metrics and dimensions that reports had once and are refused by name now.
    pub withdrawn: Vec<String>,
    /// Rows times metrics of a report, all pages together, above which it gets 40067; `None`: no limit.
    pub max_size: Option<usize>,
    /// Days a report without a time may cover, both ends included. [?] The documents say 365; one
    /// client asks for 366.
    pub max_days: i64,
    /// [?] Whether reports by nothing but an id have rows of zeros for objects that did nothing.
    pub idle_rows: bool,
    pub together: Together,
    /// [?] Campaigns, ad groups or ads that rows of a level and of those below leave out; rows above count them.
    pub left_out: Vec<(u64, Level)>,
    /// [?] Days up to today that rows of ads do not have yet.
    pub ads_late_days: i32,
}

impl Default for ReportOptions {
    fn default() -> Self {
        Self {
            max_ads: ADS_IN_REPORT,
            ads_counted_after_filter: true,
            max_metrics: MAX_METRICS,
            withdrawn: Vec::new(),
            max_size: None,
            max_days: LONGEST_RANGE,
            idle_rows: false,
            together: Together::default(),
            left_out: Vec::new(),
            ads_late_days: 0,
        }
    }
}
