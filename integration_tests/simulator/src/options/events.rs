//! How strict `/event/track/` is: most of it is unsure (`docs/tiktok-api.md` 6.1), so all of it can be set.

use super::IndexStyle;
use crate::assumptions::{
    EVENT_BODY, EVENT_QPS, EVENTS_PER_CALL, EVENTS_REMEMBERED, OFFLINE_EVENT_DAYS, ONLINE_EVENT_DAYS,
};
use crate::world::EventSource;

/// Days after which an event is too old; `None`: never.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventAges {
    pub web: Option<u32>,
    pub app: Option<u32>,
    pub offline: Option<u32>,
    pub crm: Option<u32>,
}

impl EventAges {
    /// No event is too old.
    pub const NONE: EventAges = EventAges { web: None, app: None, offline: None, crm: None };

    pub(crate) fn of(self, source: EventSource) -> Option<u32> {
        match source {
            EventSource::Web => self.web,
            EventSource::App => self.app,
            EventSource::Offline => self.offline,
            EventSource::Crm => self.crm,
        }
    }
}

impl Default for EventAges {
    fn default() -> Self {
        let (online, offline) = (Some(ONLINE_EVENT_DAYS), Some(OFFLINE_EVENT_DAYS));
        Self { web: online, app: online, offline, crm: offline }
    }
}

/// What becomes of a batch with a poisonous event: one that has a hash of
/// [`crate::Options::poison`] in `user` or as its `event_id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PoisonedEvents {
    /// 40002, nothing is stored; [`EventOptions::index_style`] says whether the text tells which.
    #[default]
    Refused,
    /// 20001, the others are stored; nobody says which were not.
    Dropped,
    /// 20001, the others are stored; `data.failed_events` has `index` and `error` of each.
    Listed,
}

/// The part of [`crate::Options`] that is about events.
#[derive(Clone, Debug)]
pub struct EventOptions {
    /// Calls a second to the endpoint, which [`crate::QuotaOptions::qps`] does not count; `None`: no limit.
    pub qps: Option<u32>,
    /// Events a call may have.
    pub max_events: usize,
    /// Bytes a body may have.
    pub max_body: usize,
    pub ages: EventAges,
    /// Whether an event may lie in the future.
    pub future: bool,
    /// Whether fields that the reference does not name are ignored, not refused.
    pub unknown_fields: bool,
    /// Whether any three capital letters are a currency.
    pub any_currency: bool,
    /// Whether the app may send app events; if not, they get 40118.
    pub app_allowed: bool,
    /// How a refused batch says where it is wrong; [`IndexStyle::BatchData`] is `data.17.…` here.
    pub index_style: IndexStyle,
    pub poisoned: PoisonedEvents,
    /// [?] Code and text for an event source that the token may not use; `None`: 40001 with a sentence.
    pub wrong_source: Option<(i64, &'static str)>,
    /// Whether a refusal of a poisoned value repeats it.
    pub quotes: bool,
    /// Events whose content the world can show; of later ones it keeps the counts.
    pub remember: usize,
    /// Whether repeats are told from new events, which takes about 20 bytes for each.
    pub dedup: bool,
}

impl Default for EventOptions {
    fn default() -> Self {
        Self {
            qps: Some(EVENT_QPS),
            max_events: EVENTS_PER_CALL,
            max_body: EVENT_BODY,
            ages: EventAges::default(),
            future: false,
            unknown_fields: false,
            any_currency: false,
            app_allowed: true,
            index_style: IndexStyle::Batch,
            poisoned: PoisonedEvents::default(),
            wrong_source: None,
            quotes: false,
            remember: EVENTS_REMEMBERED,
            dedup: true,
        }
    }
}
