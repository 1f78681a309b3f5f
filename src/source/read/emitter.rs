//! What one stream sends: records, states that count them, statuses, estimates.
//!
//! Slices of a stream run side by side, so everything goes through one lock: the count in a STATE is exactly
//! the number of records before it on stdout since the last one.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::clock::now_ms;
use crate::lock::lock;
use crate::progress::{Count, Gauge};
use crate::protocol::message::Status;
use crate::protocol::{Message, Output};
use crate::tiktok::Watch;

/// A STATE of no more bytes than this goes out every second while slices finish, or when more bytes of records were
/// sent since. One that is so many times as long waits so many times as long, and for so many times its own bytes:
/// it holds all partitions, and so all of them would else cost their square.
const STATE_BYTES_CHEAP: usize = 1 << 10;
const STATE_WAIT: Duration = Duration::from_secs(1);
/// After each such time waits are once more as long, so that what a run of hours says grows with their logarithm.
const STATE_WAIT_GROWS: Duration = Duration::from_secs(3_600);
/// What a killed run may lose is bounded all the same: so long, or such a part of its time.
const STATE_WAIT_MAX: Duration = Duration::from_secs(300);
const STATE_WAIT_MAX_PART: u32 = 8;
/// An estimate is sent again when it grew by more than a tenth.
const ESTIMATE_STEP: u64 = 10;
/// A wait that ends this much later than the one told before is told again.
const QUOTA_RESET_STEP_MS: i64 = 1_000;

/// The mouth of one stream.
pub(crate) struct Emitter {
    stream: Arc<str>,
    output: Output,
    pub gauge: Arc<Gauge>,
    sent: Mutex<Sent>,
    told_keyless: AtomicBool,
}

struct Sent {
    running: bool,
    /// Records and bytes since the last STATE.
    records: u64,
    bytes: usize,
    began: Instant,
    state_at: Instant,
    /// What the last STATE said, as a hash; Airbyte wants no two alike in a row.
    state: Option<u64>,
    /// Bytes of the last STATE.
    state_bytes: usize,
    /// Rows that slices announced, and what the last ESTIMATE said.
    announced: u64,
    estimated: u64,
    quota_reset: i64,
}

impl Emitter {
    /// Opens a stream with STARTED.
    #[must_use]
    pub(crate) fn start(stream: Arc<str>, output: Output, gauge: Arc<Gauge>) -> Self {
        output.message(&Message::stream_status(&stream, Status::Started));
        gauge.start();
        let sent = Sent {
            running: false,
            records: 0,
            bytes: 0,
            began: Instant::now(),
            state_at: Instant::now(),
            state: None,
            state_bytes: 0,
            announced: 0,
            estimated: 0,
            quota_reset: 0,
        };
        Self { stream, output, gauge, sent: Mutex::new(sent), told_keyless: AtomicBool::new(false) }
    }

    /// Sends finished RECORD lines; waits while stdout is behind.
    pub(crate) async fn records(&self, lines: Vec<u8>, count: u64) {
        if count == 0 {
            return;
        }
        let room = self.output.room(lines.len()).await;
        let mut sent = self.lock();
        if !sent.running {
            sent.running = true;
            self.output.message(&Message::stream_status(&self.stream, Status::Running));
        }
        sent.records += count;
        sent.bytes += lines.len();
        self.gauge.records(count);
        self.gauge.add(Count::Bytes, lines.len() as u64);
        self.output.lines(lines, room);
    }

    /// A slice announces how many rows it will bring.
    pub(crate) fn announce(&self, rows: u64) {
        let mut sent = self.lock();
        sent.announced += rows;
        if sent.announced > sent.estimated + sent.estimated / ESTIMATE_STEP {
            sent.estimated = sent.announced;
            self.output.message(&Message::estimate(&self.stream, sent.announced));
        }
    }

    /// The state that the stream began with had so many bytes.
    pub(crate) fn goes_on_from(&self, state_bytes: usize) {
        self.lock().state_bytes = state_bytes;
    }

    /// Sends a STATE, unless the last one is too fresh for what such a long one costs; whether it did.
    pub(crate) fn checkpoint(&self, state: impl FnOnce() -> Value) -> bool {
        let mut sent = self.lock();
        let due = sent.state_is_due();
        if due {
            self.send_state(&mut sent, &state());
        }
        due
    }

    /// When a STATE may be sent, however few records came.
    pub(crate) fn state_due(&self) -> Instant {
        self.lock().state_due()
    }

    /// Tells what of the stream TikTok does not give.
    pub(crate) fn not_whole(&self, what: &str) {
        tracing::warn!("Stream `{}` is not whole: {what}", self.stream);
    }

