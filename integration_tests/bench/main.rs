//! `cargo bench`: what a record costs, beside what downloading it costs.
//!
//! The simulator serves its large world from this process; the connector and a plain downloader of the very
//! same pages run as children, whose CPU time and peak memory the kernel counts. Ratios are from one run, so
//! the machine's mood cancels out. `cargo bench -- --days 210` reads a million records, `--members N` writes N members
//! and `--events N` as many conversion events, `--managed N` so many rows of a campaign that is so already. `cargo bench -- --ages`
//! counts the requests of a first sync, `-- --accounts N` reads so many quiet accounts, `-- --still` all streams while nobody listens,
//! `-- --mirror N` mirrors so many members three times, `-- --webhooks` sends call-backs to the receiver; each of these does nothing else.

mod ages;
mod child;
mod download;
mod events;
#[path = "../harness/fewest.rs"]
mod fewest;
mod managed;
mod many;
mod members;
mod mirror;
mod webhooks;
mod write;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use chrono::Days;
use serde_json::json;
use simulator::{Options, SANDBOX_APP, Simulator, TOKEN_GOOD, WorldKind};

use child::Cost;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CONNECTOR: &str = env!("CARGO_BIN_EXE_tiktok-ads");
/// What it must reach, from the first requirements.
const CPU_PER_RECORD_MAX: Duration = Duration::from_micros(8);
const MEMORY_MAX_MIB: u64 = 64;
const SPEC_MAX: Duration = Duration::from_millis(10);
const DISCOVER_MAX: Duration = Duration::from_millis(20);
/// Times that a short command is started for its median.
const STARTS: usize = 21;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    if let [_, word, url, pages] = args.as_slice()
        && word == "download"
    {
        return download::run(url, pages);
    }
    if args.iter().any(|arg| arg == "--webhooks") {
        return webhooks::run();
    }
    if args.iter().any(|arg| arg == "--ages") {
        return ages::run();
    }
    let number = |flag: &str, default: u64| {
        args.iter().skip_while(|arg| *arg != flag).nth(1).map_or(Ok(default), |text| text.parse())
    };
    if args.iter().any(|arg| arg == "--still") {
        return many::still();
    }
    if args.iter().any(|arg| arg == "--mirror") {
        return mirror::run(number("--mirror", 10_000_000)?);
    }
    if args.iter().any(|arg| arg == "--accounts") {
        return many::run(number("--accounts", 3_000)?);
    }
    let days = number("--days", 30)?;
    say(&format!(
        "spec      {:>7.1} ms   (at most {} ms)",
        millis(start_up(&["source", "spec"])?),
        SPEC_MAX.as_millis()
    ));
    say(&format!(
        "discover  {:>7.1} ms   (at most {} ms)",
        millis(start_up(&["source", "discover"])?),
        DISCOVER_MAX.as_millis()
    ));
    reports(days)?;
    members::run(number("--members", 1_000_000)?)?;
    events::run(number("--events", 1_000_000)?)?;
    managed::run(number("--managed", 100_000)?)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The median time of a command from start to end.
fn start_up(args: &[&str]) -> Result<Duration> {
    let mut times = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        times.push(child::run(Command::new(CONNECTOR).args(args))?.wall);
    }
    times.sort();
    Ok(times.get(STARTS / 2).copied().unwrap_or_default())
}

/// Reads the ad-level daily report of the large world, then downloads the same pages once more.
fn reports(days: u64) -> Result<()> {
    let simulator = Simulator::start(Options { world: WorldKind::Large, ..Options::default() })?;
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let start = simulator.clock().date_naive() - Days::new(days - 1);
    let credentials = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD});
    let config = json!({"credentials": credentials, "start_date": start, "requests_per_second": 1000});
    let catalog = json!({"streams": [{"stream": {"name": "ads_reports_daily", "json_schema": {}}, "sync_mode": "incremental", "destination_sync_mode": "append"}]});
    std::fs::write(folder.join("config.json"), config.to_string())?;
    std::fs::write(folder.join("catalog.json"), catalog.to_string())?;
    let mut connector = Command::new(CONNECTOR);
    connector.args(["source", "read", "--config", "config.json", "--catalog", "catalog.json"]);
    connector.env("TIKTOK_ADS_API_URL", simulator.url()).current_dir(&folder);

    // Once for the simulator, which renders its pages on the first call.
    child::run(&mut connector)?;
    let before = simulator.requests().len();
    let read = child::run(&mut connector)?;
    let pages: Vec<String> = simulator
        .requests()
        .split_off(before)
        .into_iter()
        .map(|request| format!("{}?{}", request.path, request.raw_query))
        .collect();
    std::fs::write(folder.join("pages.txt"), pages.join("\n"))?;
    let mut downloader = Command::new(std::env::current_exe()?);
    downloader.args(["download", &simulator.url(), "pages.txt"]).current_dir(&folder);
    let download = child::run(&mut downloader)?;
    print(&read, &download, pages.len());
    Ok(())
}

fn print(read: &Cost, download: &Cost, pages: usize) {
    let per_record = |cost: &Cost| cost.cpu.as_secs_f64() * 1e6 / read.records.max(1) as f64;
    say(&format!(
        "read      {:>7} records, {} bytes each, {} pages, {:.1} s",
        read.records,
        read.bytes / read.records.max(1),
        pages,
        read.wall.as_secs_f64()
    ));
    say(&format!("  CPU     {:>7.2} µs a record   (at most {} µs)", per_record(read), CPU_PER_RECORD_MAX.as_micros()));
    say(&format!("  memory  {:>7} MiB at most   (at most {MEMORY_MAX_MIB} MiB)", read.peak_kib / 1024));
    say(&format!("download  {:>7.2} µs a record: the same pages, thrown away", per_record(download)));
    say(&format!("ratio     {:>7.2}", per_record(read) / per_record(download)));
}

fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
