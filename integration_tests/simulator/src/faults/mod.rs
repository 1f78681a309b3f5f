//! Failing on purpose, repeatably: what happens to a request depends on the seed, the request
//! and how often it was sent, never on the order in which concurrent requests arrive.

mod grammar;
mod mangle;

pub use mangle::Mangle;

use crate::call::Call;
use crate::rng::{mix, text};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::fmt;

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The envelope with this code, HTTP 200.
    Code(i64),
    /// This HTTP status with a page of HTML.
    Html(u16),
    /// This HTTP status with plain text.
    Http(u16),
    /// Half of the answer, then a TCP reset.
    Reset,
    /// A `Content-Length` longer than what is sent, then an orderly end.
    Truncate,
    /// No answer until the client gives up.
    Stall,
    /// The right answer, dribbled.
    Slow,
    /// The connection ends without a byte.
    Drop,
    /// HTTP 200 with an empty body.
    Empty,
    /// HTTP 200 with a body that is no JSON.
    WrongJson,
    /// Code 0 and `data` an empty object.
    NoData,
    /// Before the answer an object of the level is created: rows move to the next page.
    Grow,
    /// Before the answer the newest object of the level vanishes: rows move to the page before.
    Vanish,
    /// `total_number` (and `total_page` with it) is one higher than it should be.
    Total,
    /// At `/event/track/`: about a third of the events, at least one, is not stored; 20001 with an
    /// empty `data`.
    Partial,
    /// The same, with the list of what was not stored in `data`.
    PartialListed,
    /// The right answer, mangled.
    Mangled(Mangle),
}

impl Kind {
    pub(crate) fn is_partial(self) -> bool {
        matches!(self, Kind::Partial | Kind::PartialListed)
    }
}

/// One rule: to which requests what happens, how often.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rule {
    pub(crate) kinds: Vec<Kind>,
    /// Share of requests, 0 to 1.
    pub(crate) rate: f64,
    pub(crate) path: Option<String>,
    pub(crate) page: Option<u64>,
    pub(crate) advertiser: Option<String>,
    /// A day that the request is about, among others.
    pub(crate) day: Option<NaiveDate>,
    /// Matching requests that are let through first.
    pub(crate) after: u64,
    /// How often the rule strikes in all.
    pub(crate) times: Option<u64>,
    /// How often it strikes one and the same request.
    pub(crate) max: Option<u64>,
    /// Whether the call takes effect before it fails; [`Kind::Reset`], [`Kind::Truncate`] and
    /// [`Kind::Slow`] let it anyway, [`Kind::Partial`] never lets the whole.
    pub(crate) committed: bool,
}

/// Rules; the first that strikes counts. Parsed from text:
/// rules by `;`, settings by `,`, kinds by `|`, for example
/// `path=/ad/get/,page=2,times=1,kind=truncate;rate=0.12,kinds=40100|50000|html502|reset`.
/// With `committed=true` the call takes effect first: `path=/segment/mapping/,kind=stall,committed=true`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultPlan {
    pub(crate) rules: Vec<Rule>,
}

/// A fault that strikes a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Strike {
    pub(crate) kind: Kind,
    /// The call takes effect all the same; only its answer is lost or wrong.
    pub(crate) committed: bool,
}

impl fmt::Display for Strike {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.kind, if self.committed { ", committed" } else { "" })
    }
}

/// A plan at work.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: FaultPlan,
    seed: u64,
    /// Per rule: matching requests, strikes, and strikes by request.
    tallies: Vec<Tally>,
}

#[derive(Clone, Debug, Default)]
struct Tally {
    seen: u64,
    struck: u64,
    requests: HashMap<u64, Request>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Request {
    sent: u64,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan, seed: u64) -> Self {
        let tallies = vec![Tally::default(); plan.rules.len()];
        Self { plan, seed, tallies }
    }

    /// What happens to a request.
    pub(crate) fn decide(&mut self, call: &Call) -> Option<Strike> {
        // Bodies are long: one that no rule is about is not hashed.
        let mut known = None;
        let mut key = || *known.get_or_insert_with(|| identity(call));
        let rules = self.plan.rules.iter().zip(&mut self.tallies).enumerate();
        rules.filter(|(_, (rule, _))| rule.matches(call)).find_map(|(at, (rule, tally))| {
            let kind = tally.strike(rule, mix(self.seed, at as u64), key())?;
            Some(Strike { kind, committed: rule.committed })
        })
    }
}

impl Tally {
    fn strike(&mut self, rule: &Rule, seed: u64, key: u64) -> Option<Kind> {
        self.seen += 1;
        let request = self.requests.entry(key).or_default();
        request.sent += 1;
        let dice = mix(mix(seed, key), request.sent);
        let spent = rule.times.is_some_and(|times| self.struck >= times)
            || rule.max.is_some_and(|max| request.struck >= max)
            || self.seen <= rule.after;
        if spent || (dice % 1_000_000) as f64 >= rule.rate * 1_000_000.0 {
            return None;
        }
        self.struck += 1;
        request.struck += 1;
        let choice = usize::try_from(dice >> 32).unwrap_or(0) % rule.kinds.len().max(1);
        rule.kinds.get(choice).copied()
    }
}

impl Rule {
    fn matches(&self, call: &Call) -> bool {
        let is =
            |wanted: &Option<String>, found: Option<&str>| wanted.as_deref().is_none_or(|wanted| found == Some(wanted));
        let page = call.params.text("page").and_then(|page| page.parse().ok()).unwrap_or(1);
        is(&self.path, Some(&call.path))
            && self.advertiser.as_deref().is_none_or(|wanted| call.concerns(wanted))
            && self.page.is_none_or(|wanted| wanted == page)
            && self.day.is_none_or(|day| covers(call, day))
    }
}

/// Whether a report is asked for that day.
fn covers(call: &Call, day: NaiveDate) -> bool {
    let date = |name| call.params.text(name).and_then(|text| text.parse::<NaiveDate>().ok());
    date("start_date").zip(date("end_date")).is_some_and(|(start, end)| (start..=end).contains(&day))
}

fn identity(call: &Call) -> u64 {
    let start = mix(text(&call.path), text(call.method.as_str()));
    let query = call.params.all().iter();
    let query = query.fold(start, |hash, (name, value)| mix(mix(hash, text(name)), text(value)));
    let (words, rest) = call.body.as_chunks::<8>();
    let words = words.iter().fold(query, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(words, |hash, byte| mix(hash, u64::from(*byte)))
}

#[cfg(test)]
mod tests;
