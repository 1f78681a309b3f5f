//! An advertiser: its clock and its age. Pure.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::zone::Zone;
use crate::source::record::timestamp::Timestamp;

/// Advertisers or streams that one line names.
pub(crate) const NAMED_MAX: usize = 10;

/// One advertiser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub id: Arc<str>,
    pub zone: Zone,
    pub created: Option<DateTime<Utc>>,
    /// The Business Center that owns it, where TikTok says so.
    pub owner: Option<Arc<str>>,
}

impl Account {
    /// The day it is for the advertiser.
    #[must_use]
    pub(crate) fn today(&self, now: DateTime<Utc>) -> NaiveDate {
        self.zone.local(now).date()
    }

    /// The day the account was created, in its own zone.
    #[must_use]
    pub(crate) fn created_on(&self) -> Option<NaiveDate> {
        self.created.map(|created| self.zone.local(created).date())
    }

    /// The first moment of one of its days, on a UTC clock.
    #[must_use]
    pub(crate) fn start_of(&self, day: NaiveDate) -> Timestamp {
        Timestamp::utc(self.zone.start_of(day))
    }
}
