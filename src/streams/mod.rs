//! The streams: one row per stream, without control flow.
//!
//! Catalogue, discover, docs and tests iterate over [`all`]. A new stream is a row and a schema file. A missing schema
//! file is a compile error. A report's schema is built from its row.

mod columns;
pub mod custom;
pub mod dimensions;
mod fivetran;
mod level;
pub mod metrics;
pub mod report;
mod rows;
pub mod sandbox;
pub mod view;

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crate::tiktok::{Endpoint, endpoint};
use report::{Grain, Kind, Layout, Report};
use view::View;

/// One stream. It owns its values, because a custom report's name comes from the user.
#[derive(Debug, Clone)]
pub struct StreamDef {
    pub name: Arc<str>,
    pub endpoint: &'static Endpoint,
    pub primary_key: Cow<'static, [&'static str]>,
    /// The cursor field. `None`: full refresh only.
    pub cursor: Option<&'static str>,
    schema: Schema,
    /// Fields that are lifted to the top of the record: where they stand, and what they are called there.
    pub lifted: &'static [(&'static [&'static str], &'static str)],
    /// Objects of a row whose fields stand on top of the record instead.
    pub flattened: &'static [&'static str],
    /// Fields that name the owner of a row, where TikTok's rows do not; see [`Origin`].
    pub origin: &'static [Origin],
    pub read: Read,
    /// What records are made of the rows, where these are not the records themselves.
    pub view: Option<View>,
}

/// The schema of a stream's records: draft-07, one object.
#[derive(Debug, Clone)]
enum Schema {
    /// The text of the stream's schema file.
    File(&'static str),
    /// The schema is built from the report, each time it is wanted.
    Of(Arc<Report>),
}

/// A field that names the owner of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `advertiser_id`
    Advertiser,
    /// The id of the requested parent, under this name.
    Parent(&'static str),
    /// The key of the map that holds the row, under this name.
    MapKey(&'static str),
}

impl Origin {
    /// The name of the field.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Advertiser => "advertiser_id",
            Self::Parent(name) | Self::MapKey(name) => name,
        }
    }
}

/// How a stream is requested.
#[derive(Debug, Clone)]
pub enum Read {
    /// The advertisers themselves, up to 100 per request, without pages.
    Advertisers,
    /// The accounts that TikTok lists for the app.
    AdvertiserList,
    /// All objects of an owner.
    Listing(Listing),
    /// An advertiser's report, window by window.
    Report(Arc<Report>),
    /// What was changed in an advertiser's account, window by window, each by a task whose file TikTok prepares.
    ChangeLog,
    /// Out of files that this program keeps.
    Files(Kept),
}

/// Files that this program keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// What TikTok told by itself: the spool of call-backs.
    Spool,
    /// What people answered to forms: the spool of call-backs, too.
    Leads,
    /// What the destination did to audiences: its ledger.
    Ledger,
    /// What became of the destination's rows: its results and rejected rows.
    Results,
}

/// A list of objects.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    pub owner: Owner,
    /// The passes that together return all objects.
    pub sweeps: &'static [Sweep],
    pub deleted: Deleted,
    /// There is one list for each of these ids.
    pub parent: Option<Parent>,
    pub period: Period,
}

/// How deleted objects are requested.
#[derive(Debug, Clone, Copy)]
pub enum Deleted {
    /// They do not exist, or cannot be requested.
    Unasked,
    /// Every pass returns them with `filtering.primary_status` STATUS_ALL (docs/tiktok-api.md 3.0).
    StatusAll,
    /// In a separate pass.
    Apart(&'static [Sweep]),
}

/// The owner of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    Advertiser,
    /// The token's user.
    Token,
}

/// One pass over a list. TikTok returns some objects only if a filter names their type.
#[derive(Debug)]
pub struct Sweep {
    pub query: &'static [(&'static str, &'static str)],
    /// `filtering`, an object; empty = TikTok's default.
    pub filtering: &'static str,
    /// The largest page size of this pass, if it is smaller than the endpoint's.
    pub page_size_max: u32,
}

/// Ids that come from another list.
#[derive(Debug, Clone, Copy)]
pub struct Parent {
    /// The streams whose rows hold the ids.
    pub streams: &'static [&'static str],
    /// The path of the id in its rows.
    pub id: &'static [&'static str],
    /// The parameter for the ids.
    pub parameter: &'static str,
    /// The most ids per request, as a JSON list. `None`: a single id, as plain text.
    pub at_once: Option<usize>,
    /// What the ids name stays when the rows that hold them are deleted, so deleted rows are always read for them.
    pub outlives: bool,
    /// Whether only rows count that the account made itself, as `is_creator` tells.
    pub own: bool,
    /// Whether the parameter stands inside of `filtering`.
    pub in_filtering: bool,
}

