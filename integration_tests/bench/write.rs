//! Records from stdin to TikTok: what both kinds of them share.

use std::io::{BufWriter, Write};
use std::process::{ChildStdin, Command};
use std::time::Duration;

use serde_json::{Value, json};
use simulator::{SANDBOX_APP, Simulator, TOKEN_GOOD};

use super::child::{self, Cost};
use super::{CONNECTOR, Result, say};

pub(crate) const MEMORY_MAX_MIB: u64 = 96;
/// A STATE after this many records, as a source sends them.
const RECORDS_PER_STATE: u64 = 10_000;

/// Records of one stream.
pub(crate) struct Load {
    pub(crate) stream: &'static str,
    /// One of them, and what is in it.
    pub(crate) what: (&'static str, &'static str),
    pub(crate) count: u64,
    pub(crate) cpu_max: Duration,
    /// The `data` of a record by its number.
    pub(crate) data: fn(&mut dyn Write, u64) -> std::io::Result<()>,
    /// Keys of the config beside the usual ones.
    pub(crate) config: Value,
    /// Whether the platform's word ends it that all of it was sent.
    pub(crate) is_whole: bool,
    pub(crate) memory_max: u64,
}

impl Load {
    /// Writes everything with a mapping of the stream, and tells what it cost.
    pub(crate) fn run(&self, simulator: &Simulator, mut mapping: Value) -> Result<Cost> {
        let advertiser =
            simulator.read(|world| world.accounts.first().map(|account| account.id)).ok_or("no account")?;
        let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let credentials = json!({"auth_type": "oauth2.0", "app_id": SANDBOX_APP.id, "secret": SANDBOX_APP.secret, "access_token": TOKEN_GOOD});
        if let Some(mapping) = mapping.as_object_mut() {
            mapping.insert("stream".to_owned(), self.stream.into());
        }
        let mut config =
            json!({"credentials": credentials, "advertiser_id": advertiser.to_string(), "mappings": [mapping]});
        if let (Some(config), Some(more)) = (config.as_object_mut(), self.config.as_object()) {
            config.extend(more.clone());
        }
        let catalog = json!({"streams": [{"stream": {"name": self.stream, "json_schema": {}}, "sync_mode": "full_refresh", "destination_sync_mode": "append"}]});
        std::fs::write(folder.join("destination.json"), config.to_string())?;
        std::fs::write(folder.join("written.json"), catalog.to_string())?;
        let mut connector = Command::new(CONNECTOR);
        connector.args(["destination", "write", "--config", "destination.json", "--catalog", "written.json"]);
        connector.env("TIKTOK_ADS_API_URL", simulator.url()).current_dir(&folder);
        let cost = child::fed(&mut connector, |stdin| self.feed(stdin))?;
        self.print(&cost);
        Ok(cost)
    }

    /// A time of the whole run, per record, in microseconds.
    pub(crate) fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.count.max(1) as f64
    }

    fn print(&self, cost: &Cost) {
        let (one, holding) = self.what;
        say(&format!("write     {:>7} {one}s with {holding}, {:.1} s", self.count, cost.wall.as_secs_f64()));
        let (cpu, max) = (self.each(cost.cpu), self.cpu_max.as_micros());
        say(&format!("  CPU     {cpu:>7.2} µs for each   (at most {max} µs)"));
        say(&format!("  memory  {:>7} MiB at most   (at most {} MiB)", cost.peak_kib / 1024, self.memory_max));
    }

    fn feed(&self, stdin: ChildStdin) -> std::io::Result<()> {
        let mut lines = BufWriter::with_capacity(1 << 16, stdin);
        let stream = self.stream;
        for number in 1..=self.count {
            write!(lines, "{{\"type\":\"RECORD\",\"record\":{{\"stream\":\"{stream}\",\"data\":")?;
            (self.data)(&mut lines, number)?;
            writeln!(lines, ",\"emitted_at\":1}}}}")?;
            if number % RECORDS_PER_STATE == 0 {
                writeln!(
                    lines,
                    "{{\"type\":\"STATE\",\"state\":{{\"type\":\"STREAM\",\"stream\":{{\"stream_descriptor\":{{\"name\":\"{stream}\"}},\"stream_state\":{{\"id\":{number}}}}}}}}}"
                )?;
            }
        }
        if self.is_whole {
            writeln!(
                lines,
                "{{\"type\":\"TRACE\",\"trace\":{{\"type\":\"STREAM_STATUS\",\"emitted_at\":1,\"stream_status\":{{\"stream_descriptor\":{{\"name\":\"{stream}\"}},\"status\":\"COMPLETE\"}}}}}}"
            )?;
        }
        lines.flush()
    }
}