    /// Tells once that rows come without a field of their primary key.
    pub(crate) fn tell_keyless(&self, key: &[&str]) {
        if !self.told_keyless.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "TikTok gives rows of stream `{}` without a field of their key ({}): they go out with null in its place, so \
                 a destination that keeps one row a key keeps only one of them",
                self.stream,
                key.join(", ")
            );
        }
    }

    /// Sends the last STATE and closes the stream.
    pub(crate) fn finish(&self, state: &Value, whole: bool) {
        self.send_state(&mut self.lock(), state);
        match whole {
            true => self.output.complete(&self.stream),
            false => self.output.message(&Message::stream_status(&self.stream, Status::Incomplete)),
        }
        self.gauge.finish(whole);
    }

    fn send_state(&self, sent: &mut Sent, state: &Value) {
        let text = state.to_string();
        let hash = Some(hash(&text));
        if sent.records == 0 && sent.state == hash {
            return;
        }
        (sent.state, sent.state_bytes) = (hash, text.len());
        self.output.state(&self.stream, state, text, sent.records);
        (sent.records, sent.bytes, sent.state_at) = (0, 0, Instant::now());
    }

    fn lock(&self) -> MutexGuard<'_, Sent> {
        lock(&self.sent)
    }
}

impl Sent {
    /// How many times as dear as a cheap one a STATE is.
    fn times(&self) -> usize {
        self.state_bytes.div_ceil(STATE_BYTES_CHEAP).max(1)
    }

    fn state_due(&self) -> Instant {
        let reads = self.state_at - self.began;
        let wait = STATE_WAIT.saturating_mul(u32::try_from(self.times()).unwrap_or(u32::MAX));
        let wait = wait
            .saturating_mul(1 + u32::try_from(reads.as_secs() / STATE_WAIT_GROWS.as_secs()).unwrap_or(u32::MAX - 1));
        self.state_at + wait.min(STATE_WAIT_MAX.max(reads / STATE_WAIT_MAX_PART))
    }

