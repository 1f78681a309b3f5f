//! Progress for a person at a terminal, on stderr: a line per stream while it runs, and a table at the end.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::clock::now_ms;
use crate::words::{counted, some};

/// How often the lines are redrawn.
const REDRAW: Duration = Duration::from_millis(100);

/// What a [`Gauge`] counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Count {
    Records,
    /// Of the records, as lines.
    Bytes,
    Requests,
    /// Requests that leave again after a failure.
    Retries,
    /// Times that TikTok makes it wait.
    Waits,
    Partitions,
    PartitionsWhole,
    /// Days of reports that were read, and that needed no request.
    Days,
    DaysSkipped,
    /// Advertisers, or others that are planned on their own, and those among them that were planned.
    Units,
    UnitsPlanned,
}

/// Streams that are named in a sentence.
const NAMED_MAX: usize = 5;
/// Columns of a name, at least.
const NAMES_WIDTH_MIN: usize = 28;

/// How many counts there are.
const COUNTS: usize = Count::UnitsPlanned as usize + 1;

/// How far a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Planned,
    Running,
    Whole,
    Broken,
}

/// The counters of one stream.
#[derive(Debug)]
pub(crate) struct Gauge {
    pub stream: Arc<str>,
    counts: [AtomicU64; COUNTS],
    wait_ends: AtomicI64,
    /// In epoch milliseconds.
    began: AtomicI64,
    ended: AtomicI64,
    phase: AtomicU8,
}

impl Gauge {
    #[must_use]
    pub(crate) fn new(stream: Arc<str>) -> Self {
        Self {
            stream,
            counts: Default::default(),
            wait_ends: AtomicI64::new(0),
            began: AtomicI64::new(0),
            ended: AtomicI64::new(0),
            phase: AtomicU8::new(Phase::Planned as u8),
        }
    }

    pub(crate) fn start(&self) {
        self.began.store(now_ms(), Relaxed);
        self.phase.store(Phase::Running as u8, Relaxed);
    }

    pub(crate) fn finish(&self, whole: bool) {
        self.ended.store(now_ms(), Relaxed);
        self.phase.store(if whole { Phase::Whole } else { Phase::Broken } as u8, Relaxed);
    }

    #[must_use]
    pub(crate) fn phase(&self) -> Phase {
        let phases = [Phase::Planned, Phase::Running, Phase::Whole, Phase::Broken];
        phases.get(usize::from(self.phase.load(Relaxed))).copied().unwrap_or(Phase::Planned)
    }

    /// When it began and ended, in epoch milliseconds, if it did.
    #[must_use]
    pub(crate) fn span(&self) -> (i64, i64) {
        (self.began.load(Relaxed), self.ended.load(Relaxed))
    }

    pub(crate) fn add(&self, count: Count, number: u64) {
        if let Some(counter) = self.counts.get(count as usize) {
            counter.fetch_add(number, Relaxed);
        }
    }

    #[must_use]
    pub(crate) fn count(&self, count: Count) -> u64 {
        self.counts.get(count as usize).map_or(0, |counter| counter.load(Relaxed))
    }

    pub(crate) fn records(&self, count: u64) {
        self.add(Count::Records, count);
    }

    pub(crate) fn request(&self) {
        self.add(Count::Requests, 1);
    }

    /// `ends` in epoch milliseconds.
    pub(crate) fn waits_until(&self, ends: i64) {
        self.add(Count::Waits, 1);
        self.wait_ends.store(ends, Relaxed);
    }

    /// The requests and waits so far.
    #[must_use]
    pub(crate) fn traffic(&self) -> (u64, u64) {
        (self.count(Count::Requests), self.count(Count::Waits))
    }

    /// `width`: of the column of names.
    fn line(&self, width: usize) -> String {
        let numbers = [(Count::Records, "record", 20), (Count::Requests, "request", 17)].map(|(count, one, width)| {
            let told = counted(self.count(count), one);
            format!("{told:>width$}")
        });
        let left = self.wait_ends.load(Relaxed) - now_ms();
        let waits = if left > 0 { format!("  TikTok asks to wait {} s", left / 1000 + 1) } else { String::new() };
        format!("{:<width$}{}{waits}", self.stream, numbers.concat())
    }
}

