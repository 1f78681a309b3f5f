//! What a read must find, derived from the simulator's world.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime, TimeZone, Utc};
use serde_json::{Map, Value, json};
use simulator::{Account, Buying, Entity, Level, ReportQuery, TOKEN_GOOD, World};
use tiktok_ads::streams::report::{Grain, Layout, Report};
use tiktok_ads::streams::{Read, StreamDef};

use super::run::Run;

/// What is asked for.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'s> {
    pub(crate) token: &'s str,
    pub(crate) start: NaiveDate,
    pub(crate) deleted: bool,
}

impl Scope<'_> {
    /// Everything since a day.
    pub(crate) fn since(start: NaiveDate) -> Self {
        Self { token: TOKEN_GOOD, start, deleted: false }
    }

    pub(crate) fn everything() -> Self {
        Self::since(NaiveDate::from_ymd_opt(2016, 9, 1).unwrap())
    }
}

/// Rows by primary key, as TikTok sends them.
pub(crate) type Rows = BTreeMap<String, Value>;

/// The accounts that a token reaches.
pub(crate) fn accounts<'w>(world: &'w World, token: &str) -> Vec<&'w Account> {
    let token = world.token(token).unwrap();
    token.reaches.iter().filter_map(|id| world.account(*id)).collect()
}

/// The rows of a stream.
pub(crate) fn rows(world: &World, stream: &StreamDef, scope: Scope<'_>) -> Rows {
    let accounts = accounts(world, scope.token);
    let rows: Vec<Value> = match &stream.read {
        Read::Advertisers | Read::AdvertiserList => accounts.into_iter().map(advertiser).collect(),
        Read::Files(_) | Read::ChangeLog => Vec::new(),
        Read::Listing(_) => accounts.into_iter().flat_map(|account| listed(account, stream, scope)).collect(),
        Read::Report(report) => accounts.into_iter().flat_map(|a| reported(world, a, report, scope)).collect(),
    };
    rows.into_iter().map(|row| (key(stream, &row), row)).collect()
}

/// A row's primary key. Ids are numbers in records and text in TikTok's rows.
pub(crate) fn key(stream: &StreamDef, row: &Value) -> String {
    let field = |name: &&str| row[name].to_string().replace('"', "");
    stream.primary_key.iter().map(field).collect::<Vec<_>>().join(" ")
}

/// The records of a run by primary key; none may come twice.
pub(crate) fn by_key<'r>(run: &'r Run, stream: &'r StreamDef) -> BTreeMap<String, &'r Value> {
    let mut records = BTreeMap::new();
    for record in run.records(&stream.name) {
        let twice = records.insert(key(stream, record), record);
        assert!(twice.is_none(), "{} twice: {record}", stream.name);
    }
    records
}

/// What the world knows of an account that `/advertiser/info/` tells.
fn advertiser(account: &Account) -> Value {
    json!({
        "advertiser_id": account.id.to_string(), "name": account.name, "currency": account.currency,
        "country": account.country, "status": account.status, "timezone": account.zone_name,
        "display_timezone": account.zone.name(), "create_time": account.created.timestamp(),
    })
}

fn listed(account: &Account, stream: &StreamDef, scope: Scope<'_>) -> Vec<Value> {
    let level = Level::ALL.into_iter().find(|level| *stream.primary_key == [format!("{}_id", level.stem())]).unwrap();
    let midnight = account.zone.from_local_datetime(&scope.start.and_time(NaiveTime::MIN)).earliest().unwrap();
    let start = midnight.with_timezone(&Utc);
    let all = entities(account, level, scope.deleted).into_iter();
    let recent = all.filter(|entity| entity.modified.is_none_or(|modified| modified >= start));
    recent.map(|entity| Value::Object(account.record(entity))).collect()
}

/// All objects of a level, TopView among them.
pub(crate) fn entities(account: &Account, level: Level, deleted: bool) -> Vec<&Entity> {
    let shown = |entity: &&Entity| deleted || !account.secondary_status(entity).ends_with("_DELETE");
    let top_view = account.all(level).iter().filter(|entity| entity.buying == Buying::TopView).filter(shown);
    account.listed(level, deleted).into_iter().chain(top_view).collect()
}

