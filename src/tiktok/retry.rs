//! Retries: when, and how long to wait. Both the number of attempts and the total time are bounded.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

use crate::error::{Error, Kind};

/// The most attempts at one request, not counting throttled ones.
pub(crate) const ATTEMPTS_MAX: usize = 8;
/// The most attempts while a person waits for the answer.
pub(crate) const ATTEMPTS_MAX_WATCHED: usize = 4;
/// How often the same fault may come back for one request.
const SAME_FAULT_MAX: u32 = 3;
/// The longest time for one request with all its attempts.
pub(crate) const RETRY_TIME_MAX: Duration = Duration::from_secs(30 * 60);
/// How often TikTok may throttle one request.
pub(crate) const THROTTLED_MAX: u32 = 60;
/// The first wait between attempts. It doubles each time.
const WAIT_MIN: Duration = Duration::from_millis(500);
/// The longest wait between attempts.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// The longest wait that a response may demand. Beyond it, another attempt costs less than the wait.
pub(crate) const ASKED_WAIT_MAX: Duration = Duration::from_secs(300);
/// The shortest wait while TikTok announces maintenance.
const MAINTENANCE_WAIT: Duration = Duration::from_secs(60);
/// How long the first attempt waits for the first byte. It doubles after each time-out, because TikTok punishes
/// repeated requests for the same slow report (docs/tiktok-api.md 1.6).
const PATIENCE: Duration = Duration::from_secs(30);
const PATIENCE_DOUBLINGS_MAX: u32 = 3;

/// The history of one request.
pub(crate) struct Attempts {
    started: Instant,
    waits: ExponentialBackoff,
    /// Attempts so far, whatever their results.
    pub made: u32,
    throttled: u32,
    timeouts: u32,
    /// The latest fault, and how often it came in a row.
    fault: (String, u32),
}

impl Attempts {
    #[must_use]
    pub(crate) fn start(attempts_max: usize) -> Self {
        let waits = ExponentialBuilder::default()
            .with_min_delay(WAIT_MIN)
            .with_max_delay(WAIT_MAX)
            .with_factor(2.0)
            .with_max_times(attempts_max.saturating_sub(1))
            .with_jitter();
        Self {
            started: Instant::now(),
            waits: waits.build(),
            made: 0,
            throttled: 0,
            timeouts: 0,
            fault: Default::default(),
        }
    }

    /// How long the next attempt waits for the first byte.
    #[must_use]
    pub(crate) fn patience(&self) -> Duration {
        PATIENCE * 2_u32.pow(self.timeouts.min(PATIENCE_DOUBLINGS_MAX))
    }

    /// Excludes a wait that TikTok did not cause.
    pub(crate) fn exclude(&mut self, wait: Duration) {
        self.started += wait;
    }

    /// How long the limiter may hold the request back.
    #[must_use]
    pub(crate) fn time_left(&self) -> Duration {
        RETRY_TIME_MAX.saturating_sub(self.started.elapsed())
    }

    /// The wait before the next attempt. `None`: give up. A throttled request waits in the limiter instead.
    pub(crate) fn next_wait(&mut self, error: &Error) -> Option<Duration> {
        self.made += 1;
        if !error.kind().is_temporary() || self.started.elapsed() >= RETRY_TIME_MAX {
            return None;
        }
        let asked = error.wait().min(ASKED_WAIT_MAX);
        match error.kind() {
            Kind::Throttled(_) => {
                self.throttled += 1;
                (self.throttled < THROTTLED_MAX).then_some(Duration::ZERO)
            }
            Kind::Malformed if self.repeated(error.message()) >= SAME_FAULT_MAX => None,
            Kind::Maintenance => self.waits.next().map(|wait| wait.max(MAINTENANCE_WAIT).max(asked)),
            kind => {
                self.timeouts += u32::from(kind == Kind::Timeout);
                self.waits.next().map(|wait| wait.max(asked))
            }
        }
    }

    /// How often this fault came in a row, whatever row of the data it names.
    fn repeated(&mut self, fault: &str) -> u32 {
        let fault: String = fault.chars().filter(|c| !c.is_ascii_digit()).collect();
        let (known, times) = &mut self.fault;
        if *known != fault {
            (*known, *times) = (fault, 0);
        }
        *times += 1;
        *times
    }

    /// Adds the number of attempts and their time to the last error.
    #[must_use]
    pub(crate) fn give_up(&self, error: Error) -> Error {
        error.with("attempts", self.made).with("seconds", self.started.elapsed().as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::LimitScope;

    fn of(kind: Kind) -> Error {
        Error::new(kind, "x")
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_end() {
        let mut attempts = Attempts::start(ATTEMPTS_MAX);
        let waits: Vec<_> = std::iter::from_fn(|| attempts.next_wait(&of(Kind::Unavailable))).collect();
        assert_eq!(waits.len(), ATTEMPTS_MAX - 1);
        assert!(waits.is_sorted_by(|a, b| a.as_secs() <= b.as_secs() * 2));
    }

    #[tokio::test(start_paused = true)]
    async fn throttled_attempts_use_up_no_other() {
        let mut attempts = Attempts::start(ATTEMPTS_MAX);
        for _ in 1..THROTTLED_MAX {
            assert_eq!(attempts.next_wait(&of(Kind::Throttled(LimitScope::App))), Some(Duration::ZERO));
        }
        assert!(attempts.next_wait(&of(Kind::Network)).is_some());
        assert_eq!(attempts.next_wait(&of(Kind::Throttled(LimitScope::App))), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_answer_asks_for_is_waited_for_within_reason() {
        for (asked, least, most) in [(7, 7, 8), (0, 0, 1), (86_400, 300, 301)] {
            let error = of(Kind::Unavailable).not_before(Duration::from_secs(asked));
            let wait = Attempts::start(ATTEMPTS_MAX).next_wait(&error).unwrap();
            assert!((least..=most).contains(&wait.as_secs()), "{asked}: {wait:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn time_ends_attempts_too() {
        let mut attempts = Attempts::start(ATTEMPTS_MAX);
        tokio::time::advance(RETRY_TIME_MAX * 2).await;
        assert_eq!(attempts.next_wait(&of(Kind::Throttled(LimitScope::App))), None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_third_equal_fault_is_the_last() {
        let mut attempts = Attempts::start(ATTEMPTS_MAX);
        let of = |fault: &str| Error::new(Kind::Malformed, fault);
        for fault in ["a[1]", "b", "a[1]", "a[20]"] {
            assert!(attempts.next_wait(&of(fault)).is_some(), "{fault}");
        }
        assert_eq!(attempts.next_wait(&of("a[3]")), None);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_grows_with_time_outs_only() {
        let mut attempts = Attempts::start(ATTEMPTS_MAX);
        attempts.next_wait(&of(Kind::Network));
        assert_eq!(attempts.patience(), PATIENCE);
        for _ in 0..5 {
            attempts.next_wait(&of(Kind::Timeout));
        }
        assert_eq!(attempts.patience(), PATIENCE * 8);
    }

    #[tokio::test(start_paused = true)]
    async fn what_will_not_pass_is_not_tried_again() {
        for kind in [Kind::Token, Kind::Permission, Kind::Request, Kind::TooLarge, Kind::Unexpected, Kind::Config] {
            assert_eq!(Attempts::start(ATTEMPTS_MAX).next_wait(&of(kind)), None, "{kind:?}");
        }
    }
}
