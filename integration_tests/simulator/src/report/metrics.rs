//! The metrics: their names (Appendix C) and how each follows from the quantities of days.

use super::leaf::Quantity;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

/// `NAME TYPE` a line; `#` begins a comment.
const TABLE: &str = include_str!("metrics.txt");

/// How a metric is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// A property of the object, not of its days.
    Attribute,
    /// Never measured here: `-`.
    Absent,
    /// Only for advertisers by day: `-` elsewhere.
    AdvertiserDaily(Quantity),
    Count(Quantity),
    Money(Quantity),
    /// People, not impressions: does not add up over days.
    Reach,
    /// `scale` times one over another, to so many decimals; `zero` when there is nothing below.
    Ratio {
        over: Term,
        under: Term,
        scale: u64,
        decimals: u8,
        zero: &'static str,
    },
}

/// One side of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Sum(Quantity),
    Reach,
}

/// A known metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) rule: Rule,
}

fn table() -> &'static HashMap<&'static str, Metric> {
    static METRICS: OnceLock<HashMap<&'static str, Metric>> = OnceLock::new();
    METRICS.get_or_init(|| {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        let pairs = lines.filter_map(|line| line.split_once(' '));
        pairs.map(|(name, kind)| (name, Metric { name, rule: rule(name, kind) })).collect()
    })
}

impl Metric {
    /// Whether it is in the account's currency.
    pub(crate) fn is_money(self) -> bool {
        let money = |quantity| matches!(quantity, Quantity::Spend | Quantity::Value { .. });
        match self.rule {
            Rule::Money(_) => true,
            Rule::AdvertiserDaily(quantity) => money(quantity) || self.name.ends_with("_spend"),
            Rule::Ratio { over: Term::Sum(quantity), .. } => money(quantity),
            _ => false,
        }
    }

    /// Whether it is what something costs.
    pub(crate) fn is_cost(self) -> bool {
        self.is_money() && matches!(self.rule, Rule::Ratio { over: SPEND, .. })
    }

    pub(crate) fn named(name: &str) -> Option<Metric> {
        table().get(name).copied()
    }

    pub(crate) fn is_attribute(&self) -> bool {
        self.rule == Rule::Attribute
    }

    /// All names in the order of the table.
    pub(crate) fn names() -> Vec<&'static str> {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
        lines.filter_map(|line| line.split(' ').next()).collect()
    }
}

const SPEND: Term = Term::Sum(Quantity::Spend);
const CLICKS: Term = Term::Sum(Quantity::Clicks);
const IMPRESSIONS: Term = Term::Sum(Quantity::Impressions);

fn rule(name: &'static str, kind: &str) -> Rule {
    if kind == "s" {
        return Rule::Attribute;
    }
    core(name).or_else(|| video(name)).unwrap_or_else(|| match kind {
        "i" => Rule::Count(Quantity::named(name)),
        _ => decimal(name),
    })
}

fn core(name: &str) -> Option<Rule> {
    Some(match name {
        "spend" | "billed_cost" => Rule::Money(Quantity::Spend),
        "cash_spend" => Rule::AdvertiserDaily(Quantity::Spend),
        "voucher_spend" => Rule::AdvertiserDaily(Quantity::Zero),
        "impressions" | "gross_impressions" => Rule::Count(Quantity::Impressions),
        "clicks" => Rule::Count(Quantity::Clicks),
        "reach" => Rule::Reach,
        "cpc" => ratio(SPEND, CLICKS, 1, 2, "0.00"),
        "cpm" => ratio(SPEND, IMPRESSIONS, 1_000, 3, "0.000"),
        "ctr" => ratio(CLICKS, IMPRESSIONS, 10_000, 2, "0.00"),
        "frequency" => ratio(IMPRESSIONS, Term::Reach, 100, 2, "0.00"),
        "cost_per_1000_reached" => ratio(SPEND, Term::Reach, 1_000, 2, "0.00"),
        "result" | "conversion" => Rule::Count(Quantity::named("conversion")),
        "cost_per_result" | "cost_per_conversion" => {
            ratio(SPEND, Term::Sum(Quantity::named("conversion")), 1, 4, "0.0000")
        }
        "result_rate" => ratio(Term::Sum(Quantity::named("conversion")), CLICKS, 10_000, 2, "0.00"),
        _ if name.contains("secondary_goal") || name.starts_with("skan_") => Rule::Absent,
        _ => return None,
    })
}

fn video(name: &str) -> Option<Rule> {
    let plays = Term::Sum(Quantity::views("plays", 900));
    let watched = Term::Sum(Quantity::views("watched", 2_600));
    let share = match name {
        "video_play_actions" => 900,
        "video_watched_2s" => 500,
        "video_watched_6s" | "engaged_view" => 230,
        "video_views_p25" => 300,
        "video_views_p50" => 150,
        "video_views_p75" => 90,
        "video_views_p100" => 60,
        "average_video_play" => return Some(ratio(watched, plays, 100, 2, "0.00")),
        "average_video_play_per_user" => return Some(ratio(watched, Term::Reach, 100, 2, "-")),
        _ => return None,
    };
    let name = if share == 900 { "plays" } else { name };
    Some(Rule::Count(Quantity::views(name, share)))
}