/// A report's rows as records are: the key on top, and whose they are.
fn reported(world: &World, account: &Account, report: &Report, scope: Scope<'_>) -> Vec<Value> {
    let level = report.kind.level().unwrap();
    let level = Level::ALL
        .into_iter()
        .find(|one| level.name().strip_prefix("AUCTION_").is_some_and(|name| name.eq_ignore_ascii_case(one.stem())));
    let query = ReportQuery {
        advertiser: account.id,
        level,
        audience: report.kind.report_type() == Some("AUDIENCE"),
        dimensions: report.dimensions.iter().map(|name| (*name).to_owned()).collect(),
        metrics: report.metrics().map(|metric| metric.name.to_owned()).collect(),
        range: range(report, scope.start, account.day_at(world.now)),
        deleted: scope.deleted,
    };
    let row = |row: simulator::Expected| {
        let mut record: Map<String, Value> = row.dimensions.iter().map(|(k, v)| (k.clone(), json!(v))).collect();
        if report.layout == Layout::Flat {
            record.extend(row.metrics.iter().map(|(k, v)| (k.clone(), json!(v))));
        } else {
            record.insert("dimensions".to_owned(), json!(row.dimensions));
            record.insert("metrics".to_owned(), json!(row.metrics));
            let parents = row.metrics.iter().filter(|(name, _)| ["campaign_id", "adgroup_id"].contains(&name.as_str()));
            record.extend(parents.map(|(name, id)| (name.clone(), json!(id))));
        }
        record.insert("advertiser_id".to_owned(), json!(account.id.to_string()));
        Value::Object(record)
    };
    world.report(&query).into_iter().map(row).collect()
}

/// The days of a report's rows; none = all there are.
fn range(report: &Report, start: NaiveDate, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    match report.grain {
        Grain::Lifetime => None,
        Grain::Total | Grain::Recent => Some((start.max(today - Days::new(364)), today)),
        Grain::Hour | Grain::Day => Some((start, today)),
    }
}

/// Whether a record's value is TikTok's, in the type that the schema gives it.
pub(crate) fn same(found: &Value, wire: &Value, schema: &Value, dash_is_null: bool) -> bool {
    let text = wire.as_str().map_or_else(|| Cow::from(wire.to_string()), Cow::from);
    let nothing = wire.is_null() || (dash_is_null && text == "-");
    match schema["type"].as_array().and_then(|types| types.last()).unwrap_or(&schema["type"]).as_str() {
        _ if nothing => found.is_null(),
        Some("integer" | "number") if text.is_empty() => found.is_null(),
        Some("string") if schema["format"] == "date-time" && !text.contains(char::is_numeric) => found.is_null(),
        Some("integer") if wire.is_boolean() => *found == json!(u8::from(*wire == true)),
        // As text, so that no digit of an id may differ.
        Some("integer") => {
            found.is_number() && digits(found) == text.trim_end_matches('0').strip_suffix('.').unwrap_or(&text)
        }
        Some("number") => found.as_f64() == text.parse().ok() && found.is_number(),
        Some("array") => match (found.as_array(), wire.as_array()) {
            (Some(found), Some(wire)) if found.len() == wire.len() => {
                found.iter().zip(wire).all(|(found, wire)| same(found, wire, &schema["items"], false))
            }
            (Some(found), None) => found.len() == 1 && same(&found[0], wire, &schema["items"], false),
            _ => false,
        },
        Some("object") => match (found.as_object(), wire.as_object()) {
            (Some(found), Some(wire)) => {
                found.keys().all(|name| wire.contains_key(name)) && fields(found, wire, schema, dash_is_null).is_none()
            }
            _ => false,
        },
        // Python's words: what Airbyte's connector makes of these.
        Some("string") if wire.is_boolean() => *found == if *wire == true { "True" } else { "False" },
        _ => found == wire,
    }
}

fn digits(number: &Value) -> String {
    number.to_string()
}

/// The first field of TikTok's row that a record has otherwise.
pub(crate) fn fields(
    found: &Map<String, Value>,
    wire: &Map<String, Value>,
    schema: &Value,
    dash_is_null: bool,
) -> Option<String> {
    let differs = |(name, wire): &(&String, &Value)| {
        let dash = dash_is_null || name.as_str() == "metrics";
        found.get(*name).is_none_or(|found| !same(found, wire, &schema["properties"][*name], dash))
    };
    let (name, wire) = wire.iter().find(differs)?;
    Some(format!("{name}: TikTok says {wire}, the record {:?}", found.get(name)))
}

/// That a run brought exactly these rows, each as TikTok has it.
pub(crate) fn assert_brought(run: &Run, stream: &StreamDef, rows: &Rows) {
    let schema: Value = serde_json::from_str(&stream.schema()).unwrap();
    let records = by_key(run, stream);
    let lost: Vec<_> = rows.keys().filter(|key| !records.contains_key(*key)).collect();
    let invented: Vec<_> = records.keys().filter(|key| !rows.contains_key(*key)).collect();
    assert!(lost.is_empty() && invented.is_empty(), "{}: lost {lost:?}, invented {invented:?}", stream.name);
    // A flat record has the metrics on top.
    let flat = !stream.flattened.is_empty();
    for (key, row) in rows {
        let differs = fields(records[key].as_object().unwrap(), row.as_object().unwrap(), &schema, flat);
        assert_eq!(differs, None, "{} {key}", stream.name);
    }
}

/// That a run brought everything of every stream.
pub(crate) fn assert_whole(run: &Run, world: &World, scope: Scope<'_>) {
    for stream in super::catalog::sample() {
        assert_brought(run, stream, &rows(world, stream, scope));
        assert_eq!(run.statuses(&stream.name).last(), Some(&"COMPLETE"), "{}", stream.name);
    }
}
