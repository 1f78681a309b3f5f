//! What an audit found, for people and for programs. Pure.

use std::collections::BTreeSet;
use std::fmt::Write;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::compare::{Apart, BELOW, Difference};
use super::found::{Audit, Audited, Found, Verdict};
use super::judge::Judged;
use super::reason::Reason;
use super::sums::METRICS;
use crate::streams::report::Level;
use crate::words::{and_more, counted};

/// Differences of an advertiser that people see.
const SHOWN_MAX: usize = 24;

/// What the columns are called.
const HEAD: [&str; COLUMNS] = ["day", "what", "total", "sum of rows", "difference", "of deleted"];
const COLUMNS: usize = 6;

/// A line of a table, and what stands behind it.
type Line = ([String; COLUMNS], String);

impl Audit {
    /// For people. `requests` is how many were made.
    pub(crate) fn text(&self, requests: u64) -> String {
        let mut text = String::new();
        for one in &self.advertisers {
            match &one.found {
                Found::Equal => {}
                Found::Differs(judged) => text += &differing(one, judged),
                Found::Unknown(why) => {
                    let _ = writeln!(text, "advertiser {}: {why}, so nobody knows whether it adds up.\n", one.id);
                }
            }
        }
        let count = |is: fn(&Found) -> bool| self.advertisers.iter().filter(|one| is(&one.found)).count();
        let (equal, unknown) =
            (count(|found| matches!(found, Found::Equal)), count(|found| matches!(found, Found::Unknown(_))));
        // Nothing beside nothing is equal, and may be a surprise.
        let empty = self.advertisers.iter().filter(|one| matches!(one.found, Found::Equal) && one.rows == 0).count();
        let without = if empty == 0 { String::new() } else { format!(" ({empty} without a row)") };
        let _ = writeln!(
            text,
            "{}: {equal} of {} add up{without}, {} do not, {unknown} could not be told.",
            self.span(),
            counted(self.advertisers.len(), "advertiser"),
            self.advertisers.len() - equal - unknown,
        );
        let _ = writeln!(
            text,
            "Compared: {} of each day, the advertiser's own row beside the sums over its campaigns, ad groups and ads; {} \
             and {}.",
            METRICS.join(", "),
            counted(self.advertisers.iter().map(|one| one.rows).sum::<u64>(), "row"),
            counted(requests, "request"),
        );
        text
    }

    /// As one JSON object; numbers are text, so that nothing is rounded.
    pub(crate) fn json(&self, requests: u64) -> String {
        let verdict = match self.verdict() {
            Verdict::Equal => "equal",
            Verdict::Differs => "differs",
            Verdict::Unknown => "unknown",
        };
        let advertisers: Vec<Value> = self.advertisers.iter().map(advertiser).collect();
        json!({
            "verdict": verdict,
            "start_date": self.days.start,
            "end_date": self.days.end,
            "metrics": METRICS,
            "requests": requests,
            "advertisers": advertisers,
            "failures": self.failures,
        })
        .to_string()
    }

    fn span(&self) -> String {
        if self.days.start == self.days.end {
            return self.days.start.to_string();
        }
        format!("{} to {}", self.days.start, self.days.end)
    }
}

/// A line a level and metric for all its days, then the days that deleted objects do not explain, then why.
fn differing(one: &Audited, judged: &[Judged]) -> String {
    let mut text = format!("advertiser {}\n", one.id);
    let cells = || BELOW.iter().flat_map(|(level, _)| (0..METRICS.len()).map(|metric| (*level, metric)));
    let of = |(level, metric)| {
        let own = judged.iter().filter(|one| (one.difference.level, one.difference.metric) == (level, metric));
        own.collect::<Vec<_>>()
    };
    text += &table(&cells().map(of).filter_map(|days| all_days(&days)).collect::<Vec<_>>());
    let left: Vec<&Judged> = judged.iter().filter(|one| !one.left.is_zero()).collect();
    if !left.is_empty() {
        let is_any_deleted = judged.iter().any(|one| one.deleted.is_some());
        text += if is_any_deleted { "  Days that deleted objects do not explain:\n" } else { "  By day:\n" };
        text += &table(&left.iter().take(SHOWN_MAX).map(|one| a_day(one)).collect::<Vec<_>>());
    }
    if left.len() > SHOWN_MAX {
        let _ = writeln!(text, "  …{}; `--json` has all", and_more(left.len() - SHOWN_MAX));
    }
    let reasons: BTreeSet<Reason> = judged.iter().flat_map(|one| one.reasons.iter().copied()).collect();
    for reason in reasons {
        let _ = writeln!(text, "  {}: {}", levels(judged, reason), reason.sentence());
    }
    text + "\n"
}

