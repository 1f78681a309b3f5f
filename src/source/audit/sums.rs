//! Rows of reports become sums by advertiser, level, day and campaign. Pure.
//!
//! Amounts are decimal numbers: a sum of cents in binary fractions is not what it is compared with.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, Kind, Result};
use crate::streams::report::Level;

/// What is summed: metrics that add up over objects (docs/tiktok-api.md 4.1). Unique people, as `reach`, do not.
pub(crate) const METRICS: [&str; COUNT] = ["spend", "impressions", "clicks", "conversion"];
const COUNT: usize = 4;

/// A value of each of [`METRICS`].
pub(crate) type Numbers = [Decimal; COUNT];

/// The sum of some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub numbers: Numbers,
    pub rows: u64,
    /// Digits behind the point of its amounts.
    pub digits: u32,
    /// Which metrics any row told.
    pub told: [bool; COUNT],
}

/// The rows of an advertiser, level and day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Day {
    pub whole: Sum,
    /// By campaign; under none what names no campaign, as the rows of the advertiser itself.
    pub campaigns: BTreeMap<Option<u64>, Sum>,
}

/// The sums of an advertiser.
pub(crate) type Sums = BTreeMap<(Level, NaiveDate), Day>;

/// A row of a report in the flat layout.
#[derive(Debug, Deserialize)]
pub(crate) struct Row<'r> {
    #[serde(borrow)]
    pub advertiser_id: &'r RawValue,
    #[serde(borrow, default)]
    stat_time_day: Option<Cow<'r, str>>,
    #[serde(borrow, default)]
    campaign_id: Option<&'r RawValue>,
    #[serde(borrow, default)]
    spend: Option<&'r RawValue>,
    #[serde(borrow, default)]
    impressions: Option<&'r RawValue>,
    #[serde(borrow, default)]
    clicks: Option<&'r RawValue>,
    #[serde(borrow, default)]
    conversion: Option<&'r RawValue>,
}

impl Row<'_> {
    /// Adds the row to the sums of its advertiser.
    pub(crate) fn add_to(&self, sums: &mut Sums, level: Level) -> Result<()> {
        let day = self.stat_time_day.as_deref().unwrap_or("null");
        let date: NaiveDate =
            day.get(..10).and_then(|day| day.parse().ok()).ok_or_else(|| odd("stat_time_day", day))?;
        let campaign = self.campaign_id.and_then(|id| plain(id).parse().ok());
        let mut row = Sum { rows: 1, ..Sum::default() };
        let values = [self.spend, self.impressions, self.clicks, self.conversion];
        let cells = row.numbers.iter_mut().zip(&mut row.told);
        for ((name, value), (number, told)) in METRICS.into_iter().zip(values).zip(cells) {
            let Some(value) = value else { continue };
            *number = decimal(plain(value)).ok_or_else(|| odd(name, value.get()))?;
            *told = true;
        }
        row.digits = row.numbers.first().map_or(0, Decimal::scale);
        let day = sums.entry((level, date)).or_default();
        day.whole.add(&row)?;
        day.campaigns.entry(campaign).or_default().add(&row)
    }
}

impl Sum {
    fn add(&mut self, other: &Self) -> Result<()> {
        for ((own, name), more) in self.numbers.iter_mut().zip(METRICS).zip(other.numbers) {
            *own = own.checked_add(more).ok_or_else(|| odd(name, &more.to_string()))?;
        }
        for (own, more) in self.told.iter_mut().zip(other.told) {
            *own |= more;
        }
        (self.rows, self.digits) = (self.rows + other.rows, self.digits.max(other.digits));
        Ok(())
    }
}

/// A number without the quotes that it may stand in.
pub(crate) fn plain(value: &RawValue) -> &str {
    value.get().trim_matches('"')
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

fn odd(name: &str, value: &str) -> Error {
    let value: String = value.chars().take(40).collect();
    Error::new(Kind::Malformed, format!("a row of a report has `{value}` as its `{name}`, which cannot be summed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(sums: &mut Sums, row: &str) -> Result<()> {
        serde_json::from_str::<Row<'_>>(row).unwrap().add_to(sums, Level::Ad)
    }

    fn row(spend: &str) -> String {
        format!(
            r#"{{"advertiser_id":7,"stat_time_day":"2026-02-20 00:00:00","campaign_id":"11","spend":{spend},"impressions":"3","clicks":null}}"#
        )
    }

    #[test]
    fn cents_are_added_exactly() {
        let mut sums = Sums::new();
        for spend in ["0.1", "0.20", "\"0.3\"", "1e1"] {
            add(&mut sums, &row(spend)).unwrap();
        }
        let day = &sums[&(Level::Ad, "2026-02-20".parse().unwrap())];
        assert_eq!(day.whole.numbers.map(|number| number.normalize().to_string()), ["10.6", "12", "0", "0"]);
        assert_eq!((day.whole.rows, day.whole.digits, day.whole.told), (4, 2, [true, true, false, false]));
        assert_eq!(day.campaigns.keys().collect::<Vec<_>>(), [&Some(11)]);
    }

    #[test]
    fn what_is_no_number_is_told() {
        for spend in ["\"<5\"", "true", "79228162514264337593543950336", "[]"] {
            let error = add(&mut Sums::new(), &row(spend)).unwrap_err();
            assert!(error.message().contains("as its `spend`"), "{error}");
        }
        let most = row("79228162514264337593543950335");
        let mut sums = Sums::new();
        add(&mut sums, &most).unwrap();
        assert!(add(&mut sums, &most).is_err(), "a sum that no number holds");
        let late = row("1").replace("2026-02-20 00", "soon");
        assert!(add(&mut Sums::new(), &late).unwrap_err().message().contains("stat_time_day"));
    }
}
