//! An advertiser's own sums beside those over its objects. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::sums::{Day, METRICS, Sum, Sums};
use crate::streams::report::Level;

/// The levels whose rows are summed, and what they are called.
pub(crate) const BELOW: [(Level, &str); 3] =
    [(Level::Campaign, "campaigns"), (Level::AdGroup, "ad groups"), (Level::Ad, "ads")];

/// Campaigns that a difference names.
const CAMPAIGNS_MAX: usize = 3;

/// What does not add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    pub day: NaiveDate,
    pub level: Level,
    /// The place in [`METRICS`].
    pub metric: usize,
    /// What the advertiser's own row says.
    pub total: Decimal,
    /// The sum over the rows of the level.
    pub sum: Decimal,
    /// No more than what rounding every row may make, while all counters are equal.
    pub is_rounding: bool,
}

/// A campaign whose own row differs from the rows below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Apart {
    pub campaign: u64,
    pub own: Decimal,
    pub below: Decimal,
}

impl Difference {
    /// What the rows have more than the total.
    #[must_use]
    pub(crate) fn by(&self) -> Decimal {
        self.sum - self.total
    }
}

/// All that differs, by day, level and metric. A day without a row has zeros.
#[must_use]
pub(crate) fn compare(sums: &Sums) -> Vec<Difference> {
    let days: BTreeSet<NaiveDate> = sums.keys().map(|(_, day)| *day).collect();
    let cells = days.into_iter().flat_map(|day| BELOW.map(|(level, _)| (day, level)));
    cells.flat_map(|(day, level)| of_day(sums, day, level)).collect()
}

fn of_day(sums: &Sums, day: NaiveDate, level: Level) -> Vec<Difference> {
    let none = Day::default();
    let of = |level| &sums.get(&(level, day)).unwrap_or(&none).whole;
    let (own, below) = (of(Level::Advertiser), of(level));
    let are_counters_equal = own.numbers.get(1..) == below.numbers.get(1..);
    let pairs = own.numbers.into_iter().zip(below.numbers).enumerate();
    let differ = pairs.filter(|(_, (total, sum))| total != sum);
    let difference = differ.map(|(metric, (total, sum))| {
        let is_rounding = metric == 0 && are_counters_equal && may_be_rounding(own, below, sum - total);
        Difference { day, level, metric, total, sum, is_rounding }
    });
    difference.collect()
}

/// Whether an amount is no more than half a unit of the last digit for each row, and for the total.
fn may_be_rounding(own: &Sum, below: &Sum, by: Decimal) -> bool {
    let digits = own.digits.max(below.digits);
    let rows = Decimal::from(below.rows) + Decimal::from(own.rows);
    Decimal::try_new(5, digits + 1).is_ok_and(|half| by.abs() <= half * rows)
}

/// Campaigns whose rows below have something else than their own row, the largest difference first, and how many more
/// there are.
#[must_use]
pub(crate) fn apart(sums: &Sums, (day, level, metric): (NaiveDate, Level, usize)) -> (Vec<Apart>, usize) {
    let none = Day::default();
    let of = |level| &sums.get(&(level, day)).unwrap_or(&none).campaigns;
    let (own, below) = (of(Level::Campaign), of(level));
    let number = |sum: Option<&Sum>| sum.and_then(|sum| sum.numbers.get(metric)).copied().unwrap_or_default();
    let ids: BTreeSet<u64> = own.keys().chain(below.keys()).copied().flatten().collect();
    let of_id = |id: u64| Apart { campaign: id, own: number(own.get(&Some(id))), below: number(below.get(&Some(id))) };
    let mut apart: Vec<Apart> = ids.into_iter().map(of_id).filter(|apart| apart.own != apart.below).collect();
    apart.sort_by_key(|apart| std::cmp::Reverse((apart.own - apart.below).abs()));
    let more = apart.len().saturating_sub(CAMPAIGNS_MAX);
    apart.truncate(CAMPAIGNS_MAX);
    (apart, more)
}