fn table(lines: &[Line]) -> String {
    let head = (HEAD.map(str::to_owned), String::new());
    let lines = || std::iter::once(&head).chain(lines);
    let wide = |at: usize| lines().filter_map(|(cells, _)| cells.get(at)).map(|cell| cell.chars().count()).max();
    let wides: [usize; COLUMNS] = std::array::from_fn(|at| wide(at).unwrap_or_default());
    let mut text = String::new();
    for (cells, behind) in lines() {
        let column = |(at, (cell, wide)): (usize, (&String, usize))| match at {
            0 | 1 => format!("  {cell:<wide$}"),
            _ => format!("  {cell:>wide$}"),
        };
        let row: String = cells.iter().zip(wides).enumerate().map(column).collect();
        let _ = writeln!(text, "{}", (row + behind).trim_end());
    }
    text
}

/// One line for all days of a level and metric.
fn all_days(days: &[&Judged]) -> Option<Line> {
    let first = days.first()?;
    let sum = |of: fn(&Judged) -> Decimal| days.iter().map(|one| of(one)).fold(Decimal::ZERO, Decimal::saturating_add);
    let deleted = sum(|one| one.deleted.unwrap_or_default());
    let cells = [
        counted(days.len(), "day"),
        what(first),
        sum(|one| one.difference.total).to_string(),
        sum(|one| one.difference.sum).to_string(),
        signed(sum(|one| one.difference.by())),
        if deleted.is_zero() { String::new() } else { signed(deleted) },
    ];
    Some((cells, String::new()))
}

fn a_day(judged: &Judged) -> Line {
    let difference = &judged.difference;
    let cells = [
        difference.day.to_string(),
        what(judged),
        difference.total.to_string(),
        difference.sum.to_string(),
        signed(difference.by()),
        judged.deleted.map(signed).unwrap_or_default(),
    ];
    (cells, apart(judged))
}

fn what(judged: &Judged) -> String {
    let Difference { metric, level, .. } = judged.difference;
    format!("{} of {}", METRICS.get(metric).unwrap_or(&""), called(level))
}

/// The campaigns that a line names.
fn apart(judged: &Judged) -> String {
    let named: Vec<String> = judged
        .campaigns
        .iter()
        .map(|Apart { campaign, own, below }| format!("campaign {campaign} has {own}, below it {below}"))
        .collect();
    if named.is_empty() { String::new() } else { format!("  {}{}", named.join("; "), and_more(judged.campaigns_more)) }
}

/// The levels that a reason is about.
fn levels(judged: &[Judged], reason: Reason) -> String {
    let has = |level: &Level| judged.iter().any(|one| one.difference.level == *level && one.reasons.contains(&reason));
    let levels: Vec<&str> = BELOW.iter().filter(|(level, _)| has(level)).map(|(_, name)| *name).collect();
    levels.join(", ")
}

fn called(level: Level) -> &'static str {
    BELOW.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
}

fn signed(number: Decimal) -> String {
    if number > Decimal::ZERO { format!("+{number}") } else { number.to_string() }
}

fn advertiser(one: &Audited) -> Value {
    let (verdict, differences, why) = match &one.found {
        Found::Equal => ("equal", Vec::new(), None),
        Found::Differs(judged) => ("differs", judged.iter().map(difference).collect(), None),
        Found::Unknown(why) => ("unknown", Vec::new(), Some(why)),
    };
    let mut object =
        json!({"advertiser_id": &*one.id, "verdict": verdict, "rows": one.rows, "differences": differences});
    if let (Some(why), Some(object)) = (why, object.as_object_mut()) {
        object.insert("why".to_owned(), why.as_str().into());
    }
    object
}

