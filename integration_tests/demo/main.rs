//! `cargo demo`: both directions against a simulated TikTok, with nothing but a Rust toolchain.
//!
//! Starts the simulator on loopback and runs the connector against it as a platform would, a process a verb:
//! `spec`, `check`, `discover` and `read` of the source, then `check`, `discover` and `write` of the destination: members
//! of an audience, then conversion events, then campaigns: a plan, its run, and the same run again that changes nothing.
//! Started with the word `connector`, this program is the connector.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde_json::{Value, json};
use simulator::{EventSource, Options, SANDBOX_APP, Simulator, TOKEN_GOOD, WireOptions, WorldKind};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What a request to TikTok takes on a good day.
const LATENCY: Duration = Duration::from_millis(60);
/// Days of reports that are read.
const DAYS: u64 = 7;
/// What is chosen of all streams: some of every kind.
const CHOSEN: [&str; 14] = [
    "advertisers",
    "campaigns",
    "ad_groups",
    "ads",
    "creative_assets_videos",
    "audiences",
    "pixels",
    "comments",
    "smart_plus_ads",
    "ads_reports_daily",
    "campaigns_audience_reports_by_country_daily",
    "campaigns_reports_hourly",
    "ads_reports_lifetime",
    "gmv_max_product_campaign_reports_daily",
];
/// Columns of a protocol line that are shown: with what is before them, a line of the picture in the README.
const COLUMNS_SHOWN: usize = 106;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    if args.nth(1).is_some_and(|word| word == "connector") {
        return tiktok_ads::main(std::iter::once("tiktok-ads".into()).chain(args));
    }
    match demo() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "The demonstration stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

fn demo() -> Result<()> {
    let simulator = Simulator::start(Options {
        world: WorldKind::Small,
        wire: WireOptions { latency: LATENCY, ..WireOptions::default() },
        ..Options::default()
    })?;
    let stage = Stage::set(simulator.url())?;
    say(&format!(
        "A simulated TikTok listens on {}. The files of this run are in {}.",
        stage.url,
        stage.folder.display()
    ));
    stage.run(&["source", "spec"], "spec.json")?;
    stage.run(&["source", "check", "--config", "config.json"], "check.jsonl")?;
    stage.run(&["source", "discover", "--config", "config.json"], "discover.jsonl")?;
    stage.write("catalog.json", &catalog(&stage.folder.join("discover.jsonl"))?)?;
    stage.run(&["source", "read", "--config", "config.json", "--catalog", "catalog.json"], "read.jsonl")?;
    stage.run(
        &["source", "read", "--config", "config.json", "--catalog", "catalog.json", "--state", "state.json"],
        "next.jsonl",
    )?;
    say("\nThat was two syncs: the first one of a week, the second one from the state of the first.");
    let advertiser = simulator.read(|world| world.accounts.first().map(|account| account.id)).ok_or("no account")?;
    members(&stage, advertiser)?;
    let pixel = simulator.read(|world| world.event_source_id(advertiser, EventSource::Web)).ok_or("no pixel")?;
    events(&stage, advertiser, &pixel)?;
    let counted = simulator.event_counts(&pixel);
    say(&format!(
        "\nThe orders went twice, as after a crash: TikTok got {} events and counts {}, for each has an id of its own.",
        counted.sent, counted.distinct
    ));
    campaigns(&stage, advertiser)?;
    let posts = simulator.requests().iter().filter(|one| one.path.ends_with("/create/")).count();
    say(&format!(
        "\nThe campaigns were planned, made and synced again: {posts} requests made something, and the last run none.\n\
         What became of each row is in results/."
    ));
    Ok(())
}

/// Plans two campaigns with an ad group, makes them paused, and runs the same rows again.
fn campaigns(stage: &Stage, advertiser: u64) -> Result<()> {
    say("\nAt last campaigns, as rows of a table. First a dry run, which is a plan.");
    let allow = json!({"campaign": ["create", "update", "pause"], "adgroup": ["create", "update", "pause"]});
    let guards =
        json!({"allow": allow, "currency": "JPY", "max_daily_budget": 20_000, "max_total_daily_budget": 50_000});
    let config = |dry_run: bool| {
        json!({"credentials": credentials(), "advertiser_id": advertiser.to_string(), "ads": guards,
            "result_records": "results", "dry_run": dry_run})
    };
    let stream = |name: &str| json!({"stream": {"name": name, "json_schema": {}}, "sync_mode": "full_refresh", "destination_sync_mode": "append_dedup"});
    stage.write("ads.json", &json!({"streams": [stream("campaign"), stream("adgroup")]}))?;
    let campaign = |name: &str| json!({"campaign_name": name, "objective_type": "TRAFFIC", "budget_mode": "BUDGET_MODE_DAY", "budget": 5_000});
    let group = json!({"adgroup_name": "Everyone", "campaign_name": "Spring sale", "promotion_type": "WEBSITE",
        "location_ids": ["1861060"], "budget_mode": "BUDGET_MODE_DAY", "budget": 3_000, "schedule_type": "SCHEDULE_FROM_NOW",
        "schedule_start_time": "2099-01-01 00:00:00", "optimization_goal": "CLICK", "billing_event": "CPC",
        "pacing": "PACING_MODE_SMOOTH"});
    let rows = lines("adgroup", [group].into_iter())
        + &lines("campaign", ["Spring sale", "Summer sale"].into_iter().map(campaign));
    std::fs::write(stage.folder.join("ads.jsonl"), rows)?;
    for (dry_run, output) in [(true, "plan.jsonl"), (false, "made.jsonl"), (false, "again.jsonl")] {
        stage.write("manage.json", &config(dry_run))?;
        let write = ["destination", "write", "--config", "manage.json", "--catalog", "ads.json"];
        stage.run_with(&write, Some("ads.jsonl"), output)?;
    }
    Ok(())
}