    fn state_is_due(&self) -> bool {
        Instant::now() >= self.state_due() || self.bytes > self.state_bytes.saturating_mul(self.times())
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

impl Watch for Emitter {
    fn stream(&self) -> Option<&str> {
        Some(&self.stream)
    }

    fn sent(&self) {
        self.gauge.request();
    }

    fn sent_again(&self) {
        self.gauge.add(Count::Retries, 1);
    }

    fn held_back(&self, wait: Duration) {
        let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
        let quota_reset = now_ms().saturating_add(wait_ms);
        let mut sent = self.lock();
        if quota_reset > sent.quota_reset + QUOTA_RESET_STEP_MS {
            sent.quota_reset = quota_reset;
            self.gauge.waits_until(quota_reset);
            self.output.message(&Message::rate_limited(&self.stream, quota_reset));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// What a test sent, line by line; RECORDs are `r`.
    fn lines(run: impl AsyncFnOnce(&Emitter)) -> Vec<String> {
        let path =
            std::env::temp_dir().join(format!("emitter-{:?}-{}", std::thread::current().id(), std::process::id()));
        let (output, writer) = Output::new(std::fs::File::create(&path).unwrap());
        let emitter = Emitter::start("ads".into(), output, Arc::new(Gauge::new("ads".into())));
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(run(&emitter));
        writer.join().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        text.lines().map(short).collect()
    }

    fn short(line: &str) -> String {
        let Ok(value) = serde_json::from_str::<Value>(line) else { return line.to_owned() };
        let trace = &value["trace"];
        match value["type"].as_str().unwrap() {
            "STATE" => format!("STATE {}", value["state"]["sourceStats"]["recordCount"]),
            _ if trace["type"] == "ESTIMATE" => format!("ESTIMATE {}", trace["estimate"]["row_estimate"]),
            _ => format!(
                "{} {}",
                trace["stream_status"]["status"].as_str().unwrap(),
                trace["stream_status"]["reasons"].as_array().map_or(0, Vec::len)
            ),
        }
    }

    #[test]
    fn a_stream_speaks_in_order_and_counts_right() {
        let state = json!({});
        let told = lines(async |emitter| {
            emitter.announce(3);
            emitter.records(b"r\nr\n".to_vec(), 2).await;
            emitter.records(Vec::new(), 0).await;
            emitter.checkpoint(|| state.clone());
            emitter.records(b"r\n".to_vec(), 1).await;
            emitter.finish(&state, true);
        });
        assert_eq!(
            told,
            ["STARTED 0", "ESTIMATE 3", "RUNNING 0", "r", "r", "STATE 2.0", "r", "STATE 1.0", "COMPLETE 0"]
        );
    }

    #[test]
    fn states_are_never_most_of_the_output() {
        let state = json!({"long": "x".repeat(1000)});
        let told = lines(async |emitter| {
            emitter.goes_on_from(1000);
            for _ in 0..100 {
                emitter.records(b"r\n".to_vec(), 1).await;
                emitter.checkpoint(|| state.clone());
            }
            emitter.finish(&state, false);
        });
        assert_eq!(told.iter().filter(|line| line.starts_with("STATE")).count(), 1);
        assert_eq!(told.last().unwrap(), "INCOMPLETE 0");
    }

    /// So many advertisers finish one after the other, 50 a second, from a state that knows all or none; bytes of STATE.
    fn bytes_of_states(advertisers: usize, known: bool) -> usize {
        let state = |count: usize| json!(vec!["x".repeat(110); count]);
        let bytes = std::cell::Cell::new(0);
        lines(async |emitter| {
            emitter.goes_on_from(state(if known { advertisers } else { 0 }).to_string().len());
            for at in 0..advertisers {
                tokio::time::advance(Duration::from_millis(20)).await;
                emitter.checkpoint(|| {
                    let state = state(if known { advertisers } else { at + 1 });
                    bytes.set(bytes.get() + state.to_string().len());
                    state
                });
            }
        });
        bytes.get()
    }

    #[test]
    fn states_follow_the_advertisers_and_not_their_square() {
        for known in [false, true] {
            for advertisers in [300, 3_000, 30_000] {
                let bytes = bytes_of_states(advertisers, known);
                assert!(bytes < 1_000 * advertisers, "{advertisers}: {bytes}");
            }
        }
        assert!(bytes_of_states(3_000, false) > 200_000, "a killed run does not lose all");
    }

    /// What README says of a stream: 1 KiB a second of the first hour, half of that of the second, and so on, beside the
    /// first and the last STATE, and the one that is on its way.
    fn bytes_of_states_max(seconds: u64, state_bytes: usize) -> usize {
        let hours = seconds / 3_600 + 1;
        let parts: f64 = (1..=hours).map(|hour| 1.0 / hour as f64).sum();
        (parts * 3_600.0 * 1_024.0) as usize + 3 * state_bytes
    }

    #[test]
    fn a_sync_of_hours_says_states_by_its_logarithm() {
        for (advertisers, hours) in [(300, 1), (3_000, 4), (3_000, 24)] {
            let state = json!(vec!["x".repeat(110); advertisers]);
            let length = state.to_string().len();
            let bytes = std::cell::Cell::new(0);
            lines(async |emitter| {
                for at in 0..hours * 3_600 {
                    tokio::time::advance(Duration::from_secs(1)).await;
                    emitter.checkpoint(|| {
                        bytes.set(bytes.get() + length);
                        json!([at, state])
                    });
                }
            });
            let (bytes, most) = (bytes.get(), bytes_of_states_max(hours * 3_600, length));
            assert!(bytes <= most, "{advertisers} in {hours} h: {bytes} of {most}");
            assert!(bytes * 3 > most, "a killed run does not lose all: {bytes} of {most}");
        }
        assert!(2 * bytes_of_states_max(4 * 3_600, 3_000 * 113) < 20_000_000, "two streams of 3,000 advertisers");
    }

    #[test]
    fn no_state_is_said_twice_in_a_row() {
        let told = lines(async |emitter| {
            emitter.records(b"r\n".to_vec(), 1).await;
            emitter.checkpoint(|| json!({}));
            emitter.finish(&json!({}), true);
        });
        assert_eq!(told, ["STARTED 0", "RUNNING 0", "r", "STATE 1.0", "COMPLETE 0"]);
        assert_eq!(lines(async |emitter| emitter.finish(&json!({}), true)), ["STARTED 0", "STATE 0.0", "COMPLETE 0"]);
    }

    #[test]
    fn a_wait_is_told_once() {
        let told = lines(async |emitter| {
            emitter.held_back(Duration::from_secs(10));
            emitter.held_back(Duration::from_secs(5));
            emitter.held_back(Duration::from_secs(20));
        });
        assert_eq!(told, ["STARTED 0", "RUNNING 1", "RUNNING 1"]);
    }

    #[test]
    fn estimates_grow_in_steps() {
        let told = lines(async |emitter| (0..1_000).for_each(|_| emitter.announce(1)));
        assert!(told.len() < 80, "{}", told.len());
        assert!(told.last().unwrap().starts_with("ESTIMATE 9"), "{told:?}");
    }
}
