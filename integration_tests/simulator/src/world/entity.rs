//! Campaigns, ad groups and ads: one shape, three levels.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};

/// The level of an object, and of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Campaign,
    AdGroup,
    Ad,
}

impl Level {
    /// All levels, parents first.
    pub const ALL: [Level; 3] = [Level::Campaign, Level::AdGroup, Level::Ad];

    /// `campaign`, `adgroup` or `ad`: the stem of field and parameter names.
    #[must_use]
    pub fn stem(self) -> &'static str {
        match self {
            Level::Campaign => "campaign",
            Level::AdGroup => "adgroup",
            Level::Ad => "ad",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// What the owner did to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Enabled,
    Disabled,
    Deleted,
}

/// How the impressions are bought (`buying_types`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buying {
    Auction,
    ReachFrequency,
    TopView,
}

impl Buying {
    /// The name in `filtering.buying_types`.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Buying::Auction => "AUCTION",
            Buying::ReachFrequency => "RESERVATION_RF",
            Buying::TopView => "RESERVATION_TOP_VIEW",
        }
    }
}

/// The days on which an ad can have delivered, in the account's own calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// Out of 256: how many of those days it delivered on.
    pub density: u16,
}

/// A campaign, an ad group or an ad.
#[derive(Clone, Debug)]
pub struct Entity {
    pub level: Level,
    pub id: u64,
    /// Its campaign (itself for a campaign).
    pub campaign: u64,
    /// Its ad group (itself for an ad group, 0 for a campaign).
    pub adgroup: u64,
    pub name: String,
    pub created: DateTime<Utc>,
    /// Upgraded Smart+ ads have none (`docs/tiktok-api.md` 9.1 no. 15).
    pub modified: Option<DateTime<Utc>>,
    pub state: State,
    pub buying: Buying,
    /// The Upgraded Smart+ ad of which this `ad_id` is one creative.
    pub smart_plus_ad: Option<u64>,
    /// What it shows in place of delivery, while nothing else stops it.
    pub review: Option<&'static str>,
    /// Only ads deliver.
    pub activity: Option<Activity>,
    /// Days whose numbers were corrected after they were first told.
    pub restated: Vec<NaiveDate>,
    /// Fields that differ from the template of the level.
    pub extra: Map<String, Value>,
}

impl Entity {
    /// The `ad_id_v2` of an ad: the Smart+ ad, or itself.
    #[must_use]
    pub fn ad_v2(&self) -> u64 {
        self.smart_plus_ad.unwrap_or(self.id)
    }
}
