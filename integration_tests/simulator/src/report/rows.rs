//! Which rows a report has. Sparse: a row is there only when something was delivered.

use super::breakdown::Bucket;
use super::leaf::{self, Quantity, Share};
use super::query::{Dimension, Parts};
use crate::assumptions::RESERVATION_IN_REPORTS;
use crate::rng::mix;
use crate::world::{Account, Buying, Entity, Level, World};
use chrono::{Datelike, NaiveDate, TimeDelta};
use std::collections::BTreeMap;

/// What makes other patterns of days that were corrected.
const RESTATED: u64 = 0x4e57;

/// Ads that make one row together.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    /// The id in the dimension.
    pub(crate) id: u64,
    /// The object whose attributes the row shows; 0 for the advertiser.
    pub(crate) entity: u64,
    /// Places in the account's ads.
    pub(crate) ads: Vec<u32>,
}

/// A row: which group, which days, which part of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) group: u32,
    pub(crate) from: i32,
    pub(crate) to: i32,
    pub(crate) bucket: u16,
    pub(crate) hour: Option<u8>,
}

/// The rows of a question to an account, in the order in which they are served.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) groups: Vec<Group>,
    pub(crate) buckets: Vec<Bucket>,
    pub(crate) rows: Vec<Row>,
    /// Whether some ads were left out because there are too many.
    pub(crate) cut: bool,
    /// Whether objects that did nothing have rows.
    idle: bool,
    seed: u64,
    today: i32,
    /// Hours of today that have begun.
    hours: u32,
}

impl Table {
    pub(crate) fn build(world: &World, account: &Account, parts: &Parts) -> Self {
        let today = account.day_at(world.now);
        let ads = considered(account, parts);
        let mut table = Self {
            cut: ads.len() >= parts.ads,
            idle: parts.idle && parts.dimensions.len() == 1 && parts.by_entity(),
            groups: groups(account, parts, &ads),
            buckets: parts.buckets(),
            rows: Vec::new(),
            seed: world.seed,
            today: today.num_days_from_ce(),
            hours: account.hours_at(world.now),
        };
        let (from, to) = parts.range.unwrap_or((account.day_at(account.created), today));
        let late = if parts.level == Some(Level::Ad) { parts.late } else { 0 };
        let slots = slots(parts, from, to.min(today - TimeDelta::days(late.into())));
        for group in 0..u32::try_from(table.groups.len()).unwrap_or(0) {
            for slot in &slots {
                table.add(account, Row { group, ..*slot });
            }
        }
        let seed = world.seed;
        let mut rows = std::mem::take(&mut table.rows);
        rows.sort_by_cached_key(|row| table.place(seed, row));
        table.rows = rows;
        table
    }

    /// Adds the rows of a slot on which something was delivered, one for each bucket. A part of a
    /// day may round to nothing and is still a row, or sums would lose what the part next to it has.
    fn add(&mut self, account: &Account, slot: Row) {
        let days = self.days(account, &slot);
        if days.is_empty() {
            self.rows.extend(self.idle.then_some(slot));
            return;
        }
        for bucket in 0..u16::try_from(self.buckets.len()).unwrap_or(0) {
            let row = Row { bucket, ..slot };
            if days.iter().any(|day| !self.share(day, &row).is_empty()) {
                self.rows.push(row);
            }
        }
    }

    /// A fixed place that looks like no order at all.
    fn place(&self, seed: u64, row: &Row) -> u64 {
        let id = usize::try_from(row.group).ok().and_then(|at| self.groups.get(at));
        let id = id.map_or(0, |group| group.id);
        let hour = u64::from(row.hour.unwrap_or(0));
        let slot = u64::from(row.from.unsigned_abs()) << 24 | hour << 16 | u64::from(row.bucket);
        mix(mix(seed, id), slot)
    }

    /// The patterns of the days on which the row's ads delivered.
    pub(crate) fn days(&self, account: &Account, row: &Row) -> Vec<Delivery> {
        let group = usize::try_from(row.group).ok().and_then(|at| self.groups.get(at));
        let ads = account.all(Level::Ad);
        let places = group.map_or(&[][..], |group| &group.ads);
        let ads = places.iter().filter_map(|at| ads.get(usize::try_from(*at).ok()?));
        ads.flat_map(|ad| self.ad_days(ad, row)).collect()
    }

    fn ad_days<'s>(&'s self, ad: &'s Entity, row: &Row) -> impl Iterator<Item = Delivery> + 's {
        let (seed, span) = (self.seed, (row.from, row.to.min(self.today)));
        let days = ad.activity.into_iter().flat_map(move |activity| leaf::runs(seed, ad.id, activity, span));
        let pattern = move |day| {
            let restated = ad.restated.contains(&date(day));
            leaf::variant(if restated { mix(seed, RESTATED) } else { seed }, ad.id, i64::from(day))
        };
        days.map(move |day| Delivery { variant: pattern(day), today: day == self.today })
    }

