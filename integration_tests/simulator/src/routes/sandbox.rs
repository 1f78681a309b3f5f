//! What works in the sandbox (`docs/tiktok-api.md` 1.7 [AE sandbox][DOC 1740302848100353]).

use super::page::Page;
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::world::{Account, Level};
use chrono::NaiveDate;
use serde_json::{Map, Value, json};

/// The others get the sandbox's own code.
const ENDPOINTS: &[&str] = &[
    "/ad/get/",
    "/ad/create/",
    "/ad/update/",
    "/ad/status/update/",
    "/adgroup/get/",
    "/adgroup/create/",
    "/adgroup/update/",
    "/adgroup/status/update/",
    "/campaign/get/",
    "/campaign/create/",
    "/campaign/update/",
    "/campaign/status/update/",
    "/file/image/ad/upload/",
    "/file/video/ad/upload/",
    "/report/integrated/get/",
    "/term/get/",
    "/term/check/",
    "/term/confirm/",
    "/user/info/",
    "/identity/get/",
    "/identity/create/",
    "/identity/delete/",
];

/// The only days with numbers, all of them made up.
const FIRST: NaiveDate = day(8);
const LAST: NaiveDate = day(19);

const fn day(of_december: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(2020, 12, of_december) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// Refuses what the sandbox does not have.
pub(crate) fn has(path: &str, code: i64) -> Result<(), Refusal> {
    let refuse = || Refusal::new(code, "This endpoint is not supported in the sandbox environment.");
    ENDPOINTS.contains(&path).then_some(()).ok_or_else(refuse)
}

/// Refuses a report that the sandbox does not make up.
pub(super) fn no_report(code: i64) -> Refusal {
    Refusal::new(code, "This report is not supported in the sandbox environment.")
}

/// Rows of made-up numbers: of each object of the level, and of each of the days if they are asked
/// for. The call is a legal one already.
pub(super) fn report(call: &Call, account: &Account, page: Page, code: i64) -> Outcome {
    let Some(level) = level(call) else {
        return Err(no_report(code));
    };
    let (first, last) = match call.params.flag("query_lifetime")? {
        true => (FIRST, LAST),
        false => call.params.date("start_date")?.zip(call.params.date("end_date")?).unwrap_or((FIRST, LAST)),
    };
    let dimensions = call.params.strings("dimensions")?.unwrap_or_default();
    let metrics = call.params.strings("metrics")?.unwrap_or_default();
    let dated = dimensions.iter().any(|name| name.starts_with("stat_time_"));
    let days = first.max(FIRST).iter_days().take_while(|day| *day <= last.min(LAST));
    let days: Vec<NaiveDate> = days.take(if dated { usize::MAX } else { 1 }).collect();
    let objects = account.listed(level, false);
    let rows: Vec<Value> =
        days.iter().flat_map(|day| objects.iter().map(|object| row(&dimensions, &metrics, *day, object.id))).collect();
    let shown = Value::from(rows.get(page.rows(rows.len())).unwrap_or_default());
    Ok(format!("{{\"list\":{shown}{}}}", page.info(rows.len())).into_bytes().into())
}

/// The level, if its reports are made up.
fn level(call: &Call) -> Option<Level> {
    let is = |name: &str, wanted: &[&str]| call.params.text(name).is_none_or(|value| wanted.contains(&value));
    let made_up = is("service_type", &["AUCTION"])
        && is("report_type", &["BASIC", "AUDIENCE"])
        && is("enable_total_metrics", &["false", "False"]);
    let levels =
        [("AUCTION_CAMPAIGN", Level::Campaign), ("AUCTION_ADGROUP", Level::AdGroup), ("AUCTION_AD", Level::Ad)];
    let name = call.params.text("data_level").filter(|_| made_up)?;
    levels.into_iter().find(|(level, _)| *level == name).map(|(_, level)| level)
}

/// "Many `0` or `-`", unrelated to the object. [?] Which.
fn row(dimensions: &[String], metrics: &[String], day: NaiveDate, id: u64) -> Value {
    let dimension = |name: &String| match name.as_str() {
        time if time.starts_with("stat_time_") => format!("{day} 00:00:00"),
        own if own.ends_with("_id") => id.to_string(),
        _ => "NONE".to_owned(),
    };
    let number = |at: usize| if at.is_multiple_of(3) { "-" } else { "0" };
    let dimensions: Map<String, Value> = dimensions.iter().map(|name| (name.clone(), dimension(name).into())).collect();
    let metrics: Map<String, Value> =
        metrics.iter().enumerate().map(|(at, name)| (name.clone(), number(at).into())).collect();
    json!({"dimensions": dimensions, "metrics": metrics})
}
