//! What a difference is, after a second look: which part of it deleted objects have, and why the rest may be. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::compare::{Apart, Difference, apart, compare};
use super::reason::Reason;
use super::sums::{METRICS, Sums};
use crate::streams::report::Level;

/// What is known of an advertiser beside its sums.
#[derive(Debug, Clone)]
pub(crate) struct About {
    /// Whether the first look had deleted objects, too; the second one always has.
    pub include_deleted: bool,
    /// From this day on days are not settled.
    pub fresh_from: NaiveDate,
    /// Levels whose rows TikTok cut.
    pub cut: BTreeSet<Level>,
    /// Levels of which TikTok counts more rows than it gives.
    pub short: BTreeSet<Level>,
}

/// A difference that stays, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    pub difference: Difference,
    /// What objects have that the first look left out, because they are deleted.
    pub deleted: Option<Decimal>,
    /// What is missing in the rows (or too much in them) with deleted objects, too.
    pub left: Decimal,
    /// Campaigns whose rows below have something else than their own.
    pub campaigns: Vec<Apart>,
    /// How many more of them there are.
    pub campaigns_more: usize,
    pub reasons: Vec<Reason>,
}

/// Whether a second look is worth its requests.
#[must_use]
pub(crate) fn is_in_doubt(first: &Sums) -> bool {
    compare(first).iter().any(|difference| !difference.is_rounding)
}

/// Differences of the first look that the second one does not take back.
#[must_use]
pub(crate) fn judge(first: &Sums, second: &Sums, about: &About) -> Vec<Judged> {
    let differences = compare(first).into_iter().filter(|difference| !difference.is_rounding);
    differences.filter_map(|difference| one(&difference, (first, second), about)).collect()
}

fn one(difference: &Difference, (first, second): (&Sums, &Sums), about: &About) -> Option<Judged> {
    let Difference { day, level, metric, .. } = *difference;
    let cell = (day, level, metric);
    let (total, sum) = (number(second, (day, Level::Advertiser, metric)), number(second, cell));
    // Both looks ask the same, so the newer one counts.
    let newest = if about.include_deleted { Difference { total, sum, ..*difference } } else { difference.clone() };
    let left = sum - total;
    let is_taken_back = compare(second).iter().all(|other| !is_at(other, cell) || other.is_rounding);
    if about.include_deleted && is_taken_back {
        return None;
    }
    let deleted = (!about.include_deleted).then(|| sum - difference.sum).filter(|amount| !amount.is_zero());
    let seen = if is_taken_back { first } else { second };
    let (campaigns, campaigns_more) = if level > Level::Campaign { apart(seen, cell) } else { (Vec::new(), 0) };
    let counters = |metric| number(second, (day, level, metric)) == number(second, (day, Level::Advertiser, metric));
    let facts = Facts {
        level,
        left: if is_taken_back { Decimal::ZERO } else { left },
        has_moved: difference.total != total || (about.include_deleted && difference.sum != sum),
        is_conversion: METRICS.get(metric) == Some(&"conversion"),
        are_views_equal: counters(1),
        have_campaigns: number(second, (day, Level::Campaign, metric)) == total,
    };
    let mut reasons: Vec<Reason> = deleted.is_some().then_some(Reason::Deleted).into_iter().collect();
    reasons.extend(facts.reasons(day, about));
    Some(Judged { difference: newest, deleted, left, campaigns, campaigns_more, reasons })
}

fn is_at(difference: &Difference, (day, level, metric): (NaiveDate, Level, usize)) -> bool {
    (difference.day, difference.level, difference.metric) == (day, level, metric)
}

fn number(sums: &Sums, (day, level, metric): (NaiveDate, Level, usize)) -> Decimal {
    let day = sums.get(&(level, day));
    day.and_then(|day| day.whole.numbers.get(metric)).copied().unwrap_or_default()
}

/// What the reasons follow from.
struct Facts {
    level: Level,
    /// What deleted objects do not explain.
    left: Decimal,
    has_moved: bool,
    is_conversion: bool,
    are_views_equal: bool,
    /// Whether the campaigns add up to the total.
    have_campaigns: bool,
}

