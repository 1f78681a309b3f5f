//! Pixels and what is known of their events (`docs/tiktok-api.md` 3.8 [SDK pixel_list.yml][GO model/pixel]).

use crate::rng::mix;
use chrono::{DateTime, Datelike, NaiveDate, Utc};

/// A pixel.
#[derive(Clone, Debug)]
pub struct Pixel {
    pub id: u64,
    /// What a web event calls `event_source_id`.
    pub code: String,
    /// The account that owns it.
    pub advertiser: u64,
    /// Accounts that may use it too.
    pub shared_with: Vec<u64>,
    /// The Business Center that it was handed over to, if it was.
    pub business: Option<u64>,
    pub name: String,
    pub created: DateTime<Utc>,
    pub category: &'static str,
    /// Set up in developer mode, not in standard mode.
    pub developer: bool,
    pub partner: &'static str,
    /// Whether `available_for_catalog_only` finds it.
    pub for_catalogs: bool,
    pub events: Vec<PixelEvent>,
}

/// An event that a pixel knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PixelEvent {
    pub id: u64,
    pub name: &'static str,
    /// The type of a standard event, or the name of a custom one.
    pub kind: &'static str,
    pub custom: bool,
    pub deprecated: bool,
}

/// What was counted for an event of a pixel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PixelCounts {
    pub(crate) browser: u64,
    pub(crate) server: u64,
    pub(crate) attributed: u64,
    pub(crate) preview: u64,
}

impl Pixel {
    pub(crate) fn is_usable_by(&self, account: u64) -> bool {
        self.advertiser == account || self.shared_with.contains(&account)
    }

    /// The numbers of one of its events on some UTC days, the first and the last included: none
    /// before it was made, none after `today`.
    pub(crate) fn counts(
        &self,
        event: &PixelEvent,
        first: NaiveDate,
        last: NaiveDate,
        today: NaiveDate,
    ) -> PixelCounts {
        let (first, last) = (first.max(self.created.date_naive()), last.min(today));
        let mut counts = PixelCounts::default();
        for day in first.iter_days().take_while(|day| *day <= last) {
            let dice = mix(mix(self.id, event.id), u64::from(day.num_days_from_ce().unsigned_abs()));
            counts.browser += dice % 900;
            counts.server += (dice >> 16) % 700;
            counts.attributed += (dice % 900) / 9;
            counts.preview += (dice >> 32) % 3;
        }
        counts
    }
}
