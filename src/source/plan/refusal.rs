//! What TikTok refuses of a report that users made up, in their words. Pure.

use crate::error::{Error, Kind};
use crate::streams::report::Report;

/// Parts that one message names.
const NAMED_MAX: usize = 10;
/// TikTok lists what it would take before what it will not (docs/tiktok-api.md 1.5, texts seen).
const REFUSED_PART: &str = "error is";

/// How TikTok says that it has no such metric, before it names it. Only the first is seen; the others are its like.
const NO_METRIC: &[&str] =
    &["invalid metric", "unsupported metric", "unknown metric", "unrecognized metric", "deprecated metric"];
/// How it may say so of a metric that it has named.
const IS_NO_METRIC: &[&str] = &[
    "is invalid",
    "are invalid",
    "not supported",
    "unsupported",
    "not exist",
    "n't exist",
    "not available",
    "deprecated",
    "not valid",
    "no longer",
    "been removed",
];
/// What is said of parts that exist, but not beside each other.
const TOGETHER: &[&str] = &["dimension", "conflict", "together", "combin", "relation"];

/// The metrics among those `asked` for that TikTok does not have; none where it refuses anything else, such as what
/// does not go together.
pub(crate) fn metrics<'a>(error: &Error, asked: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    if error.kind() != Kind::Request {
        return Vec::new();
    }
    let words: Vec<&str> = words(refused(error.said().unwrap_or_default())).collect();
    asked.filter(|name| words.contains(name)).collect()
}

/// The part of a message that names the metrics which TikTok does not have.
fn refused(said: &str) -> &str {
    let lower = said.to_ascii_lowercase();
    let behind = NO_METRIC.iter().find_map(|phrase| Some(lower.find(phrase)? + phrase.len()));
    match behind.and_then(|at| said.get(at..)) {
        Some(named) => in_brackets(named).or_else(|| named.split(['.', '\n']).next()).unwrap_or_default(),
        None if lower.contains("metrics") && lower.contains(REFUSED_PART) => {
            let named = said.rsplit_once(REFUSED_PART).map_or("", |(_, named)| named);
            in_brackets(named).or_else(|| named.split(['.', '\n']).next()).unwrap_or_default()
        }
        None => named_before(said, &lower),
    }
}

/// What stands between the word metric and the words that say that there is none such.
fn named_before<'a>(said: &'a str, lower: &str) -> &'a str {
    let end = IS_NO_METRIC.iter().filter_map(|phrase| lower.find(phrase)).min();
    let start = end.and_then(|end| lower.get(..end)?.rfind("metric"));
    let (Some(start), Some(end)) = (start, end) else { return "" };
    if TOGETHER.iter().any(|word| lower.contains(word)) {
        return "";
    }
    said.get(start..end).map_or("", |named| in_brackets(named).unwrap_or(named))
}

