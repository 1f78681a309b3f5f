//! What an ad did on a day, as whole numbers that add up.

use crate::rng::{mix, text};
use crate::world::Activity;
use chrono::Datelike;
use std::sync::OnceLock;

/// Patterns of activity; few enough that rendered numbers can be kept.
pub(crate) const VARIANTS: u64 = 4_096;

/// A share is measured in this many parts.
pub(crate) const PARTS: u32 = 10_000;

/// A counter of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// Hundredths of the currency.
    Spend,
    Impressions,
    Clicks,
    /// A part of the clicks or impressions, `per_mille` of them.
    Part {
        salt: u64,
        per_mille: u64,
        of_impressions: bool,
    },
    /// Hundredths of the currency: so many times a part.
    Value {
        salt: u64,
        per_mille: u64,
    },
    Zero,
}

impl Quantity {
    /// The counter of a name.
    pub(crate) fn named(name: &str) -> Self {
        let salt = text(name);
        Quantity::Part { salt, per_mille: 5 + salt % 90, of_impressions: false }
    }

    /// The money of a name.
    pub(crate) fn money(name: &str) -> Self {
        let salt = text(name);
        Quantity::Value { salt, per_mille: 5 + salt % 90 }
    }

    /// A share of the impressions.
    pub(crate) fn views(name: &str, per_mille: u64) -> Self {
        Quantity::Part { salt: text(name), per_mille, of_impressions: true }
    }
}

/// The whole day of a pattern.
#[derive(Clone, Copy, Debug)]
struct Day {
    spend: u64,
    impressions: u64,
    clicks: u64,
}

fn days() -> &'static [Day] {
    static DAYS: OnceLock<Vec<Day>> = OnceLock::new();
    DAYS.get_or_init(|| (0..VARIANTS).map(day).collect())
}

/// Every sixteenth pattern costs nothing, every eleventh gets no click.
fn day(variant: u64) -> Day {
    let dice = mix(variant, 0xda7);
    let impressions = 1 + dice % 1_000 * (1 + (dice >> 40) % 40);
    let clicks = if variant.is_multiple_of(11) { 0 } else { impressions * (5 + (dice >> 20) % 40) / 1_000 };
    let spend = if variant.is_multiple_of(16) { 0 } else { impressions * (30 + (dice >> 10) % 900) / 100 };
    Day { spend, impressions, clicks }
}

/// The pattern of an ad's day.
pub(crate) fn variant(seed: u64, ad: u64, day: i64) -> u64 {
    mix(mix(seed, ad), day.unsigned_abs()) % VARIANTS
}

/// The days of a span, by their numbers, on which something delivered; both ends are included.
pub(crate) fn runs(seed: u64, id: u64, activity: Activity, (from, to): (i32, i32)) -> impl Iterator<Item = i32> {
    let first = activity.first.num_days_from_ce().max(from);
    let last = activity.last.num_days_from_ce().min(to);
    let density = u64::from(activity.density);
    (first..=last).filter(move |day| mix(mix(seed, id ^ 0xac7), u64::from(day.unsigned_abs())) % 256 < density)
}

/// A quantity of a whole day.
pub(crate) fn whole(variant: u64, quantity: Quantity) -> u64 {
    let at = usize::try_from(variant).unwrap_or(0);
    let Some(day) = days().get(at) else { return 0 };
    match quantity {
        Quantity::Spend => day.spend,
        Quantity::Impressions => day.impressions,
        Quantity::Clicks => day.clicks,
        Quantity::Zero => 0,
        Quantity::Part { salt, per_mille, of_impressions } => {
            let base = if of_impressions { day.impressions } else { day.clicks };
            part(base, salt, per_mille, variant)
        }
        Quantity::Value { salt, per_mille } => {
            part(day.clicks, salt, per_mille, variant) * (100 + mix(salt, variant) % 9_900)
        }
    }
}

/// Small numbers would all be 0 without a die.
fn part(base: u64, salt: u64, per_mille: u64, variant: u64) -> u64 {
    let rest = mix(salt, variant) % 1_000;
    (base * per_mille + rest) / 1_000
}

/// A half-open range of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) from: u32,
    pub(crate) to: u32,
}

impl Share {
    pub(crate) const WHOLE: Share = Share { from: 0, to: PARTS };

    pub(crate) fn is_empty(self) -> bool {
        self.from == self.to
    }

    /// This share of a number; the shares of a whole add up to it.
    pub(crate) fn of(self, number: u64) -> u64 {
        let until = |parts: u32| number * u64::from(parts) / u64::from(PARTS);
        until(self.to) - until(self.from)
    }
}

/// How active an hour of the day is, in parts; nights are quiet.
const HOURS: [u32; 24] =
    [150, 80, 40, 0, 0, 60, 170, 340, 460, 480, 490, 520, 610, 560, 500, 480, 500, 560, 640, 760, 860, 780, 620, 340];

/// The hours `from..to` of a day.
pub(crate) fn hours(from: u32, to: u32) -> Share {
    let until = |hour: u32| -> u32 { HOURS.iter().take(hour as usize).sum() };
    Share { from: until(from), to: until(to) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_a_day() {
        assert_eq!(hours(0, 24), Share::WHOLE);
        for number in [0, 1, 7, 999_999] {
            let sum: u64 = (0..24).map(|hour| hours(hour, hour + 1).of(number)).sum();
            assert_eq!(sum, number);
        }
    }

    #[test]
    fn no_clicks_no_parts_to_speak_of() {
        let clicks = whole(0, Quantity::Clicks);
        assert_eq!((clicks, whole(0, Quantity::Spend)), (0, 0));
        assert!(whole(0, Quantity::named("conversion")) <= 1);
        assert!(whole(1, Quantity::Impressions) > 0);
    }
}