/// People whose columns are called as a warehouse might call them.
const PEOPLE: usize = 2_500;

/// Writes people into an audience that does not exist yet.
fn members(stage: &Stage, advertiser: u64) -> Result<()> {
    say("\nNow the other way: customers of a warehouse become a custom audience.");
    let mapping = json!({"stream": "customers", "object": "audience_members", "fields": {"email": "mail", "phone": "mobile"}, "audience_name": "Customers"});
    let config = json!({"credentials": credentials(), "advertiser_id": advertiser.to_string(), "mappings": [mapping], "audience": {"default_country": "US"}, "rejected_records": "rejected"});
    stage.write("destination.json", &config)?;
    let stream = json!({"name": "customers", "json_schema": {"type": "object", "properties": {"id": {}, "mail": {}, "mobile": {}}}});
    let configured = json!({"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append", "primary_key": [["id"]]});
    stage.write("customers.json", &json!({"streams": [configured]}))?;
    std::fs::write(stage.folder.join("customers.jsonl"), lines("customers", (0..PEOPLE).map(|at| customer(at + 1))))?;
    stage.run(&["destination", "check", "--config", "destination.json"], "destination-check.jsonl")?;
    stage.run(&["destination", "discover", "--config", "destination.json"], "destination-discover.jsonl")?;
    let write = ["destination", "write", "--config", "destination.json", "--catalog", "customers.json"];
    stage.run_with(&write, Some("customers.jsonl"), "write.jsonl")?;
    say("\nThe STATE came back with its counts once TikTok had everyone; who was refused and why is in rejected/.");
    Ok(())
}

/// Two people of a hundred have no address that can be.
fn customer(id: usize) -> Value {
    let mail = if id.is_multiple_of(50) { "none yet".to_owned() } else { format!("Customer.{id}@example.com") };
    let mobile = if id.is_multiple_of(50) { String::new() } else { format!("(415) 555-{id:04}") };
    json!({"id": id, "mail": mail, "mobile": mobile})
}

/// Orders that become purchases.
const ORDERS: usize = 2_300;

/// Writes orders to a pixel, and the same ones again.
fn events(stage: &Stage, advertiser: u64, pixel: &str) -> Result<()> {
    say("\nAnd orders of the same warehouse become conversions of the account's pixel.");
    let fields = json!({"event_time": "ordered_at", "email": "mail", "value": "total", "page_url": "checkout", "contents": "basket"});
    let mapping = json!({"stream": "orders", "object": "event_web", "event": "Purchase", "fields": fields});
    let config = json!({"credentials": credentials(), "advertiser_id": advertiser.to_string(), "mappings": [mapping], "events": {"event_source": "web", "event_source_id": pixel}, "rejected_records": "rejected"});
    stage.write("events.json", &config)?;
    let configured = json!({"stream": {"name": "orders", "json_schema": {}}, "sync_mode": "full_refresh", "destination_sync_mode": "append", "primary_key": [["id"]]});
    stage.write("orders.json", &json!({"streams": [configured]}))?;
    std::fs::write(stage.folder.join("orders.jsonl"), lines("orders", (0..ORDERS).map(|at| order(at + 1))))?;
    stage.run(&["destination", "check", "--config", "events.json"], "events-check.jsonl")?;
    let write = ["destination", "write", "--config", "events.json", "--catalog", "orders.json"];
    stage.run_with(&write, Some("orders.jsonl"), "events.jsonl")?;
    stage.run_with(&write, Some("orders.jsonl"), "events-again.jsonl")
}

/// One order of a hundred is too old for TikTok.
fn order(id: usize) -> Value {
    let days = if id.is_multiple_of(100) { 9 } else { 1 };
    let basket = json!([{"content_id": id % 7, "price": "19.90", "quantity": id % 3 + 1}]).to_string();
    json!({"id": id, "ordered_at": now() - TimeDelta::days(days), "mail": format!("Customer.{id}@example.com"),
        "total": null, "currency": "eur", "checkout": format!("https://shop.example/thanks?order={id}"), "basket": basket})
}

