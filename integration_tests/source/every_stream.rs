//! Every row of the table of streams, read once: whole, in its types, with whose it is.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde_json::Value;
use tiktok_ads::streams::report::Kind;
use tiktok_ads::streams::{self, Read, StreamDef};

use crate::harness::expected::{self, Scope};
use crate::harness::{Connector, Run, catalog, now, small};

/// Types that Airbyte's catalogue has wrong and that stay, because a warehouse has columns of them. The values are
/// TikTok's.
const AIRBYTES_OWN: [(&str, &str); 1] = [("pixels", "/properties/events/items/properties/currency/type")];

fn every() -> impl Iterator<Item = &'static StreamDef> {
    streams::all().iter().map(|stream| &**stream)
}

fn start() -> NaiveDate {
    (now() - Days::new(1)).date_naive()
}

fn fits_its_schema(run: &Run, stream: &StreamDef) {
    let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
    let validator = jsonschema::options().should_validate_formats(false).build(&schema).unwrap();
    for record in run.records(&stream.name) {
        let wrong = |place: &str| !AIRBYTES_OWN.contains(&(&*stream.name, place));
        let error = validator.iter_errors(record).find(|error| wrong(error.schema_path().as_str()));
        assert!(error.is_none(), "{}: {} in {record}", stream.name, error.unwrap());
    }
}

/// Names that Airbyte's catalogue has wrong or lacks stay so: a warehouse has columns of it. Its streams are the first.
const AIRBYTES_STREAMS: usize = 44;

/// What the rows of streams carry that their schemas do not name.
fn outside_of_schemas(run: &Run, streams: impl Iterator<Item = StreamDef>) -> BTreeSet<String> {
    let of = |stream: StreamDef| {
        let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
        let all: BTreeSet<String> =
            run.records(&stream.name).flat_map(|record| undeclared(&schema, record, "")).collect();
        all.into_iter().map(move |field| format!("{}{field}", stream.name))
    };
    streams.flat_map(of).collect()
}

/// The fields that a schema does not name; where it names none, all may come.
fn undeclared(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) if schema["properties"].is_object() => {
            let of = |(name, value): (&String, &Value)| match schema["properties"].get(name) {
                Some(declared) => undeclared(declared, value, &format!("{at}/{name}")),
                None => vec![format!("{at}/{name}")],
            };
            fields.iter().flat_map(of).collect()
        }
        Value::Array(items) if schema["items"].is_object() => {
            items.iter().flat_map(|item| undeclared(&schema["items"], item, at)).collect()
        }
        _ => Vec::new(),
    }
}

/// A report's rows are TikTok's, and a key comes once.
fn assert_whole(run: &Run, sim: &simulator::Simulator, stream: &StreamDef) {
    assert_eq!(run.statuses(&stream.name).last(), Some(&"COMPLETE"), "{}", stream.name);
    fits_its_schema(run, stream);
    match &stream.read {
        Read::Report(report) if !matches!(report.kind, Kind::GmvMax(_) | Kind::Material) => {
            let rows = sim.read(|world| expected::rows(world, stream, Scope::since(start())));
            expected::assert_brought(run, stream, &rows);
            assert!(run.records(&stream.name).all(|record| record["advertiser_id"].is_i64()), "{}", stream.name);
        }
        _ if stream.primary_key.is_empty() => {}
        // Airbyte's key of a pixel does not say whose row it is, and advertisers share pixels.
        _ if &*stream.name == "pixels" => {
            let mut own = stream.clone();
            own.primary_key.to_mut().push("advertiser_id");
            drop(expected::by_key(run, &own));
        }
        _ => drop(expected::by_key(run, stream)),
    }
    for origin in stream.origin {
        assert!(run.records(&stream.name).all(|record| !record[origin.field()].is_null()), "{}", stream.name);
    }
}