/// Other decimals by the way they are named.
fn decimal(name: &str) -> Rule {
    if let Some(counted) = stripped(name, &["cost_per_", "cost_pre_", "cost_total_"], &["_cost", "_cost_per"]) {
        return ratio(SPEND, Term::Sum(Quantity::named(&counted)), 1, 2, "0.00");
    }
    if name.contains("roas") {
        return ratio(Term::Sum(Quantity::money(name)), SPEND, 100, 2, "0.00");
    }
    if let Some(counted) = stripped(name, &[], &["_rate", "_rate_v2", "_ctr"]) {
        return ratio(Term::Sum(Quantity::named(&counted)), CLICKS, 10_000, 2, "0.00");
    }
    if let Some(counted) = stripped(name, &["value_per_", "avg_value_per_"], &[]) {
        let count = Quantity::named(&counted);
        return ratio(Term::Sum(Quantity::money(&counted)), Term::Sum(count), 1, 3, "-");
    }
    Rule::Money(Quantity::money(name))
}

/// The name without the part that says how it is divided.
fn stripped(name: &str, prefixes: &[&str], suffixes: &[&str]) -> Option<String> {
    let before = prefixes.iter().find_map(|prefix| {
        name.find(prefix)
            .map(|at| format!("{}{}", name.get(..at).unwrap_or(""), name.get(at + prefix.len()..).unwrap_or("")))
    });
    before.or_else(|| {
        let suffix = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
        suffix.map(str::to_owned)
    })
}

/// `scale` brings the quotient to hundredths: money is in hundredths already.
pub(super) fn ratio(over: Term, under: Term, scale: u64, decimals: u8, zero: &'static str) -> Rule {
    Rule::Ratio { over, under, scale, decimals, zero }
}

/// People reached by so many impressions: fewer, and ever more slowly more.
pub(crate) fn reach(impressions: u64) -> u64 {
    let slow = 10 + u64::from(impressions.max(1).ilog2());
    (impressions * 10).div_ceil(slow)
}

/// Writes the value of a metric over the sums that `sum` gives.
pub(crate) fn write(rule: Rule, daily_advertiser: bool, sum: &dyn Fn(Quantity) -> u64, out: &mut String) {
    let term = |term| match term {
        Term::Sum(quantity) => sum(quantity),
        Term::Reach => reach(sum(Quantity::Impressions)),
    };
    match rule {
        Rule::Attribute | Rule::Absent => out.push('-'),
        Rule::AdvertiserDaily(_) if !daily_advertiser => out.push('-'),
        Rule::AdvertiserDaily(quantity) | Rule::Money(quantity) => {
            fixed(u128::from(sum(quantity)), 2, out);
        }
        Rule::Count(quantity) => number(u128::from(sum(quantity)), out),
        Rule::Reach => number(u128::from(term(Term::Reach)), out),
        Rule::Ratio { over, under, scale, decimals, zero } => {
            let (over, under) = (u128::from(term(over)), u128::from(term(under)));
            if under == 0 {
                out.push_str(zero);
                return;
            }
            let finer = 10_u128.pow(u32::from(decimals.max(2)) - 2);
            fixed((over * u128::from(scale) * finer + under / 2) / under, decimals, out);
        }
    }
}

fn number(value: u128, out: &mut String) {
    let _ = write!(out, "{value}");
}

fn fixed(value: u128, decimals: u8, out: &mut String) {
    let unit = 10_u128.pow(u32::from(decimals));
    let width = usize::from(decimals);
    let _ = write!(out, "{}.{:0width$}", value / unit, value % unit);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, sum: &dyn Fn(Quantity) -> u64) -> String {
        let mut out = String::new();
        write(Metric::named(name).unwrap().rule, false, sum, &mut out);
        out
    }

    #[test]
    fn all_names_are_known() {
        assert_eq!(Metric::names().len(), 826);
        assert!(Metric::names().iter().all(|name| Metric::named(name).is_some()));
        assert!(Metric::named("cost").is_none());
    }

    #[test]
    fn ratios_are_rounded() {
        let sum = |quantity| match quantity {
            Quantity::Spend => 1_468,
            Quantity::Impressions => 1_079,
            Quantity::Clicks => 7,
            _ => 3,
        };
        assert_eq!(value("spend", &sum), "14.68");
        assert_eq!(value("cpc", &sum), "2.10");
        assert_eq!(value("cpm", &sum), "13.605");
        assert_eq!(value("ctr", &sum), "0.65");
        assert_eq!(value("cost_per_conversion", &sum), "4.8933");
        assert_eq!(value("secondary_goal_result", &sum), "-");
    }

    #[test]
    fn nothing_below_the_line() {
        let none = |_| 0;
        assert_eq!(value("cpc", &none), "0.00");
        assert_eq!(value("value_per_complete_payment", &none), "-");
        assert_eq!(value("reach", &none), "0");
    }
}