    /// A quantity of a row.
    pub(crate) fn sum(&self, days: &[Delivery], row: &Row, quantity: Quantity) -> u64 {
        let bucket = self.bucket(row);
        let part = |day: &Delivery| {
            let whole = leaf::whole(day.variant, quantity);
            bucket.of(self.share(day, row).of(whole))
        };
        days.iter().map(part).sum()
    }

    fn bucket(&self, row: &Row) -> Share {
        let bucket = self.buckets.get(usize::from(row.bucket));
        bucket.map_or(Share::WHOLE, |bucket| bucket.share)
    }

    /// The hours of a day that count for a row: of today only those that have begun.
    fn share(&self, day: &Delivery, row: &Row) -> Share {
        let last = if day.today { self.hours } else { 24 };
        match row.hour.map(u32::from) {
            None if last == 24 => Share::WHOLE,
            None => leaf::hours(0, last),
            Some(hour) if hour < last => leaf::hours(hour, hour + 1),
            Some(_) => leaf::hours(0, 0),
        }
    }
}

/// An ad on a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) variant: u64,
    pub(crate) today: bool,
}

/// The rows that a group can have at most, without group and bucket.
fn slots(parts: &Parts, from: NaiveDate, to: NaiveDate) -> Vec<Row> {
    let (from, to) = (from.num_days_from_ce(), to.num_days_from_ce());
    let row = |from, to, hour| Row { group: 0, from, to, bucket: 0, hour };
    if parts.has(Dimension::Hour) {
        let hours = |day| (0..24).map(move |hour| row(day, day, Some(hour)));
        return (from..=to).flat_map(hours).collect();
    }
    if parts.has(Dimension::Day) {
        return (from..=to).map(|day| row(day, day, None)).collect();
    }
    vec![row(from, to, None)]
}

/// The places of the ads that a report is about, oldest first, before too many are cut.
fn considered(account: &Account, parts: &Parts) -> Vec<usize> {
    let ids: Vec<_> = parts.conditions.iter().filter(|condition| parts.named && condition.is_id()).collect();
    let ads = account.all(Level::Ad).iter().enumerate();
    ads.filter(|(_, ad)| ids.iter().all(|id| id.entity(account, ad))).map(|(at, _)| at).collect()
}

/// The groups of a level whose objects pass the conditions.
fn groups(account: &Account, parts: &Parts, considered: &[usize]) -> Vec<Group> {
    let ads = account.all(Level::Ad);
    let skip = considered.len().saturating_sub(parts.ads);
    let mut groups: BTreeMap<u64, Group> = BTreeMap::new();
    let mut verdicts: BTreeMap<u64, bool> = BTreeMap::new();
    let newest = considered.iter().skip(skip).filter_map(|at| Some((*at, ads.get(*at)?)));
    for (at, ad) in newest {
        let Some((id, entity)) = owner(account, ad, parts) else {
            continue;
        };
        if !RESERVATION_IN_REPORTS && ad.buying != Buying::Auction {
            continue;
        }
        if is_left_out(parts, ad) {
            continue;
        }
        let passes = || {
            let entity = parts.level.and_then(|level| account.find(level, entity)).unwrap_or(ad);
            parts.conditions.iter().all(|condition| condition.entity(account, entity))
        };
        let judged = if parts.level.is_none() { ad.id } else { entity };
        if !*verdicts.entry(judged).or_insert_with(passes) {
            continue;
        }
        let group = groups.entry(id).or_insert_with(|| Group { id, entity, ads: Vec::new() });
        group.ads.extend(u32::try_from(at));
    }
    groups.into_values().collect()
}

/// Whether rows of this level know nothing of the ad.
fn is_left_out(parts: &Parts, ad: &Entity) -> bool {
    let is = |id: u64| [ad.id, ad.adgroup, ad.campaign].contains(&id);
    parts.left_out.iter().any(|(id, from)| is(*id) && parts.level.is_some_and(|level| level >= *from))
}

/// The id of the row an ad belongs to, and the object that stands for it.
fn owner(account: &Account, ad: &Entity, parts: &Parts) -> Option<(u64, u64)> {
    Some(match parts.level {
        None => (account.id, 0),
        Some(Level::Campaign) => (ad.campaign, ad.campaign),
        Some(Level::AdGroup) => (ad.adgroup, ad.adgroup),
        Some(Level::Ad) if parts.has(Dimension::AdV2) => (ad.ad_v2(), ad.id),
        Some(Level::Ad) => (ad.id, ad.id),
    })
}

/// The date of a day's number.
pub(crate) fn date(day: i32) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default()
}