impl Facts {
    fn reasons(&self, day: NaiveDate, about: &About) -> Vec<Reason> {
        let is_missing = self.left < Decimal::ZERO;
        let is_conversion_alone = self.is_conversion && self.are_views_equal;
        let is_below = self.level > Level::Campaign && self.have_campaigns;
        let is_short = [self.level, Level::Advertiser].iter().any(|level| about.short.contains(level));
        let table = [
            (self.has_moved, Reason::Moved),
            (!self.left.is_zero() && day >= about.fresh_from, Reason::Fresh),
            (is_missing && about.cut.contains(&self.level), Reason::Cut),
            (!self.left.is_zero() && is_short, Reason::Short),
            (!self.left.is_zero() && is_conversion_alone, Reason::ConversionsAlone),
            (is_missing && !is_conversion_alone && is_below, Reason::BelowCampaigns),
            (is_missing && !is_conversion_alone && !is_below, Reason::NoCampaign),
            (self.left > Decimal::ZERO, Reason::TooMuch),
        ];
        table.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::audit::sums::Row;

    const DAY: &str = "2026-02-20";

    /// Spend and impressions of a day, by level from the advertiser on.
    fn sums(levels: [(i64, i64); 4]) -> Sums {
        let mut sums = Sums::new();
        for (level, (spend, impressions)) in Level::ALL.into_iter().zip(levels) {
            let campaign = if level == Level::Advertiser { "null" } else { "5" };
            let row = format!(
                r#"{{"advertiser_id":7,"stat_time_day":"{DAY}","campaign_id":{campaign},"spend":{spend},"impressions":{impressions},"clicks":0,"conversion":{impressions}}}"#
            );
            serde_json::from_str::<Row<'_>>(&row).unwrap().add_to(&mut sums, level).unwrap();
        }
        sums
    }

    fn about(include_deleted: bool) -> About {
        About {
            include_deleted,
            fresh_from: "2026-02-27".parse().unwrap(),
            cut: BTreeSet::new(),
            short: BTreeSet::new(),
        }
    }

    /// Level, by how much, what deleted objects have, what is left, and why.
    type Told = (Level, String, Option<String>, String, Vec<Reason>);

    fn told(judged: &[Judged], metric: usize) -> Vec<Told> {
        let own = judged.iter().filter(|one| one.difference.metric == metric);
        own.map(|one| {
            let deleted = one.deleted.map(|amount| amount.to_string());
            let by = one.difference.by().to_string();
            (one.difference.level, by, deleted, one.left.to_string(), one.reasons.clone())
        })
        .collect()
    }

    #[test]
    fn what_deleted_objects_have_is_measured() {
        let first = sums([(90, 9), (60, 6), (60, 6), (50, 5)]);
        let second = sums([(90, 9), (90, 9), (90, 9), (80, 8)]);
        let judged = judge(&first, &second, &about(false));
        let deleted = |level, by: &str, left: &str, reasons: Vec<Reason>| {
            (level, by.to_owned(), Some("30".to_owned()), left.to_owned(), reasons)
        };
        assert_eq!(
            told(&judged, 0),
            [
                deleted(Level::Campaign, "-30", "0", vec![Reason::Deleted]),
                deleted(Level::AdGroup, "-30", "0", vec![Reason::Deleted]),
                deleted(Level::Ad, "-40", "-10", vec![Reason::Deleted, Reason::BelowCampaigns]),
            ]
        );
        let ads = judged.iter().find(|one| one.difference.level == Level::Ad).unwrap();
        assert_eq!(ads.campaigns, [Apart { campaign: 5, own: 90.into(), below: 80.into() }]);
    }

    #[test]
    fn what_a_second_look_takes_back_is_no_difference() {
        let whole = sums([(90, 9), (90, 9), (90, 9), (90, 9)]);
        let early = sums([(90, 9), (90, 9), (90, 9), (80, 8)]);
        assert!(is_in_doubt(&early) && !is_in_doubt(&whole));
        assert_eq!(judge(&early, &whole, &about(true)), []);
        let moved = judge(&early, &sums([(91, 9), (91, 9), (91, 9), (90, 8)]), &about(true));
        assert_eq!(
            told(&moved, 0),
            [(Level::Ad, "-1".to_owned(), None, "-1".to_owned(), vec![Reason::Moved, Reason::BelowCampaigns])],
            "the newer numbers count"
        );
    }

    #[test]
    fn reasons_follow_from_what_is_known() {
        let fresh = About { fresh_from: DAY.parse().unwrap(), cut: [Level::Ad].into(), ..about(true) };
        let missing = sums([(90, 9), (90, 9), (90, 9), (80, 8)]);
        let of = |sums: &Sums, about: &About, metric| told(&judge(sums, sums, about), metric)[0].4.clone();
        assert_eq!(of(&missing, &fresh, 0), [Reason::Fresh, Reason::Cut, Reason::BelowCampaigns]);
        for (level, is_short) in [(Level::Advertiser, true), (Level::Campaign, false), (Level::Ad, true)] {
            let short = About { short: [level].into(), ..about(true) };
            assert_eq!(of(&missing, &short, 0).contains(&Reason::Short), is_short, "{level:?}");
        }
        assert_eq!(of(&sums([(90, 9), (80, 8), (80, 8), (80, 8)]), &about(true), 0), [Reason::NoCampaign]);
        assert_eq!(of(&sums([(90, 9), (91, 8), (91, 8), (91, 8)]), &about(true), 0), [Reason::TooMuch]);
        let mut conversions = missing.clone();
        let whole = conversions[&(Level::Campaign, DAY.parse().unwrap())].whole.numbers;
        let ads = conversions.get_mut(&(Level::Ad, DAY.parse().unwrap())).unwrap();
        (ads.whole.numbers[0], ads.whole.numbers[1]) = (whole[0], whole[1]);
        assert_eq!(of(&conversions, &about(true), 3), [Reason::ConversionsAlone]);
    }
}
