//! Accounts whose ads ran now and then, so that most days of their lives are empty.

use super::build::{Builder, Kind, ORDINARY};
use super::entity::{Activity, Level};
use chrono::TimeDelta;

/// Smart+ ads of one ad group, and creatives of one Smart+ ad.
const ADS: usize = 30;
const CREATIVES: usize = 2;

impl Builder<'_> {
    /// Campaigns evenly over the life of the account, each with two ads that ran for one to five
    /// weeks; then Smart+ ads of a few days. What is made last runs until today.
    pub(super) fn bursts(&mut self, campaigns: usize, smart_plus: usize, age: i64) {
        let objects = campaigns * 4 + smart_plus.div_ceil(ADS) * 2 + smart_plus * CREATIVES;
        self.step = TimeDelta::seconds(age * 86_400 / (i64::try_from(objects).unwrap_or(1) + 1));
        for number in 1..=campaigns {
            let campaign = self.campaign(ORDINARY);
            let adgroup = self.adgroup(campaign, ORDINARY);
            let last = number == campaigns && smart_plus == 0;
            for _ in 0..2 {
                self.ad(campaign, adgroup, ORDINARY, None);
                self.burst(7, 28, last);
            }
        }
        let kind = Kind { smart_plus: true, ..ORDINARY };
        for group in 0..smart_plus.div_ceil(ADS) {
            let campaign = self.campaign(kind);
            let adgroup = self.adgroup(campaign, kind);
            for number in group * ADS..smart_plus.min((group + 1) * ADS) {
                let ad = self.world.new_id();
                for _ in 0..CREATIVES {
                    self.ad(campaign, adgroup, kind, Some(ad));
                    self.burst(0, 3, number + 1 == smart_plus);
                }
            }
        }
    }

    /// Gives the newest ad its days.
    fn burst(&mut self, least: i64, more: u64, running: bool) {
        let days = least + i64::try_from(self.rng.below(more)).unwrap_or(0);
        let today = self.account.day_at(self.world.now);
        let zone = self.account.zone;
        if let Some(ad) = self.account.all_mut(Level::Ad).last_mut() {
            let first = ad.created.with_timezone(&zone).date_naive();
            let last = if running { today } else { (first + TimeDelta::days(days)).min(today) };
            ad.activity = (first <= last).then_some(Activity { first, last, density: 200 });
        }
    }
}
