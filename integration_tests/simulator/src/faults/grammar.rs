//! The text form of a fault plan.

use super::{FaultPlan, Kind, Rule, mangle};
use std::fmt;
use std::str::FromStr;

/// Strikes on one request when a rule has a rate and says nothing: a client that tries often
/// enough must get through.
const MAX_AT_RANDOM: u64 = 3;

impl FromStr for FaultPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rules = text.split(';').map(str::trim).filter(|rule| !rule.is_empty());
        Ok(Self { rules: rules.map(rule).collect::<Result<_, _>>()? })
    }
}

fn rule(text: &str) -> Result<Rule, String> {
    let mut rule = Rule {
        kinds: Vec::new(),
        rate: 1.0,
        path: None,
        page: None,
        advertiser: None,
        day: None,
        after: 0,
        times: None,
        max: None,
        committed: false,
    };
    for setting in text.split(',') {
        let (name, value) = setting.split_once('=').ok_or_else(|| format!("{setting:?} is not NAME=VALUE"))?;
        match name.trim() {
            "kind" | "kinds" => {
                rule.kinds = value.split('|').map(str::parse).collect::<Result<_, _>>()?;
            }
            "rate" => rule.rate = number(name, value)?,
            "path" => rule.path = Some(value.to_owned()),
            "page" => rule.page = Some(number(name, value)?),
            "advertiser" => rule.advertiser = Some(value.to_owned()),
            "day" => rule.day = Some(number(name, value)?),
            "after" => rule.after = number(name, value)?,
            "times" => rule.times = Some(number(name, value)?),
            "max" => rule.max = Some(number(name, value)?),
            "committed" => rule.committed = number(name, value)?,
            other => return Err(format!("{other:?} is no setting of a fault rule")),
        }
    }
    if rule.kinds.is_empty() {
        return Err(format!("{text:?} names no kind of fault"));
    }
    if rule.rate < 1.0 && rule.max.is_none() {
        rule.max = Some(MAX_AT_RANDOM);
    }
    Ok(rule)
}

fn number<T: FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.trim().parse().map_err(|_| format!("{name}: {value:?} is no number"))
}

const WORDS: &[(&str, Kind)] = &[
    ("reset", Kind::Reset),
    ("truncate", Kind::Truncate),
    ("stall", Kind::Stall),
    ("slow", Kind::Slow),
    ("drop", Kind::Drop),
    ("empty", Kind::Empty),
    ("wrongjson", Kind::WrongJson),
    ("nodata", Kind::NoData),
    ("grow", Kind::Grow),
    ("vanish", Kind::Vanish),
    ("total", Kind::Total),
    ("partial", Kind::Partial),
    ("partiallisted", Kind::PartialListed),
];

impl FromStr for Kind {
    type Err = String;

    /// A word, a code (`40100`, `unknown77777`), `html502` or `http500`.
    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some((_, kind)) = WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(*kind);
        }
        if let Some((_, mangle)) = mangle::WORDS.iter().find(|(word, _)| *word == text) {
            return Ok(Kind::Mangled(*mangle));
        }
        let status = |digits: &str| digits.parse().ok().filter(|code| (400..600).contains(code));
        let code = text.strip_prefix("unknown").unwrap_or(text).parse().ok();
        code.map(Kind::Code)
            .or_else(|| text.strip_prefix("html").and_then(status).map(Kind::Html))
            .or_else(|| text.strip_prefix("http").and_then(status).map(Kind::Http))
            .ok_or_else(|| format!("{text:?} is no kind of fault"))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Code(code) => write!(out, "{code}"),
            Kind::Html(status) => write!(out, "html{status}"),
            Kind::Http(status) => write!(out, "http{status}"),
            Kind::Mangled(mangle) => {
                let word = mangle::WORDS.iter().find(|(_, known)| known == mangle);
                out.write_str(word.map_or("", |(word, _)| word))
            }
            other => {
                let word = WORDS.iter().find(|(_, kind)| kind == other);
                out.write_str(word.map_or("", |(word, _)| word))
            }
        }
    }
}
