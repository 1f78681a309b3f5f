//! Where conversion events come from: pixels, apps, offline and CRM event sets.

mod app;
mod build;
mod pixel;
mod set;

pub use app::MobileApp;
pub use pixel::{Pixel, PixelEvent};
pub use set::EventSet;

use super::World;
use crate::assumptions::APP_ID_IS_A_SOURCE;

/// The kinds of `event_source` (`docs/tiktok-api.md` 6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EventSource {
    Web,
    App,
    Offline,
    Crm,
}

impl EventSource {
    pub const ALL: [EventSource; 4] = [EventSource::Web, EventSource::App, EventSource::Offline, EventSource::Crm];

    /// As the wire names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventSource::Web => "web",
            EventSource::App => "app",
            EventSource::Offline => "offline",
            EventSource::Crm => "crm",
        }
    }

    /// What its `event_source_id` is, in words.
    pub(crate) fn id_name(self) -> &'static str {
        match self {
            EventSource::Web => "pixel code",
            EventSource::App => "app id",
            EventSource::Offline => "offline event set id",
            EventSource::Crm => "CRM event set id",
        }
    }
}

/// The event sources of all accounts, each list oldest first.
#[derive(Clone, Debug, Default)]
pub struct EventSources {
    pub pixels: Vec<Pixel>,
    pub apps: Vec<MobileApp>,
    pub offline_sets: Vec<EventSet>,
    pub crm_sets: Vec<EventSet>,
}

impl EventSources {
    /// The pixels that an account owns or was given a share in, oldest first.
    #[must_use]
    pub fn pixels_of(&self, advertiser: u64) -> Vec<&Pixel> {
        self.pixels.iter().filter(|pixel| pixel.is_usable_by(advertiser)).collect()
    }

    #[must_use]
    pub fn apps_of(&self, advertiser: u64) -> Vec<&MobileApp> {
        self.apps.iter().filter(|app| app.advertiser == advertiser).collect()
    }

    #[must_use]
    pub fn offline_sets_of(&self, advertiser: u64) -> Vec<&EventSet> {
        self.offline_sets.iter().filter(|set| set.advertiser == advertiser).collect()
    }

    #[must_use]
    pub fn crm_sets_of(&self, advertiser: u64) -> Vec<&EventSet> {
        self.crm_sets.iter().filter(|set| set.advertiser == advertiser).collect()
    }

    /// The valid values of `event_source_id` for an account: pixel codes, TikTok App IDs, event
    /// set ids; oldest first.
    #[must_use]
    pub fn ids(&self, advertiser: u64, source: EventSource) -> Vec<String> {
        let sets = |sets: Vec<&EventSet>| sets.iter().map(|set| set.id.to_string()).collect();
        match source {
            EventSource::Web => self.pixels_of(advertiser).iter().map(|pixel| pixel.code.clone()).collect(),
            EventSource::App => self.apps_of(advertiser).iter().map(|app| app.tiktok_id.to_string()).collect(),
            EventSource::Offline => sets(self.offline_sets_of(advertiser)),
            EventSource::Crm => sets(self.crm_sets_of(advertiser)),
        }
    }

    /// Whether one of these accounts may send events from a source.
    pub(crate) fn is_usable(&self, source: EventSource, id: &str, accounts: &[u64]) -> bool {
        let number: Option<u64> = id.parse().ok();
        let owned = |set: &EventSet| Some(set.id) == number && accounts.contains(&set.advertiser);
        match source {
            EventSource::Web => self
                .pixels
                .iter()
                .any(|pixel| pixel.code == id && accounts.iter().any(|account| pixel.is_usable_by(*account))),
            EventSource::App => self.apps.iter().any(|app| {
                let is = Some(app.tiktok_id) == number || (APP_ID_IS_A_SOURCE && Some(app.id) == number);
                is && accounts.contains(&app.advertiser)
            }),
            EventSource::Offline => self.offline_sets.iter().any(owned),
            EventSource::Crm => self.crm_sets.iter().any(owned),
        }
    }
}

impl World {
    /// The first valid `event_source_id` of an account; `None` if it has no such source.
    #[must_use]
    pub fn event_source_id(&self, advertiser: u64, source: EventSource) -> Option<String> {
        self.sources.ids(advertiser, source).into_iter().next()
    }
}
