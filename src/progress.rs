//! Progress for a person at a terminal, on stderr: a line per stream while it runs, and a table at the end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::now_ms;
use crate::words::counted;

/// How often the lines are redrawn.
const REDRAW: Duration = Duration::from_millis(100);

/// The counters of one stream.
#[derive(Debug)]
pub(crate) struct Gauge {
    pub stream: Arc<str>,
    records: AtomicU64,
    requests: AtomicU64,
    waits: AtomicU64,
    wait_ends: AtomicI64,
    phase: AtomicU8,
}

const PLANNED: u8 = 0;
const RUNNING: u8 = 1;
const WHOLE: u8 = 2;
const BROKEN: u8 = 3;

impl Gauge {
    #[must_use]
    pub(crate) fn new(stream: Arc<str>) -> Self {
        Self {
            stream,
            records: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            waits: AtomicU64::new(0),
            wait_ends: AtomicI64::new(0),
            phase: AtomicU8::new(PLANNED),
        }
    }

    pub(crate) fn start(&self) {
        self.phase.store(RUNNING, Relaxed);
    }

    pub(crate) fn finish(&self, whole: bool) {
        self.phase.store(if whole { WHOLE } else { BROKEN }, Relaxed);
    }

    pub(crate) fn records(&self, count: u64) {
        self.records.fetch_add(count, Relaxed);
    }

    pub(crate) fn request(&self) {
        self.requests.fetch_add(1, Relaxed);
    }

    /// `ends` in epoch milliseconds.
    pub(crate) fn waits_until(&self, ends: i64) {
        self.waits.fetch_add(1, Relaxed);
        self.wait_ends.store(ends, Relaxed);
    }

    /// The requests and waits so far.
    #[must_use]
    pub(crate) fn traffic(&self) -> (u64, u64) {
        (self.requests.load(Relaxed), self.waits.load(Relaxed))
    }

    fn line(&self) -> String {
        let numbers = [(&self.records, "record", 20), (&self.requests, "request", 17)].map(|(count, one, width)| {
            let told = counted(count.load(Relaxed), one);
            format!("{told:>width$}")
        });
        let left = self.wait_ends.load(Relaxed) - now_ms();
        let waits = if left > 0 { format!("  TikTok asks to wait {} s", left / 1000 + 1) } else { String::new() };
        format!("{:<28}{}{waits}", self.stream, numbers.concat())
    }
}

/// Draws the lines and the table. It prints nothing if stderr is no terminal.
pub(crate) struct Progress {
    gauges: Vec<Arc<Gauge>>,
    lines: MultiProgress,
    bars: Vec<ProgressBar>,
    started: Instant,
}

impl Progress {
    /// `terminal`: whether stderr is a terminal.
    #[must_use]
    pub(crate) fn new(streams: impl Iterator<Item = Arc<str>>, terminal: bool) -> Self {
        let gauges: Vec<_> = streams.map(|stream| Arc::new(Gauge::new(stream))).collect();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let lines = MultiProgress::with_draw_target(target);
        let style =
            ProgressStyle::with_template("{spinner} {msg}").unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = |_| lines.add(ProgressBar::new_spinner().with_style(style.clone()));
        let bars = if terminal { gauges.iter().map(bar).collect() } else { Vec::new() };
        Self { gauges, lines, bars, started: Instant::now() }
    }

    /// The gauge of the stream at this index of the catalogue.
    #[must_use]
    pub(crate) fn gauge(&self, at: usize) -> Option<Arc<Gauge>> {
        self.gauges.get(at).cloned()
    }

    /// Draws until it is dropped.
    pub(crate) async fn draw(&self) {
        if self.bars.is_empty() {
            return std::future::pending().await;
        }
        loop {
            for (gauge, bar) in self.gauges.iter().zip(&self.bars) {
                bar.set_message(gauge.line());
                match gauge.phase.load(Relaxed) {
                    RUNNING => bar.tick(),
                    PLANNED => {}
                    _ => bar.finish(),
                }
            }
            tokio::time::sleep(REDRAW).await;
        }
    }

    /// Clears the lines and prints the table.
    pub(crate) fn close(&self) {
        if self.bars.is_empty() {
            return;
        }
        // If the terminal is gone, nobody needs the table.
        let _ = self.lines.clear();
        let _ = std::io::stderr().write_all(self.table().as_bytes());
    }

    fn table(&self) -> String {
        let mut table = format!("{:<28}{:>12}{:>10}{:>7}  \n", "stream", "records", "requests", "waits");
        for gauge in &self.gauges {
            let end = match gauge.phase.load(Relaxed) {
                WHOLE => "complete",
                BROKEN => "INCOMPLETE",
                RUNNING => "stopped",
                _ => "not begun",
            };
            let [records, requests, waits] =
                [&gauge.records, &gauge.requests, &gauge.waits].map(|count| count.load(Relaxed));
            table.push_str(&format!("{:<28}{records:>12}{requests:>10}{waits:>7}  {end}\n", gauge.stream));
        }
        table.push_str(&format!("{:.1} s\n", self.started.elapsed().as_secs_f32()));
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_tells_what_became_of_every_stream() {
        let progress = Progress::new(["ads", "campaigns"].map(Arc::from).into_iter(), false);
        let ads = progress.gauge(0).unwrap();
        ads.start();
        ads.records(1_234_567);
        ads.request();
        ads.finish(true);
        let table = progress.table();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0], "stream                           records  requests  waits  ");
        assert_eq!(lines[1], "ads                              1234567         1      0  complete");
        assert_eq!(lines[2], "campaigns                              0         0      0  not begun");
    }
}
