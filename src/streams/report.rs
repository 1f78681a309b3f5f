//! What a report stream asks for, and the schema that follows from it.

use serde_json::{Map, Value, json};

use super::metrics::{self, Metric, Nested};

/// A request to `/report/integrated/get/` (tiktok-api.md 4.1).
#[derive(Debug)]
pub struct Report {
    pub report_type: &'static str,
    pub data_level: &'static str,
    /// The primary key as well, in this order.
    pub dimensions: &'static [&'static str],
    pub metrics: &'static [&'static [Metric]],
    /// The filter field that brings deleted objects back; none where TikTok includes them anyway.
    pub status_field: Option<&'static str>,
    pub grain: Grain,
}

/// The length of a row's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    Day,
}

impl Grain {
    /// Most days in one request, both ends counted (tiktok-api.md 4.1, Range).
    #[must_use]
    pub fn days_max(self) -> u64 {
        match self {
            Self::Day => 30,
        }
    }
}

impl Report {
    /// The metrics asked for, in the order of the request.
    pub fn metrics(&self) -> impl Iterator<Item = &'static Metric> {
        self.metrics.iter().copied().flatten()
    }
}

/// The ids and times that a row of Airbyte's connector may carry on top and among its dimensions.
const IDS: [&str; 4] = ["campaign_id", "adgroup_id", "ad_id", "advertiser_id"];
const TIMES: [&str; 2] = ["stat_time_day", "stat_time_hour"];

/// The `nested` layout's schema, as text that ends in a newline.
#[must_use]
pub fn schema(report: &Report) -> String {
    let mut properties = Map::new();
    for name in TIMES {
        let time =
            json!({"type": ["null", "string"], "format": "date-time", "airbyte_type": "timestamp_without_timezone"});
        properties.insert(name.to_owned(), time);
    }
    properties.extend(IDS.map(|name| (name.to_owned(), nullable("integer"))));
    properties.insert("metrics".to_owned(), object(report.metrics().chain(metrics::ADVERTISER).map(metric)));
    properties.insert("dimensions".to_owned(), object(dimensions()));
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "type": "object",
        "additionalProperties": true,
        "properties": properties,
    });
    format!("{schema:#}\n")
}

fn metric(metric: &Metric) -> (String, Value) {
    let kind = match metric.nested {
        Nested::Text => "string",
        Nested::Number => "number",
        Nested::Integer => "integer",
    };
    (metric.name.to_owned(), nullable(kind))
}

fn dimensions() -> impl Iterator<Item = (String, Value)> {
    let times = TIMES.map(|name| (name.to_owned(), json!({"type": ["null", "string"], "format": "date-time"})));
    times.into_iter().chain(IDS.map(|name| (name.to_owned(), nullable("integer"))))
}

fn nullable(kind: &str) -> Value {
    json!({"type": ["null", kind]})
}

fn object(properties: impl Iterator<Item = (String, Value)>) -> Value {
    json!({"type": ["null", "object"], "properties": properties.collect::<Map<_, _>>()})
}