impl Gauge {
    /// What was not planned yet counts for one partition.
    fn course(&self) -> String {
        let [partitions, whole, units, planned] =
            [Count::Partitions, Count::PartitionsWhole, Count::Units, Count::UnitsPlanned]
                .map(|count| self.count(count));
        let all = partitions + units.saturating_sub(planned);
        let of = if all > 0 { format!(" {whole} of {}", counted(all, "partition")) } else { String::new() };
        format!("`{}`{of}", self.stream)
    }
}

/// How far some streams are, in words, while any of them is read.
#[must_use]
pub(crate) fn course(gauges: &[Arc<Gauge>]) -> Option<String> {
    let is_done = |gauge: &&Arc<Gauge>| matches!(gauge.phase(), Phase::Whole | Phase::Broken);
    let running = gauges.iter().filter(|gauge| gauge.phase() == Phase::Running);
    let running: Vec<String> = running.map(|gauge| gauge.course()).collect();
    let records: u64 = gauges.iter().map(|gauge| gauge.count(Count::Records)).sum();
    let (records, done) = (counted(records, "record"), gauges.iter().filter(is_done).count());
    let streams = counted(gauges.len(), "stream");
    (!running.is_empty()).then(|| format!("{records}; {done} of {streams} read; now {}", some(&running, NAMED_MAX)))
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

    #[must_use]
    pub(crate) fn gauges(&self) -> &[Arc<Gauge>] {
        &self.gauges
    }

    /// Draws until it is dropped.
    pub(crate) async fn draw(&self) {
        if self.bars.is_empty() {
            return std::future::pending().await;
        }
        let width = self.names_width();
        loop {
            for (gauge, bar) in self.gauges.iter().zip(&self.bars) {
                bar.set_message(gauge.line(width));
                match gauge.phase() {
                    Phase::Running => bar.tick(),
                    Phase::Planned => {}
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

    /// As wide as the longest name, so that numbers stand below each other.
    fn names_width(&self) -> usize {
        let longest = self.gauges.iter().map(|gauge| gauge.stream.chars().count()).max();
        longest.unwrap_or_default().max(NAMES_WIDTH_MIN)
    }

    fn table(&self) -> String {
        let width = self.names_width();
        let mut table = format!("{:<width$}{:>12}{:>10}{:>7}  \n", "stream", "records", "requests", "waits");
        for gauge in &self.gauges {
            let end = match gauge.phase() {
                Phase::Whole => "complete",
                Phase::Broken => "INCOMPLETE",
                Phase::Running => "stopped",
                Phase::Planned => "not begun",
            };
            let [records, requests, waits] =
                [Count::Records, Count::Requests, Count::Waits].map(|count| gauge.count(count));
            table.push_str(&format!("{:<width$}{records:>12}{requests:>10}{waits:>7}  {end}\n", gauge.stream));
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

    #[test]
    fn numbers_stand_below_each_other_beside_the_longest_name() {
        let names = ["ads", "campaigns_audience_reports_by_country_daily"];
        let progress = Progress::new(names.map(Arc::from).into_iter(), false);
        let table = progress.table();
        let ends = table.lines().take(3).map(|line| line.find("  not begun").unwrap_or(line.trim_end().len()));
        assert_eq!(ends.collect::<std::collections::BTreeSet<_>>().len(), 1, "\n{table}");
        let width = progress.names_width();
        let lines: Vec<_> = progress.gauges().iter().map(|gauge| gauge.line(width)).collect();
        assert_eq!(lines[0].len(), lines[1].len(), "{lines:?}");
    }

    #[test]
    fn what_is_read_now_is_told_with_how_far_it_is() {
        let gauges: Vec<_> = ["ads", "campaigns", "pixels"].map(|name| Arc::new(Gauge::new(name.into()))).into();
        assert_eq!(course(&gauges), None);
        gauges.iter().take(2).for_each(|gauge| gauge.start());
        gauges[0].finish(true);
        gauges[0].records(5);
        for (count, number) in
            [(Count::Units, 3_000), (Count::UnitsPlanned, 40), (Count::Partitions, 41), (Count::PartitionsWhole, 30)]
        {
            gauges[1].add(count, number);
        }
        let told = course(&gauges);
        assert_eq!(told.as_deref(), Some("5 records; 1 of 3 streams read; now `campaigns` 30 of 3001 partitions"));
    }
}
