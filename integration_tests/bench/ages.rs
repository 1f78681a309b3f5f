//! How many requests a first sync takes: six accounts of different ages, every report by day and by hour, from the
//! default start date.

use std::collections::HashMap;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};
use simulator::{Logged, Options, SANDBOX_APP, Simulator, TOKEN_GOOD, WorldKind};

use super::fewest::{Fewest, by_time};
use super::{CONNECTOR, Result, child, say};

/// Requests there may be for each one that is needed.
const RATIO_MAX: f64 = 1.5;
const REPORT: &str = "/report/integrated/get/";

#[derive(Deserialize)]
struct Message<'m> {
    #[serde(borrow)]
    record: Record<'m>,
}

#[derive(Deserialize)]
struct Record<'m> {
    stream: &'m str,
    #[serde(borrow)]
    data: Data<'m>,
}

#[derive(Deserialize)]
struct Data<'m> {
    advertiser_id: u64,
    #[serde(alias = "stat_time_day", alias = "stat_time_hour")]
    time: &'m str,
}

pub(crate) fn run() -> Result<()> {
    let simulator = Simulator::start(Options { world: WorldKind::Ages, ..Options::default() })?;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let credentials = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD});
    let config = json!({"credentials": credentials, "requests_per_second": 5_000, "max_concurrent_requests": 20});
    let streams = by_time();
    let selected: Vec<Value> = streams.iter().map(|(stream, _)| json!({"stream": {"name": &*stream.name, "json_schema": {}}, "sync_mode": "incremental", "destination_sync_mode": "append"})).collect();
    std::fs::write(folder.join("ages.json"), config.to_string())?;
    std::fs::write(folder.join("reports.json"), json!({"streams": selected}).to_string())?;
    let mut connector = Command::new(CONNECTOR);
    connector.args(["source", "read", "--config", "ages.json", "--catalog", "reports.json"]);
    connector.env("TIKTOK_ADS_API_URL", simulator.url()).current_dir(&folder);

    let mut rows: HashMap<String, Fewest> = HashMap::new();
    let cost = child::seen(&mut connector, |line| {
        if let Ok(Message { record }) = serde_json::from_slice(line) {
            rows.entry(record.stream.to_owned()).or_default().add(record.data.advertiser_id, record.data.time);
        }
    })?;
    let asked = simulator.requests();
    let asked = asked.iter().filter(|request| request.path == REPORT);
    let (sums, reports): (Vec<&Logged>, Vec<&Logged>) = asked.partition(|request| is_sum(request));
    say(&format!(
        "reports   {:>7} records of {} streams, {:.0} s",
        cost.records,
        streams.len(),
        cost.wall.as_secs_f64()
    ));
    let mut fewest = 0;
    for (stream, report) in &streams {
        fewest += rows.remove(&*stream.name).unwrap_or_default().requests(report);
    }
    let all = sums.len() + reports.len();
    say(&format!("requests  {all:>7}, {} of them for an advertiser's sums", sums.len()));
    say(&format!("fewest    {fewest:>7} can carry these records"));
    say(&format!("ratio     {:>7.2}   (at most {RATIO_MAX})", all as f64 / fewest as f64));
    Ok(())
}

/// Whether it asks on which days there is anything; no stream asks so.
fn is_sum(request: &Logged) -> bool {
    request.query.get("metrics").is_some_and(|metrics| metrics == r#"["spend","impressions"]"#)
        || request.query.get("dimensions").is_some_and(|dimensions| dimensions == r#"["advertiser_id"]"#)
}