/// The time range that a list requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    Always,
    /// `date_range`: the last 30 days in UTC, the most that TikTok allows (docs/tiktok-api.md 3.8).
    LastDays,
    /// `start_time` and `end_time`: the days of the config.
    Days,
}

impl StreamDef {
    /// Whether a sync can continue from the last one.
    #[must_use]
    pub fn is_incremental(&self) -> bool {
        self.cursor.is_some()
    }

    /// The schema of the records: draft-07, one object.
    #[must_use]
    pub fn schema(&self) -> Cow<'static, str> {
        match &self.view {
            Some(view) => view::schema(view.columns, &self.row_schema()).into(),
            None => self.row_schema(),
        }
    }

    /// The schema of the rows, by which their values are typed.
    #[must_use]
    pub fn row_schema(&self) -> Cow<'static, str> {
        match &self.schema {
            Schema::File(text) => (*text).into(),
            Schema::Of(report) => columns::schema(report).into(),
        }
    }

    /// What makes a row unique.
    #[must_use]
    pub fn row_key(&self) -> &[&'static str] {
        self.view.as_ref().map_or(&self.primary_key, |view| &view.key)
    }

    /// The row's field that tells what is new.
    #[must_use]
    pub fn row_cursor(&self) -> Option<&'static str> {
        self.view.as_ref().map_or(self.cursor, |view| view.cursor)
    }

    /// A report stream. Only the reports of Airbyte's connector are nested.
    #[must_use]
    pub fn report(name: &str, report: Report) -> Self {
        let gmv_max = matches!(report.kind, Kind::GmvMax(_));
        let own_key: &[&str] = if gmv_max { &["advertiser_id", "store_id"] } else { &[] };
        // An advertiser's row without an id of its own is one per advertiser.
        let anonymous = !report.dimensions.iter().any(|name| dimensions::is_number(name));
        let own_key = if anonymous { &["advertiser_id"] } else { own_key };
        let report = Arc::new(report);
        Self {
            name: name.into(),
            endpoint: endpoint_of(&report),
            primary_key: own_key.iter().chain(report.dimensions.iter()).copied().collect(),
            cursor: report.grain.cursor(),
            schema: Schema::Of(report.clone()),
            lifted: &[],
            flattened: if report.layout == Layout::Flat { &["dimensions", "metrics"] } else { &[] },
            origin: if gmv_max { &[Origin::Advertiser, Origin::Parent("store_id")] } else { &[Origin::Advertiser] },
            read: Read::Report(report),
            view: None,
        }
    }

    /// Whether it is a report of the user's own. It may have a table's name where that table is not offered.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        find(&self.name).is_none_or(|known| known.view.is_some() && self.view.is_none())
    }

    /// Whether the list belongs to the token, not to an advertiser.
    #[must_use]
    pub fn is_the_tokens(&self) -> bool {
        matches!(self.read, Read::Listing(Listing { owner: Owner::Token, .. }))
    }

    /// Whether its records are the same whoever the advertisers are.
    #[must_use]
    pub fn belongs_to_no_advertiser(&self) -> bool {
        self.is_the_tokens() || matches!(self.read, Read::AdvertiserList | Read::Files(_))
    }

    /// The parent ids that its requests need besides the advertiser.
    #[must_use]
    pub fn parent(&self) -> Option<Parent> {
        match &self.read {
            Read::Listing(listing) => listing.parent,
            Read::Report(report) if matches!(report.kind, Kind::GmvMax(_)) => Some(rows::STORE),
            _ => None,
        }
    }

    /// The stream with flat records, if it is a report.
    #[must_use]
    pub fn flat(&self) -> Self {
        match &self.read {
            Read::Report(report) if self.view.is_none() => {
                Self::report(&self.name, Report { layout: Layout::Flat, ..(**report).clone() })
            }
            _ => self.clone(),
        }
    }
}

/// The path that serves a report.
fn endpoint_of(report: &Report) -> &'static Endpoint {
    match report.kind {
        Kind::GmvMax(_) => &endpoint::GMV_MAX_REPORT,
        Kind::Material if report.grain == Grain::Lifetime => &endpoint::SMART_PLUS_MATERIALS,
        Kind::Material => &endpoint::SMART_PLUS_MATERIALS_BY_TIME,
        Kind::Basic(_) | Kind::Audience(_) | Kind::Shop(_) => &endpoint::REPORT,
    }
}

/// All streams but the tables, in the order of `discover` and docs/streams.md, reports of Airbyte's connector nested.
#[must_use]
pub fn all() -> &'static [Arc<StreamDef>] {
    static ALL: LazyLock<Vec<Arc<StreamDef>>> = LazyLock::new(|| rows::rows().into_iter().map(Arc::new).collect());
    &ALL
}

