//! Event sets, offline and CRM (`docs/tiktok-api.md` 3.8 [SDK offline_get.yml][GO model/event]).

use chrono::{DateTime, Utc};

/// An event set; CRM sets have a name and the day of their making only.
#[derive(Clone, Debug)]
pub struct EventSet {
    /// What an event calls `event_source_id`.
    pub id: u64,
    pub advertiser: u64,
    pub name: String,
    pub description: String,
    pub auto_tracking: bool,
    pub created: DateTime<Utc>,
    pub updated: DateTime<Utc>,
}