/// Metrics that the advertiser's own row of a day has no number of: whether they add up, nobody knows.
#[must_use]
pub(crate) fn untold(sums: &Sums) -> Vec<(NaiveDate, &'static str)> {
    let own = sums.iter().filter(|((level, _), _)| *level == Level::Advertiser);
    let of_day = |((_, day), sum): (&(Level, NaiveDate), &Day)| {
        let (day, told) = (*day, sum.whole.told);
        METRICS.into_iter().zip(told).filter(|(_, told)| !told).map(move |(name, _)| (day, name)).collect::<Vec<_>>()
    };
    own.flat_map(of_day).collect()
}

/// The first day whose own row a second look lacks: nothing beside nothing takes no difference back.
#[must_use]
pub(crate) fn gone(first: &Sums, second: &Sums) -> Option<NaiveDate> {
    let mut own = first.keys().filter(|(level, _)| *level == Level::Advertiser);
    own.find(|key| !second.contains_key(key)).map(|(_, day)| *day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::source::audit::sums::Row;

    /// `(campaign, ad group, spend in cents, impressions)` of an ad on a day.
    type Ad = (u64, u64, i64, u64);

    fn add(sums: &mut Sums, level: Level, day: u32, (campaign, _, cents, impressions): Ad) {
        let spend = Decimal::new(cents, 2);
        let campaign = if level == Level::Advertiser { "null".to_owned() } else { campaign.to_string() };
        let row = format!(
            r#"{{"advertiser_id":7,"stat_time_day":"2026-02-{day:02}","campaign_id":{campaign},"spend":{spend},"impressions":{impressions},"clicks":0,"conversion":0}}"#
        );
        serde_json::from_str::<Row<'_>>(&row).unwrap().add_to(sums, level).unwrap();
    }

    /// The rows of a world on each level, as TikTok sums them.
    fn rows(world: &[(u32, Ad)]) -> Vec<(Level, u32, Ad)> {
        let mut rows = Vec::new();
        for level in Level::ALL {
            let key = |(campaign, group, ..): Ad, at| match level {
                Level::Advertiser => (0, 0, 0),
                Level::Campaign => (campaign, 0, 0),
                Level::AdGroup => (campaign, group, 0),
                Level::Ad => (campaign, group, at),
            };
            let mut sums = std::collections::BTreeMap::new();
            for (at, (day, ad)) in world.iter().enumerate() {
                let sum = sums.entry((*day, key(*ad, at))).or_insert((ad.0, ad.1, 0, 0));
                (sum.2, sum.3) = (sum.2 + ad.2, sum.3 + ad.3);
            }
            rows.extend(sums.into_iter().map(|((day, _), ad)| (level, day, ad)));
        }
        rows
    }

    fn sums(rows: &[(Level, u32, Ad)]) -> Sums {
        let mut sums = Sums::new();
        rows.iter().for_each(|(level, day, ad)| add(&mut sums, *level, *day, *ad));
        sums
    }

    /// Level, metric, by how much, and whether it is rounding.
    type Told = (Level, &'static str, String, bool);

    fn told(differences: &[Difference]) -> Vec<Told> {
        let told = |one: &Difference| (one.level, METRICS[one.metric], one.by().to_string(), one.is_rounding);
        differences.iter().map(told).collect()
    }

    #[test]
    fn what_differs_is_told_by_day_level_and_metric() {
        let own = (Level::Advertiser, 1, (0, 0, 1_000, 10));
        let campaign = (Level::Campaign, 1, (5, 0, 1_000, 10));
        let table: [(&str, Vec<_>, Vec<Told>); 5] = [
            (
                "all there",
                vec![own, campaign, (Level::AdGroup, 1, (5, 6, 1_000, 10)), (Level::Ad, 1, (5, 6, 1_000, 10))],
                vec![],
            ),
            (
                "no ad",
                vec![own, campaign, (Level::AdGroup, 1, (5, 6, 1_000, 10))],
                vec![(Level::Ad, "spend", "-10.00".into(), false), (Level::Ad, "impressions", "-10".into(), false)],
            ),
            (
                "an ad too many",
                vec![own, campaign, (Level::AdGroup, 1, (5, 6, 1_000, 10)), (Level::Ad, 1, (5, 6, 1_100, 10))],
                vec![(Level::Ad, "spend", "1.00".into(), false)],
            ),
            (
                "a cent of two rounded rows",
                vec![own, campaign, (Level::AdGroup, 1, (5, 6, 1_000, 10)), (Level::Ad, 1, (5, 6, 1_001, 10))],
                vec![(Level::Ad, "spend", "0.01".into(), true)],
            ),
            (
                "a day that only rows have",
                vec![(Level::Campaign, 2, (5, 0, 0, 3))],
                vec![(Level::Campaign, "impressions", "3".into(), false)],
            ),
        ];
        for (name, rows, expected) in table {
            assert_eq!(told(&compare(&sums(&rows))), expected, "{name}");
        }
    }

    #[test]
    fn a_cent_is_no_rounding_where_a_view_is_missing() {
        let rows = [
            (Level::Advertiser, 1, (0, 0, 1_000, 10)),
            (Level::Campaign, 1, (5, 0, 999, 9)),
            (Level::AdGroup, 1, (5, 6, 1_000, 10)),
            (Level::Ad, 1, (5, 6, 1_000, 10)),
        ];
        let differences = compare(&sums(&rows));
        assert!(differences.iter().all(|one| !one.is_rounding) && differences.len() == 2, "{differences:?}");
    }

    #[test]
    fn campaigns_that_are_apart_are_named_the_largest_first() {
        let mut rows = vec![(Level::Advertiser, 1, (0, 0, 0, 0))];
        for (campaign, own, below) in [(1, 50, 50), (2, 50, 40), (3, 50, 0), (4, 0, 1), (5, 9, 8)] {
            rows.push((Level::Campaign, 1, (campaign, 0, 0, own)));
            rows.push((Level::Ad, 1, (campaign, 9, 0, below)));
        }
        let (apart, more) = apart(&sums(&rows), ("2026-02-01".parse().unwrap(), Level::Ad, 1));
        let ids: Vec<u64> = apart.iter().map(|apart| apart.campaign).collect();
        assert_eq!((ids, more), (vec![3, 2, 4], 1));
    }

    #[test]
    fn a_metric_that_a_day_has_no_number_of_is_not_equal() {
        let mut own = sums(&[(Level::Advertiser, 1, (0, 0, 1, 1)), (Level::Advertiser, 2, (0, 0, 1, 1))]);
        assert_eq!(untold(&own), []);
        let day = "2026-02-02".parse().unwrap();
        own.get_mut(&(Level::Advertiser, day)).unwrap().whole.told[2] = false;
        assert_eq!(untold(&own), [(day, "clicks")]);
        assert_eq!(untold(&Sums::new()), []);
    }

    #[test]
    fn a_day_that_a_second_look_lacks_is_gone() {
        let first = sums(&[(Level::Advertiser, 1, (0, 0, 1, 1)), (Level::Ad, 2, (5, 6, 1, 1))]);
        assert_eq!(gone(&first, &first), None);
        let second = sums(&[(Level::Ad, 1, (5, 6, 1, 1))]);
        assert_eq!(gone(&first, &second), Some("2026-02-01".parse().unwrap()), "the row of an ad is not its own");
    }

    fn world() -> impl Strategy<Value = Vec<(u32, Ad)>> {
        prop::collection::vec((1_u32..4, (1_u64..4, 1_u64..3, 0_i64..99_999, 1_u64..9_999)), 1..30)
    }

    proptest! {
        #[test]
        fn equal_worlds_never_differ(world in world()) {
            prop_assert_eq!(compare(&sums(&rows(&world))), []);
        }

        #[test]
        fn any_one_missing_row_is_found(world in world(), which in any::<prop::sample::Index>()) {
            let mut rows = rows(&world);
            let (level, day, _) = rows.remove(which.index(rows.len()));
            let found = compare(&sums(&rows));
            let day: NaiveDate = format!("2026-02-{day:02}").parse().unwrap();
            prop_assert!(found.iter().any(|one| !one.is_rounding && one.day == day));
            prop_assert!(level == Level::Advertiser || found.iter().all(|one| one.level == level));
        }

        #[test]
        fn any_row_that_comes_twice_is_found(world in world(), which in any::<prop::sample::Index>()) {
            let mut rows = rows(&world);
            rows.push(rows[which.index(rows.len())]);
            prop_assert!(compare(&sums(&rows)).iter().any(|one| !one.is_rounding));
        }
    }
}
