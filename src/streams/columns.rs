//! Builds a report's schema from its dimensions and metrics. Each field is one line, so that a diff is short.

use std::fmt::Write;

use super::dimensions;
use super::metrics::{Metric, MetricType, Nested};
use super::report::{Kind, Layout, Report};

/// A field's type, as draft-07 without its braces.
type Type = &'static str;

const TEXT: Type = r#""type": ["null", "string"]"#;
const NUMBER: Type = r#""type": ["null", "number"]"#;
const INTEGER: Type = r#""type": ["null", "integer"]"#;
const TEXTS: Type = r#""type": ["null", "array"], "items": {"type": ["null", "string"]}"#;
const LOCAL_TIME: Type =
    r#""type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_without_timezone""#;
/// The type that Airbyte's connector declares for it among the dimensions.
const NESTED_TIME: Type = r#""type": ["null", "string"], "format": "date-time""#;

const IDS: [&str; 4] = ["advertiser_id", "campaign_id", "adgroup_id", "ad_id"];
const TIMES: [&str; 2] = ["stat_time_day", "stat_time_hour"];

/// The schema as text, with a newline at the end.
#[must_use]
pub(super) fn schema(report: &Report) -> String {
    let mut out = String::from(
        "{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n  \"type\": \"object\",\n  \
         \"additionalProperties\": true,\n  \"properties\": {\n",
    );
    match report.layout {
        Layout::Nested => nested(report, &mut out),
        Layout::Flat => fields(flat(report), "    ", &mut out),
    }
    out.push_str("\n  }\n}\n");
    out
}

/// The fields of Airbyte's connector. All reports of a kind declare the same fields, whichever of them a stream fills.
fn nested(report: &Report, out: &mut String) {
    let (above, below): (&[&str], &[&str]) = match report.kind {
        Kind::Audience(_) => (
            &["age", "gender", "country_code", "platform", "province_id"],
            &["ac", "age", "country_code", "gender", "interest_category", "language", "placement", "platform"],
        ),
        _ if report.dimensions.contains(&"country_code") => (&["country_code"], &["country_code"]),
        _ => (&[], &[]),
    };
    // Airbyte's connector lifts the province to the top level but does not declare it among the dimensions.
    let known = |name: &&&str| TIMES.contains(name) || IDS.contains(name) || below.contains(name);
    let missing: Vec<&str> = report.dimensions.iter().filter(|name| !known(name)).copied().collect();
    let keys = |names: &'static [&'static str], time| {
        let all = TIMES.iter().map(move |name| (*name, time));
        let ids = IDS.iter().map(|name| (*name, INTEGER));
        all.chain(ids).chain(names.iter().map(|name| (*name, TEXT)))
    };
    let undeclared = missing.iter().map(|name| (*name, TEXT));
    fields(keys(above, LOCAL_TIME), "    ", out);
    out.push_str(",\n    \"metrics\": {\"type\": [\"null\", \"object\"], \"properties\": {\n");
    fields(report.declared.iter().map(|metric| (metric.name, nested_type(metric))), "      ", out);
    out.push_str("\n    }},\n    \"dimensions\": {\"type\": [\"null\", \"object\"], \"properties\": {\n");
    fields(keys(below, NESTED_TIME).chain(undeclared), "      ", out);
    out.push_str("\n    }}");
}

/// The fields of the flat layout: advertiser, dimensions, metrics.
fn flat(report: &Report) -> impl Iterator<Item = (&'static str, Type)> {
    let owner = std::iter::once("advertiser_id").chain(matches!(report.kind, Kind::GmvMax(_)).then_some("store_id"));
    let owner: Vec<_> = owner.filter(|name| !report.dimensions.contains(name)).collect();
    let dimensions = report.dimensions.iter().map(|name| (*name, dimension_type(name)));
    let bucketed = report.dimensions.contains(&"search_terms");
    let there = [&owner, &*report.dimensions].concat();
    let metrics = report.metrics().filter(move |metric| !there.contains(&metric.name));
    let owner = owner.into_iter().map(|name| (name, dimension_type(name)));
    // TikTok returns small counts of a search term as "<5" (docs/tiktok-api.md 4.1).
    let of = move |metric: &Metric| if bucketed && metric.name == "impressions" { TEXT } else { flat_type(metric) };
    let beside = report.kind.beside().iter().map(|name| (*name, TEXT));
    owner.chain(dimensions).chain(beside).chain(metrics.map(move |metric| (metric.name, of(metric))))
}

fn dimension_type(name: &str) -> Type {
    if TIMES.contains(&name) {
        LOCAL_TIME
    } else if name == "smart_plus_ad_id" || dimensions::is_number(name) {
        INTEGER
    } else {
        TEXT
    }
}

fn nested_type(metric: &Metric) -> Type {
    match metric.nested {
        Nested::Text => TEXT,
        Nested::Number => NUMBER,
        Nested::Integer => INTEGER,
    }
}

fn flat_type(metric: &Metric) -> Type {
    match (metric.value, metric.nested) {
        _ if dimensions::is_number(metric.name) => INTEGER,
        (MetricType::Decimal, _) => NUMBER,
        (MetricType::Count, _) | (MetricType::Words, Nested::Integer) => INTEGER,
        (MetricType::Words, _) => TEXT,
        (MetricType::List, _) => TEXTS,
    }
}

fn fields<'n>(fields: impl Iterator<Item = (&'n str, Type)>, indent: &str, out: &mut String) {
    for (at, (name, kind)) in fields.enumerate() {
        let comma = if at > 0 { ",\n" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(out, "{comma}{indent}\"{name}\": {{{kind}}}");
    }
}