fn difference(judged: &Judged) -> Value {
    let difference = &judged.difference;
    let campaigns = judged.campaigns.iter().map(|apart| {
        json!({"campaign_id": apart.campaign.to_string(), "own": apart.own.to_string(), "below": apart.below.to_string()})
    });
    json!({
        "day": difference.day,
        "level": called(difference.level),
        "metric": METRICS.get(difference.metric),
        "total": difference.total.to_string(),
        "rows": difference.sum.to_string(),
        "difference": difference.by().to_string(),
        "of_deleted": judged.deleted.map(|amount| amount.to_string()),
        "left": judged.left.to_string(),
        "campaigns": campaigns.collect::<Vec<_>>(),
        "campaigns_more": judged.campaigns_more,
        "reasons": judged.reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::source::plan::window::Window;

    fn judged(day: u32, level: Level, metric: usize, (total, sum): (i64, i64)) -> Judged {
        let number = |number| Decimal::new(number, if metric == 0 { 2 } else { 0 });
        let day = format!("2026-02-{day:02}").parse().unwrap();
        let (total, sum) = (number(total), number(sum));
        Judged {
            difference: Difference { day, level, metric, total, sum, is_rounding: false },
            deleted: None,
            left: sum - total,
            campaigns: Vec::new(),
            campaigns_more: 0,
            reasons: vec![Reason::NoCampaign],
        }
    }

    fn audit(found: Vec<Found>) -> Audit {
        let days = Window { start: "2026-02-20".parse().unwrap(), end: "2026-02-26".parse().unwrap() };
        let ids = (1..).map(|at| Arc::from(format!("700{at}")));
        let advertisers = ids.zip(found).map(|(id, found)| Audited { id, rows: 12, found }).collect();
        Audit { days, advertisers, failures: Vec::new() }
    }

    #[test]
    fn people_read_what_differs_and_why() {
        let deleted = Judged {
            deleted: Some(Decimal::new(3450, 2)),
            left: Decimal::ZERO,
            reasons: vec![Reason::Deleted],
            ..judged(21, Level::Campaign, 0, (20_450, 17_000))
        };
        let apart = Apart { campaign: 1_790, own: 10.into(), below: 3.into() };
        let below = Judged {
            campaigns: vec![apart],
            campaigns_more: 2,
            reasons: vec![Reason::BelowCampaigns],
            ..judged(22, Level::Ad, 1, (100, 93))
        };
        let many = (0..30).map(|_| judged(20, Level::Ad, 2, (1, 2))).collect();
        let found = vec![
            Found::Equal,
            Found::Differs(vec![deleted, below]),
            Found::Differs(many),
            Found::Unknown("not all of its reports could be read".to_owned()),
        ];
        insta::assert_snapshot!(audit(found).text(17));
    }

    #[test]
    fn programs_read_the_same_and_no_number_is_rounded() {
        let most = Judged {
            difference: Difference { total: Decimal::MAX, ..judged(21, Level::Ad, 0, (0, 1)).difference },
            ..judged(21, Level::Ad, 0, (0, 1))
        };
        let json: Value = serde_json::from_str(&audit(vec![Found::Differs(vec![most])]).json(5)).unwrap();
        assert_eq!((&json["verdict"], &json["requests"]), (&"differs".into(), &5.into()));
        let one = &json["advertisers"][0]["differences"][0];
        assert_eq!((&one["total"], &one["rows"]), (&"79228162514264337593543950335".into(), &"0.01".into()));
        assert_eq!(one["reasons"], json!(["no_campaign"]));
    }

    #[test]
    fn what_nobody_knows_is_no_success() {
        let verdict = |found| audit(found).verdict();
        assert_eq!(verdict(vec![Found::Equal]), Verdict::Equal);
        assert_eq!(verdict(vec![Found::Equal, Found::Differs(Vec::new())]), Verdict::Differs);
        assert_eq!(verdict(vec![Found::Differs(Vec::new()), Found::Unknown("x".into())]), Verdict::Unknown);
        assert_eq!(Audit { failures: vec!["x".into()], ..audit(vec![]) }.verdict(), Verdict::Unknown);
    }

    #[test]
    fn every_reason_has_a_code_of_its_own_and_a_sentence() {
        let codes: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        assert!(Reason::ALL.iter().all(|reason| reason.sentence().ends_with('.')));
        let guide = include_str!("../../../docs/audit.md");
        assert!(codes.iter().all(|code| guide.contains(&format!("\n| `{code}` | "))), "docs/audit.md has them all");
    }
}
