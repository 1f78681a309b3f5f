//! WHAT we read: one row a stream, no control flow.
//!
//! Catalogue, discover, README and tests iterate over [`all`]. A new stream is a row here and a schema file;
//! a schema file that is missing does not compile.

pub mod metrics;
pub mod report;
mod rows;

use crate::tiktok::Endpoint;
use report::Report;

/// One stream.
#[derive(Debug)]
pub struct StreamDef {
    pub name: &'static str,
    pub endpoint: &'static Endpoint,
    pub primary_key: &'static [&'static str],
    /// The field a sync goes on from; none = full refresh only.
    pub cursor: Option<&'static str>,
    /// draft-07, one object.
    pub schema: &'static str,
    /// Rows a page; TikTok refuses more than its maximum (tiktok-api.md 1.5).
    pub page_size: u32,
    pub read: Read,
}

/// How a stream's requests come about.
#[derive(Debug)]
pub enum Read {
    /// The accounts themselves, up to 100 a request, no pages.
    Advertisers,
    /// Everything an advertiser has, page by page.
    Listing(&'static [Sweep]),
    /// An advertiser's report, window by window.
    Report(Report),
}

/// One pass over a listing: TikTok shows some objects only when asked for them by name.
#[derive(Debug)]
pub struct Sweep {
    /// `filtering.buying_types`; empty = TikTok's default, auction and reach-and-frequency.
    pub buying_types: &'static [&'static str],
    /// The largest page of this pass, where it is smaller than the stream's.
    pub page_size_max: u32,
}

impl StreamDef {
    /// What most lists have in common.
    const LISTING: Self = Self {
        name: "",
        endpoint: &crate::tiktok::endpoint::CAMPAIGNS,
        primary_key: &[],
        cursor: Some("modify_time"),
        schema: "{}",
        page_size: 1000,
        read: Read::Listing(rows::ALL_BUYING_TYPES),
    };

    /// Whether a sync can go on where the last one ended.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.cursor.is_some()
    }
}

/// All streams, in the order of `discover` and README.
#[must_use]
pub fn all() -> &'static [StreamDef] {
    rows::ROWS
}

/// A stream by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static StreamDef> {
    all().iter().find(|stream| stream.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn schema(stream: &StreamDef) -> Value {
        serde_json::from_str(stream.schema).unwrap()
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = all().iter().map(|stream| stream.name).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn every_schema_is_draft_7_and_holds_keys_and_cursor() {
        for stream in all() {
            let schema = schema(stream);
            jsonschema::draft7::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", stream.name));
            for field in stream.primary_key.iter().chain(stream.cursor.iter()) {
                assert!(schema["properties"].get(field).is_some(), "{}: no `{field}`", stream.name);
            }
        }
    }

    #[test]
    fn pages_are_within_tiktoks_maximum() {
        for stream in all() {
            assert!((1..=1000).contains(&stream.page_size), "{}", stream.name);
        }
    }

    #[test]
    fn report_schemas_come_from_the_table_of_metrics() {
        for stream in all() {
            if let Read::Report(report) = &stream.read {
                let path = format!("{}/schemas/reports/{}.json", env!("CARGO_MANIFEST_DIR"), stream.name);
                expect_test::expect_file![path].assert_eq(&report::schema(report));
            }
        }
    }
}