#[test]
fn every_stream_is_read_whole() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", start().to_string());
    let names: Vec<&str> = every().map(|stream| &*stream.name).collect();
    let run = connector.read(&catalog::some(&names)).succeeded();
    for stream in every() {
        assert_whole(&run, &sim, stream);
    }
    assert_eq!(outside_of_schemas(&run, every().skip(AIRBYTES_STREAMS).cloned()), BTreeSet::new());
    for name in [
        "business_centers",
        "bc_assets",
        "gmv_max_stores",
        "identities",
        "audience_details",
        "spark_ads",
        "pixels",
        "apps",
        "offline_event_sets",
        "smart_plus_material_reports",
        "smart_plus_material_reports_daily",
        "smart_plus_material_reviews",
        "gmv_max_product_reports_daily",
        "gmv_max_video_reports_daily",
        "gmv_max_room_reports_daily",
        "change_log",
        "bc_members",
        "regions",
        "campaign_quotas",
        "ad_benchmarks",
        "video_performance",
    ] {
        assert!(run.records(name).count() > 0, "{name}");
    }
}

#[test]
fn every_report_can_be_flat() {
    let sim = small();
    let connector = Connector::to(&sim).with("start_date", start().to_string()).with("report_layout", "flat");
    let reports = || every().filter(|stream| matches!(stream.read, Read::Report(_)));
    let names: Vec<&str> = reports().map(|stream| &*stream.name).collect();
    let run = connector.read(&catalog::some(&names)).succeeded();
    for stream in reports() {
        assert_whole(&run, &sim, &stream.flat());
    }
    assert_eq!(outside_of_schemas(&run, reports().map(StreamDef::flat)), BTreeSet::new());
    let row = run.records("ads_reports_daily").next().unwrap();
    assert!(row["spend"].is_number() && row["impressions"].is_i64() && row["ad_id"].is_i64(), "{row}");
    assert!(row.get("metrics").is_none() && row.get("dimensions").is_none(), "{row}");
}

#[test]
fn deleted_objects_are_reported_to_audiences_too() {
    let sim = small();
    let names = ["campaigns_audience_reports_by_country_daily", "ads_reports_lifetime"];
    let start = (now() - Days::new(60)).date_naive();
    let connector = Connector::to(&sim).with("start_date", start.to_string()).with("include_deleted", true);
    let run = connector.read(&catalog::some(&names)).succeeded();
    for name in names {
        let stream = streams::find(name).unwrap();
        let scope = Scope { deleted: true, ..Scope::since(start) };
        let all = sim.read(|world| expected::rows(world, stream, scope));
        let alive = sim.read(|world| expected::rows(world, stream, Scope::since(start)));
        assert!(all.len() > alive.len(), "the world has deleted objects with a past");
        expected::assert_brought(&run, stream, &all);
    }
}

#[test]
fn hours_of_a_day_that_is_read_again_all_come_again() {
    let sim = small();
    let name = "campaigns_reports_hourly";
    let connector = Connector::to(&sim).with("start_date", start().to_string()).with("attribution_window", 0);
    let first = connector.read(&catalog::some(&[name])).succeeded();
    let second = connector.read_from(&catalog::some(&[name]), &first.state()).succeeded();
    // It may be tomorrow already in one account's zone, and not in another's.
    let day = |record: &Value| {
        (record["advertiser_id"].to_string(), record["stat_time_hour"].as_str().unwrap()[..10].to_owned())
    };
    let last: Vec<_> = second.records(name).map(day).collect();
    assert!(!last.is_empty());
    for record in first.records(name).filter(|record| last.contains(&day(record))) {
        assert!(second.records(name).any(|again| again == record), "{record}");
    }
}

#[test]
fn few_calls_tell_what_instant_pages_offer() {
    let sim = small();
    Connector::to(&sim).read(&catalog::some(&["pixel_instant_page_events"])).succeeded();
    let asked = sim.requests();
    let calls: Vec<_> = asked.iter().filter(|request| request.path == "/pixel/instant_page/event/").collect();
    assert_eq!(calls.len(), sim.read(|world| expected::accounts(world, simulator::TOKEN_GOOD).len()));
}
