//! What thousands of accounts cost in which nothing is: CPU, bytes of STATE, and when the first STATE comes.
//!
//! `cargo bench -- --accounts N`. Also what a reader costs that stands still while every stream is read.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Days;
use serde_json::{Value, json};
use simulator::{Options, ReportOptions, SANDBOX_APP, Simulator, TOKEN_GOOD, Together, WorldKind};
use tiktok_ads::streams;

use super::{CONNECTOR, Result, child, say};

/// What an account and stream without records may cost.
const CPU_MAX: Duration = Duration::from_millis(1);
/// Bytes of STATE that an account and stream may cost.
const STATE_BYTES_MAX: u64 = 5_000_000 / 3_000;
/// What every stream at once may take while nobody reads.
const MEMORY_MAX_MIB: u64 = 96;
/// Days that are read of each account.
const DAYS: u64 = 30;
/// What is read of each account.
const STREAMS: [&str; 2] = ["ads_reports_daily", "campaigns_reports_daily"];
/// Requests a second that are tried.
const RATE: u32 = 2_000;
/// How long the reader stands still.
const STILL: Duration = Duration::from_secs(60);

/// Reads two streams by day of so many accounts, first from nothing, then from their last states, then years of them.
pub(crate) fn run(accounts: u64) -> Result<()> {
    let quiet_accounts = usize::try_from(accounts)?;
    let simulator = Simulator::start(Options { quiet_accounts, ..Options::default() })?;
    let recent = (simulator.clock().date_naive() - Days::new(DAYS)).to_string();
    let first = read(&simulator, accounts, ("first sync", &recent), None)?;
    read(&simulator, accounts, ("next sync", &recent), Some(&first))?;
    drop(simulator);
    for (told, together) in
        [("ten years, five at once", Together::OfOneToken), ("ten years, one by one", Together::Never)]
    {
        let reports = ReportOptions { together, ..ReportOptions::default() };
        let simulator = Simulator::start(Options { quiet_accounts, reports, ..Options::default() })?;
        read(&simulator, accounts, (told, "2016-09-01"), None)?;
    }
    Ok(())
}

/// Reads them once; the last states.
fn read(simulator: &Simulator, accounts: u64, (told, start): (&str, &str), state: Option<&Value>) -> Result<Value> {
    let mut connector = connector(simulator, &STREAMS, start, state)?;
    let before = simulator.requests().len();
    let (mut states, mut bytes, mut last) = (0_u64, 0_u64, BTreeMap::new());
    let (begun, mut first_record) = (Instant::now(), None);
    let cost = child::seen(&mut connector, |line| {
        if line.starts_with(b"{\"type\":\"RECORD\"") {
            first_record.get_or_insert_with(|| begun.elapsed());
        }
        if line.starts_with(b"{\"type\":\"STATE\"") {
            (states, bytes) = (states + 1, bytes + line.len() as u64);
            let message: Value = serde_json::from_slice(line).unwrap_or_default();
            let at = |pointer: &str| message.pointer(pointer).cloned().unwrap_or_default();
            last.insert(at("/state/stream/stream_descriptor/name").to_string(), at("/state"));
        }
    })?;
    let requests = (simulator.requests().len() - before) as u64;
    let each = accounts as f64 * STREAMS.len() as f64;
    let cpu = cost.cpu.as_secs_f64() * 1e3;
    say(&format!(
        "{told} of {accounts} accounts: {requests} requests in {:.0} s, the first record after {:.1} s; an account and stream: CPU {:.2} ms (at most {}), {:.0} bytes of STATE (at most {STATE_BYTES_MAX}); {:.2} ms a request; {states} STATEs, {:.1} MB; {} MiB",
        cost.wall.as_secs_f64(),
        first_record.unwrap_or_default().as_secs_f64(),
        cpu / each,
        CPU_MAX.as_millis(),
        bytes as f64 / each,
        cpu / requests as f64,
        bytes as f64 / 1e6,
        cost.peak_kib / 1_024
    ));
    Ok(Value::Array(last.into_values().collect()))
}

/// Reads every stream of the large world and then nothing of it for a minute.
pub(crate) fn still() -> Result<()> {
    let simulator = Simulator::start(Options { world: WorldKind::Large, ..Options::default() })?;
    let names: Vec<&str> = streams::all().iter().map(|stream| &*stream.name).collect();
    let recent = (simulator.clock().date_naive() - Days::new(DAYS)).to_string();
    let mut connector = connector(&simulator, &names, &recent, None)?;
    let mut child = connector.stdout(Stdio::piped()).spawn()?;
    let mut stdout = child.stdout.take().ok_or("no stdout")?;
    let (start, mut peak) = (Instant::now(), 0);
    stdout.read_exact(&mut [0; 1 << 16])?;
    while start.elapsed() < STILL {
        std::thread::sleep(Duration::from_secs(1));
        peak = child::peak_kib(child.id()).unwrap_or_default().max(peak);
    }
    let peak = peak / 1_024;
    say(&format!("still     {} streams, nobody reads: {peak} MiB (at most {MEMORY_MAX_MIB})", names.len()));
    child.kill()?;
    child.wait()?;
    Ok(())
}

fn connector(simulator: &Simulator, names: &[&str], start: &str, state: Option<&Value>) -> Result<Command> {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let credentials = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD});
    let config = json!({"credentials": credentials, "requests_per_second": RATE, "start_date": start});
    let selected: Vec<Value> = names
        .iter()
        .map(|name| {
            let mode = if streams::find(name).is_some_and(|stream| stream.cursor.is_some()) {
                "incremental"
            } else {
                "full_refresh"
            };
            json!({"stream": {"name": name, "json_schema": {}}, "sync_mode": mode, "destination_sync_mode": "append"})
        })
        .collect();
    std::fs::write(folder.join("many.json"), config.to_string())?;
    std::fs::write(folder.join("many-streams.json"), json!({"streams": selected}).to_string())?;
    let mut connector = Command::new(CONNECTOR);
    connector.args(["source", "read", "--config", "many.json", "--catalog", "many-streams.json"]);
    if let Some(state) = state {
        std::fs::write(folder.join("many-state.json"), state.to_string())?;
        connector.args(["--state", "many-state.json"]);
    }
    connector.env("TIKTOK_ADS_API_URL", simulator.url()).current_dir(&folder);
    Ok(connector)
}
