//! WHAT we read: one row a stream, no control flow.
//!
//! Catalogue, discover, docs and tests iterate over [`all`]. A new stream is a row here and a schema file;
//! a schema file that is missing does not compile. A report's schema follows from its row.

mod columns;
pub mod custom;
pub mod dimensions;
mod level;
pub mod metrics;
pub mod report;
mod rows;
pub mod sandbox;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crate::tiktok::Endpoint;
use report::{Kind, Layout, Report};

/// One stream. The name of a custom report is the user's, so a stream owns what it is.
#[derive(Debug, Clone)]
pub struct StreamDef {
    pub name: Arc<str>,
    pub endpoint: &'static Endpoint,
    pub primary_key: Cow<'static, [&'static str]>,
    /// The field a sync goes on from; none = full refresh only.
    pub cursor: Option<&'static str>,
    /// draft-07, one object; of a report it is made when it is wanted.
    schema: Option<&'static str>,
    /// Fields that are lifted to the top of the record: where they stand, and what they are called there.
    pub lifted: &'static [(&'static [&'static str], &'static str)],
    /// Objects of a row whose fields stand on top of the record instead.
    pub flattened: &'static [&'static str],
    /// Whose a row is, where TikTok's rows do not say it; see [`Origin`].
    pub origin: &'static [Origin],
    pub read: Read,
}

/// A field that says whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `advertiser_id`
    Advertiser,
    /// The id of the parent that was asked about, under this name.
    Parent(&'static str),
    /// The key of the map in which the row stands, under this name.
    MapKey(&'static str),
}

impl Origin {
    /// What the field is called.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Advertiser => "advertiser_id",
            Self::Parent(name) | Self::MapKey(name) => name,
        }
    }
}

/// How a stream's requests come about.
#[derive(Debug, Clone)]
pub enum Read {
    /// The accounts themselves, up to 100 a request, no pages.
    Advertisers,
    /// The accounts that TikTok lists for the app.
    AdvertiserList,
    /// Everything an owner has.
    Listing(Listing),
    /// An advertiser's report, window by window.
    Report(Report),
}

/// A list of objects.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    pub owner: Owner,
    /// Its passes; what they bring together is the whole.
    pub sweeps: &'static [Sweep],
    pub deleted: Deleted,
    /// For each of these ids there is a list of its own.
    pub parent: Option<Parent>,
    pub period: Period,
}

/// How deleted objects are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Deleted {
    /// There are none, or there is no way.
    Unasked,
    /// Every pass brings them when `filtering.primary_status` is STATUS_ALL (docs/tiktok-api.md 3.0).
    StatusAll,
    /// By a pass of their own.
    Apart(&'static [Sweep]),
}

/// Whose list it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Advertiser,
    /// The user who gave the token.
    Token,
}

/// One pass over a listing: TikTok shows some objects only when asked for them by name.
#[derive(Debug)]
pub struct Sweep {
    pub query: &'static [(&'static str, &'static str)],
    /// `filtering`, an object; empty = TikTok's default.
    pub filtering: &'static str,
    /// The largest page of this pass, where it is smaller than the endpoint's.
    pub page_size_max: u32,
}

/// Ids that another list knows.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    /// The stream whose rows have them.
    pub stream: &'static str,
    /// Where in its rows they stand.
    pub id: &'static [&'static str],
    /// The parameter that takes them.
    pub parameter: &'static str,
    /// How many of them a request takes as a JSON list; none = one, as it is.
    pub at_once: Option<usize>,
}

/// The time that a listing must be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Always,
    /// `date_range`: the last 30 days, as many as TikTok grants, on UTC's clock (docs/tiktok-api.md 3.8).
    LastDays,
    /// `start_time` and `end_time`: the days that the config asks for.
    Days,
}

