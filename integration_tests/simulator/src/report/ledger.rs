//! Sums over anything that delivers, grouped by whatever names a row. The reports on ads have
//! [`super::rows`] for that, which is built for millions; this is for the others.

use super::breakdown::Bucket;
use super::leaf::{self, Quantity, Share};
use super::metrics::{self, Rule};
use crate::world::{Account, Activity, World};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// The calendar of an account: hours of today that have not begun do not count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    seed: u64,
    today: i32,
    hours: u32,
}

impl Clock {
    pub(crate) fn of(world: &World, account: &Account) -> Self {
        let today = account.day_at(world.now).num_days_from_ce();
        Self { seed: world.seed, today, hours: account.hours_at(world.now) }
    }

    fn hours(self, day: i32) -> u32 {
        if day == self.today { self.hours } else { 24 }
    }
}

/// When something of a row delivered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) day: NaiveDate,
    pub(crate) hour: Option<u32>,
}

/// What belongs to a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums(Vec<(u64, Share, Share)>);

impl Sums {
    pub(crate) fn sum(&self, quantity: Quantity) -> u64 {
        self.0.iter().map(|(variant, day, bucket)| bucket.of(day.of(leaf::whole(*variant, quantity)))).sum()
    }

    /// The text of a metric.
    pub(crate) fn value(&self, rule: Rule) -> String {
        let mut out = String::new();
        metrics::write(rule, true, &|quantity| self.sum(quantity), &mut out);
        out
    }
}

/// Rows by their names, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(pub(crate) BTreeMap<Vec<String>, Sums>);

/// How the deliveries of an account are cut into rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid<'b> {
    pub(crate) clock: Clock,
    /// Both ends included.
    pub(crate) range: (NaiveDate, NaiveDate),
    /// Rows are of an hour, not of a day.
    pub(crate) hourly: bool,
    pub(crate) buckets: &'b [Bucket],
}

/// What delivers, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) id: u64,
    pub(crate) activity: Activity,
}

impl Ledger {
    /// Adds what a source did to the rows that `name` names.
    pub(crate) fn add(&mut self, source: Source, grid: Grid<'_>, name: impl Fn(Moment, &Bucket) -> Vec<String>) {
        let Grid { clock, range, hourly, buckets } = grid;
        let span = (range.0.num_days_from_ce(), range.1.num_days_from_ce().min(clock.today));
        for day in leaf::runs(clock.seed, source.id, source.activity, span) {
            let variant = leaf::variant(clock.seed, source.id, i64::from(day));
            for (hour, share) in shares(hourly, clock.hours(day)) {
                let moment = Moment { day: super::rows::date(day), hour };
                for bucket in buckets {
                    self.0.entry(name(moment, bucket)).or_default().0.push((variant, share, bucket.share));
                }
            }
        }
    }
}

fn shares(hourly: bool, hours: u32) -> Vec<(Option<u32>, Share)> {
    if !hourly {
        return vec![(None, leaf::hours(0, hours))];
    }
    let all = (0..hours).map(|hour| (Some(hour), leaf::hours(hour, hour + 1)));
    all.filter(|(_, share)| !share.is_empty()).collect()
}