/// The demonstration shows the days there are.
#[expect(clippy::disallowed_methods, reason = "it runs at the hour it is")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Records as a source sends them, and a state behind them.
fn lines(stream: &str, rows: impl ExactSizeIterator<Item = Value>) -> String {
    let count = rows.len();
    let record = |data| json!({"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 0}});
    let state =
        json!({"type": "STREAM", "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"id": count}}});
    let all = rows.map(record).chain([json!({"type": "STATE", "state": state})]);
    all.map(|message| format!("{message}\n")).collect()
}

fn credentials() -> Value {
    json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD})
}

/// Where the connector runs: a folder with its files, and the address of TikTok.
struct Stage {
    folder: PathBuf,
    url: String,
}

impl Stage {
    fn set(url: String) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/demo");
        std::fs::create_dir_all(&folder)?;
        let stage = Self { folder, url };
        let start = (now() - Days::new(DAYS)).date_naive();
        let config = json!({"credentials": credentials(), "start_date": start, "requests_per_second": 50});
        stage.write("config.json", &config)?;
        Ok(stage)
    }

    fn write(&self, name: &str, value: &Value) -> Result<()> {
        Ok(std::fs::write(self.folder.join(name), format!("{value:#}\n"))?)
    }

    /// Runs a verb with its stdout in a file, then shows what came.
    fn run(&self, args: &[&str], out: &str) -> Result<()> {
        self.run_with(args, None, out)
    }

    /// The same with a file on stdin.
    fn run_with(&self, args: &[&str], input: Option<&str>, out: &str) -> Result<()> {
        let from = input.map_or_else(String::new, |input| format!(" < {input}"));
        say(&format!("\n$ tiktok-ads {}{from} > {out}", args.join(" ")));
        let status = self.connector(args, input, &self.folder.join(out))?;
        if !status.success() {
            return Err(format!("`tiktok-ads {}` ended with {status}", args.join(" ")).into());
        }
        let states = show(&self.folder.join(out))?;
        if !states.is_empty() {
            self.write("state.json", &states.into())?;
        }
        Ok(())
    }

    fn connector(&self, args: &[&str], input: Option<&str>, out: &Path) -> Result<ExitStatus> {
        let mut connector = Command::new(std::env::current_exe()?);
        connector.arg("connector").args(args).current_dir(&self.folder);
        connector.env("TIKTOK_ADS_API_URL", &self.url).stdout(File::create(out)?);
        connector.stdin(match input {
            Some(input) => File::open(self.folder.join(input))?.into(),
            None => Stdio::null(),
        });
        Ok(connector.status()?)
    }
}

/// What is chosen, and incremental where it can be.
fn catalog(discovered: &Path) -> Result<Value> {
    let message: Value = serde_json::from_str(&std::fs::read_to_string(discovered)?)?;
    let streams = message.pointer("/catalog/streams").and_then(Value::as_array).ok_or("no catalogue")?;
    let chosen = streams.iter().filter(|stream| CHOSEN.iter().any(|name| stream["name"] == *name));
    let configured = chosen.map(|stream| {
        let incremental = stream["supported_sync_modes"]
            .as_array()
            .is_some_and(|modes| modes.iter().any(|mode| mode == "incremental"));
        let mode = if incremental { "incremental" } else { "full_refresh" };
        json!({"stream": stream, "sync_mode": mode, "destination_sync_mode": "append"})
    });
    Ok(json!({"streams": configured.collect::<Vec<_>>()}))
}

/// Shows the first line of each kind and stream, and how many there are; gives the last STATE of each stream.
fn show(lines: &Path) -> Result<Vec<Value>> {
    let mut kinds: Vec<(String, String, usize)> = Vec::new();
    let mut states: Vec<(String, Value)> = Vec::new();
    for line in BufReader::new(File::open(lines)?).lines() {
        let line = line?;
        let message: Value = serde_json::from_str(&line)?;
        let kind = kind(&message);
        match kinds.iter_mut().find(|(known, ..)| *known == kind) {
            Some((.., count)) => *count += 1,
            None => kinds.push((kind.clone(), line, 1)),
        }
        if let Some(state) = message.get("state") {
            states.retain(|(known, _)| *known != kind);
            states.push((kind, state.clone()));
        }
    }
    for (kind, first, count) in kinds {
        let shown: String = first.chars().take(COLUMNS_SHOWN).collect();
        let more = if first.len() > shown.len() { "…" } else { "" };
        say(&format!("{count:>7} × {kind}\n          {shown}{more}"));
    }
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

fn kind(message: &Value) -> String {
    let text = |pointer: &str| message.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let trace = text("/trace/type");
    let stream = ["/record/stream", "/state/stream/stream_descriptor/name"].map(text).concat();
    [text("/type"), trace, &stream].join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