impl StreamDef {
    /// Whether a sync can go on where the last one ended.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.cursor.is_some()
    }

    /// draft-07, one object.
    #[must_use]
    pub fn schema(&self) -> Cow<'static, str> {
        match &self.read {
            Read::Report(report) => columns::schema(report).into(),
            _ => self.schema.unwrap_or("{}").into(),
        }
    }

    /// A report stream. Only Airbyte's own come nested.
    #[must_use]
    pub fn report(name: &str, report: Report) -> Self {
        let gmv_max = matches!(report.kind, Kind::GmvMax(_));
        let own_key: &[&str] = if gmv_max { &["advertiser_id", "store_id"] } else { &[] };
        // An advertiser's row without an id of its own is one per advertiser.
        let anonymous = !report.dimensions.iter().any(|name| dimensions::is_number(name));
        let own_key = if anonymous { &["advertiser_id"] } else { own_key };
        Self {
            name: name.into(),
            endpoint: if gmv_max { &crate::tiktok::endpoint::GMV_MAX_REPORT } else { &crate::tiktok::endpoint::REPORT },
            primary_key: own_key.iter().chain(report.dimensions.iter()).copied().collect(),
            cursor: report.grain.cursor(),
            schema: None,
            lifted: &[],
            flattened: if report.layout == Layout::Flat { &["dimensions", "metrics"] } else { &[] },
            origin: if gmv_max { &[Origin::Advertiser, Origin::Parent("store_id")] } else { &[Origin::Advertiser] },
            read: Read::Report(report),
        }
    }

    /// Whether its list is the token's own and no advertiser's.
    #[must_use]
    pub fn is_the_tokens(&self) -> bool {
        matches!(self.read, Read::Listing(Listing { owner: Owner::Token, .. }))
    }

    /// The ids that each of its requests is about, beside the advertiser.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        match &self.read {
            Read::Listing(listing) => listing.parent,
            Read::Report(Report { kind: Kind::GmvMax(_), .. }) => Some(rows::STORE),
            _ => None,
        }
    }

    /// The same stream with flat records, if it is a report.
    #[must_use]
    pub fn flat(&self) -> Self {
        match &self.read {
            Read::Report(report) => Self::report(&self.name, Report { layout: Layout::Flat, ..report.clone() }),
            _ => self.clone(),
        }
    }
}

/// All streams, in the order of `discover` and docs/streams.md, reports of Airbyte's connector nested.
#[must_use]
pub fn all() -> &'static [Arc<StreamDef>] {
    static ALL: LazyLock<Vec<Arc<StreamDef>>> = LazyLock::new(|| rows::rows().into_iter().map(Arc::new).collect());
    &ALL
}

/// A stream by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Arc<StreamDef>> {
    all().iter().find(|stream| *stream.name == *name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use serde_json::Value;

    use super::*;

    fn schema(stream: &StreamDef) -> Value {
        serde_json::from_str(&stream.schema()).unwrap_or_else(|error| panic!("{}: {error}", stream.name))
    }

    #[test]
    fn names_are_unique() {
        let names: HashSet<_> = all().iter().map(|stream| &stream.name).collect();
        assert_eq!(names.len(), all().len());
    }

    #[test]
    fn every_schema_is_draft_7_and_holds_keys_cursor_and_origins() {
        let flat: Vec<_> = all().iter().map(|stream| Arc::new(stream.flat())).collect();
        for stream in all().iter().chain(&flat) {
            let schema = schema(stream);
            jsonschema::draft7::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", stream.name));
            let origins = stream.origin.iter().map(|origin| origin.field());
            for field in stream.primary_key.iter().copied().chain(stream.cursor).chain(origins) {
                assert!(schema["properties"].get(field).is_some(), "{}: no `{field}`", stream.name);
            }
        }
    }

    #[test]
    fn reports_declare_their_dimensions_where_they_come_from() {
        for stream in all() {
            let Read::Report(report) = &stream.read else { continue };
            let schema = schema(stream);
            let holder = if report.layout == Layout::Flat { &schema } else { &schema["properties"]["dimensions"] };
            for name in report.dimensions.iter() {
                assert!(holder["properties"].get(name).is_some(), "{}: no `{name}`", stream.name);
            }
        }
    }

    #[test]
    fn parents_are_streams_that_have_the_id() {
        for stream in all() {
            let Some(parent) = stream.parent() else { continue };
            let of = find(parent.stream).unwrap();
            assert!(matches!(of.read, Read::Listing(Listing { parent: None, .. })), "{}", stream.name);
            assert!(schema(of)["properties"].get(parent.id.last().unwrap()).is_some(), "{}", stream.name);
        }
    }

    #[test]
    fn every_metric_stands_in_the_table_once_and_a_request_has_a_hundred_at_most() {
        let names: HashSet<_> = metrics::all().map(|metric| metric.name).collect();
        assert_eq!(names.len(), metrics::all().count());
        for stream in all() {
            let Read::Report(report) = &stream.read else { continue };
            let asked: Vec<_> = report.metrics().map(|metric| metric.name).collect();
            assert!(asked.len() <= 100, "{}: {}", stream.name, asked.len());
            assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len(), "{}", stream.name);
        }
    }

    #[test]
    fn report_schemas_come_from_the_table_of_metrics() {
        for stream in all() {
            if let Read::Report(_) = &stream.read {
                let path = format!("{}/schemas/reports/{}.json", env!("CARGO_MANIFEST_DIR"), stream.name);
                expect_test::expect_file![path].assert_eq(&stream.schema());
            }
        }
    }
}