fn in_brackets(text: &str) -> Option<&str> {
    text.split_once('[').and_then(|(_, list)| list.split(']').next())
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

/// The refusal of a request for a custom report: its author can mend it, the connector cannot.
pub(crate) fn of_custom(report: &Report, error: Error) -> Error {
    if error.kind() != Kind::Request {
        return error;
    }
    let told = error.message().rsplit_once(REFUSED_PART).map_or(error.message(), |(_, refused)| refused);
    let named = |name: &&str| words(told).any(|word| word == *name);
    let list =
        |names: Vec<&str>| names.iter().take(NAMED_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let metrics: Vec<&str> = report.declared.iter().map(|metric| metric.name).filter(named).collect();
    let dimensions: Vec<&str> = report.dimensions.iter().copied().filter(named).collect();
    let (what, advice) = match (metrics.is_empty(), dimensions.is_empty()) {
        (false, _) => (
            format!("TikTok refuses {} of this custom report's metrics", list(metrics)),
            "Take it out of the report's `metrics`, or make a second report of it with other dimensions.",
        ),
        (true, false) => (
            format!("TikTok refuses {} of this custom report's dimensions", list(dimensions)),
            "Take it out of the report's `dimensions`, or choose another `report_type` or `data_level` for it.",
        ),
        (true, true) => (
            "TikTok refuses this custom report".to_owned(),
            "Its dimensions, metrics, conditions and data level do not go together for TikTok: try it with fewer of them.",
        ),
    };
    let mut told = Error::new(Kind::Config, format!("{what}: {}", error.message())).advise(advice);
    for key in ["code", "advertiser_id"] {
        if let Some(value) = error.context(key).map(str::to_owned) {
            told = told.with(key, value);
        }
    }
    told.because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::custom::{self, CustomSpec};
    use crate::streams::report::{Kind as Type, Level};
    use crate::streams::{Read, StreamDef};
    use crate::tiktok::codes;

    fn mine() -> StreamDef {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let spec = CustomSpec {
            name: "mine",
            kind: Type::Basic(Level::Campaign),
            dimensions: &names(&["campaign_id", "stat_time_day"]),
            metrics: &names(&["spend", "clicks", "campaign_name"]),
            filtering: &[],
            lifetime: false,
        };
        custom::stream(&spec, &[]).unwrap()
    }

    #[test]
    fn only_metrics_that_tiktok_does_not_have_are_gone_without() {
        for (code, text, refused) in [
            (40002, "Invalid metric fields: ['clicks'].", &["clicks"][..]),
            (40000, "invalid metric field: clicks. Please reach us for more", &["clicks"]),
            (40002, "metrics: Invalid metric fields: [\"clicks\", \"spend\"]", &["spend", "clicks"]),
            (40002, "Invalid metric fields: ['clicks']. Invalid dimension fields: ['spend'].", &["clicks"]),
            (40002, "Invalid metric fields: ['another'], correct is ['spend'].", &[]),
            (
                40002,
                "metrics.1: one or more value of the param is not acceptable, correct is ['spend', 'cpc'], error is clicks",
                &["clicks"],
            ),
            (40002, "Unsupported metrics: clicks, spend", &["spend", "clicks"]),
            (40002, "Unknown metric `clicks`.", &["clicks"]),
            (40002, "The metric \"clicks\" is not supported.", &["clicks"]),
            (40002, "metrics.1: clicks is no longer available", &["clicks"]),
            (40002, "Metrics ['clicks', 'reach'] do not exist.", &["clicks", "reach"]),
            (40002, "Metric clicks has been deprecated, use spend", &["clicks"]),
            (40002, "Metrics spend and clicks are not supported together.", &[]),
            (40002, "Dimension ad_id is not supported with metric spend", &[]),
            (40002, "Conflict occurs. The input params including metrics spend and dimensions have no relation.", &[]),
            (40002, "Invalid dimension fields: ['spend'].", &[]),
            (40001, "Invalid metric fields: ['clicks'].", &[]),
            (50000, "Invalid metric fields: ['clicks'].", &[]),
        ] {
            let asked = ["spend", "clicks", "reach"].into_iter();
            assert_eq!(metrics(&codes::error(code, text), asked), refused, "{text}");
        }
    }

    #[test]
    fn what_tiktok_names_is_named_and_the_user_can_mend_it() {
        let mine = mine();
        let Read::Report(report) = &mine.read else { panic!() };
        let told: Vec<String> = [
            (40002, "Invalid metric fields: ['clicks']."),
            (40002, "Invalid metric fields: ['clicks', 'spend']."),
            (40000, "metrics.1: one or more value of the param is not acceptable, correct is ['spend', 'cpc'], error is clicks"),
            (40002, "dimensions.1: stat_time_day is not supported"),
            (40002, "Conflict occurs. The input params including metrics and dimensions have no relation."),
            (40001, "No permission to operate advertiser: 7"),
            (50000, "System error."),
        ]
        .iter()
        .map(|(code, text)| {
            let error = of_custom(report, codes::error(*code, text).with("advertiser_id", "7"));
            assert_eq!(error.context("advertiser_id"), Some("7"));
            format!("{:?}: {error}", error.kind())
        })
        .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