/// The stream of leads, which is offered only where the config asks for it: whoever chooses everything must not read
/// persons by accident.
#[must_use]
pub fn leads() -> &'static Arc<StreamDef> {
    static LEADS: LazyLock<Arc<StreamDef>> = LazyLock::new(|| Arc::new(rows::leads()));
    &LEADS
}

/// The tables of Fivetran's connector, which are offered only where the config asks for them.
#[must_use]
pub fn tables() -> &'static [Arc<StreamDef>] {
    static TABLES: LazyLock<Vec<Arc<StreamDef>>> =
        LazyLock::new(|| fivetran::rows(&rows::rows()).into_iter().map(Arc::new).collect());
    &TABLES
}

/// A stream or a table by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Arc<StreamDef>> {
    all().iter().chain(tables()).find(|stream| *stream.name == *name)
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
        let names: HashSet<_> = all().iter().chain(tables()).chain([leads()]).map(|stream| &stream.name).collect();
        assert_eq!(names.len(), all().len() + tables().len() + 1);
    }

    #[test]
    fn every_schema_is_draft_7_and_holds_keys_cursor_and_origins() {
        let flat: Vec<_> = all().iter().map(|stream| Arc::new(stream.flat())).collect();
        for stream in all().iter().chain(&flat).chain(tables()) {
            let schema = schema(stream);
            jsonschema::draft7::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", stream.name));
            // A table has the columns that it names.
            let origins = stream.origin.iter().filter(|_| stream.view.is_none()).map(|origin| origin.field());
            for field in stream.primary_key.iter().copied().chain(stream.cursor).chain(origins) {
                assert!(schema["properties"].get(field).is_some(), "{}: no `{field}`", stream.name);
            }
        }
    }

    /// The types of a field wherever it stands.
    fn types(schema: &Value, name: &str) -> Vec<String> {
        let fields = schema["properties"].as_object().into_iter().flatten();
        let own = fields.clone().filter(|(field, _)| *field == name).map(|(_, field)| field["type"].to_string());
        let below = fields.map(|(_, field)| field).chain(schema.get("items"));
        own.chain(below.flat_map(|below| types(below, name))).collect()
    }

    #[test]
    fn ids_join_from_stream_to_stream() {
        // That of Airbyte's connector is text.
        for stream in all().iter().filter(|stream| &*stream.name != "advertiser_ids") {
            for id in ["advertiser_id", "campaign_id", "adgroup_id", "ad_id"] {
                for found in types(&schema(stream), id) {
                    assert!(found.contains("integer"), "{}: `{id}` is {found}", stream.name);
                }
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
            let of: Vec<_> = parent.streams.iter().map(|name| find(name).unwrap()).collect();
            let is_list = |of: &StreamDef| matches!(of.read, Read::Listing(Listing { parent: None, .. }));
            assert!(of.iter().all(|of| is_list(of)), "{}", stream.name);
            let (first, last) = (parent.id.first().unwrap(), parent.id.last().unwrap());
            let has_id = |of: &StreamDef| {
                let nested = format!("/properties/{first}/items/properties/{last}");
                schema(of)["properties"].get(last).is_some() || schema(of).pointer(&nested).is_some()
            };
            assert!(of.iter().any(|of| has_id(of)), "{}", stream.name);
        }
    }

    #[test]
    fn every_metric_stands_in_the_table_once_and_a_request_has_a_hundred_at_most() {
        let names: HashSet<_> = metrics::all().map(|metric| metric.name).collect();
        assert_eq!(names.len(), metrics::all().count());
        for stream in all().iter().chain(tables()) {
            let Read::Report(report) = &stream.read else { continue };
            let asked: Vec<_> = report.metrics().map(|metric| metric.name).collect();
            assert!(asked.len() <= 100, "{}: {}", stream.name, asked.len());
            assert_eq!(asked.iter().collect::<HashSet<_>>().len(), asked.len(), "{}", stream.name);
        }
    }

    #[test]
    fn columns_of_tables_come_from_fields_that_their_rows_have() {
        for table in tables() {
            let rows: Value = serde_json::from_str(&table.row_schema()).unwrap();
            let view = table.view.as_ref().unwrap();
            for column in view.columns {
                let path = column.path();
                let pointer = format!("/properties/{}", path.join("/properties/"));
                assert!(path.is_empty() || rows.pointer(&pointer).is_some(), "{}: no {path:?}", table.name);
            }
            let only = view.only.iter().all(|only| rows["properties"].get(only.id()).is_some());
            assert!(only, "{}: {:?}", table.name, view.only);
            let path = format!("{}/schemas/tables/{}.json", env!("CARGO_MANIFEST_DIR"), table.name);
            expect_test::expect_file![path].assert_eq(&table.schema());
        }
        assert_eq!(tables().len(), 11);
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
