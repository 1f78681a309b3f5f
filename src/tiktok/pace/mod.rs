//! The pace of requests that share a limit: it learns what TikTok lets through (docs/tiktok-api.md 1.6).
//!
//! Several programs share an app's quota without a word to each other. Each slows down at once when TikTok says "too
//! often" and speeds up slowly while it answers, as TCP shares a line. How slowly follows from one curve: the share of
//! refusals that a pace puts up with, which is less the faster it is. All runs see the same refusals, so the fast become
//! slower and the slow faster, until all go alike. Pure: it takes the time, counted from any start, and reads no clock.

use std::fmt;
use std::time::Duration;

/// How much slower than the quota the pace is at most. Requests that leave evenly do not arrive so, and TikTok
/// refuses the eleventh of a second.
const SLACK: f64 = 0.02;
/// Where an unknown quota is first tried, as a share of the most: eight runs that start together fit, and a run alone
/// is soon at the most.
const START: f64 = 0.12;
/// The slowest start, in requests a second: nobody waits long for the second answer.
const START_MIN: f64 = 1.0;
/// What an answer multiplies the pace by until the first refusal. It doubles in each round trip or two, as TCP starts.
const START_GROWTH: f64 = 1.5;
/// What is left of the pace after a refusal.
const FALL: f64 = 0.66;
/// What is left after a refusal that follows another one, or comes while the pace still doubles: far too fast.
const STEEP_FALL: f64 = 0.46;
/// The share of refusals at which a slow pace neither rises nor falls, and how much of it the fastest one keeps.
const TOLERATED: f64 = 0.06;
const TOLERATED_LEAST: f64 = 0.002;
/// Where it is half of that, as a share of the most, and how steeply it sinks there. The steeper, the sooner runs are
/// alike; many runs are in the flat part, so that they refuse each other seldom.
const TOLERATED_HALF_AT: f64 = 0.2;
const TOLERATED_SINKS: f64 = 4.0;
/// After so many seconds without a refusal others have left: the pace rises faster, and faster with each second.
const UNREFUSED_SECONDS: f64 = 45.0;
const UNREFUSED_GROWTH: f64 = 8.0;
/// A refusal of a run that had nearly all of the most is a stray one, or another run begins, which refuses again soon: the
/// pace comes back by so much a second.
const ALONE_FROM: f64 = 0.9;
const ALONE_GROWTH: f64 = 0.05;
/// The slowest pace, as a share of the most: fifty runs share a quota at it. And in requests a second, for the most may be
/// far from what there is.
const FLOOR: f64 = 0.02;
const FLOOR_MAX: f64 = 0.2;
/// How unevenly requests leave, as a share of the time between two: the more, the slower the pace. Runs that keep step
/// would meet in the same moment of each second again and again, and some would be refused for ever.
const UNEVEN: f64 = 0.15;
/// The same at full pace, where unevenness alone would exceed the quota.
const UNEVEN_AT_MOST: f64 = 0.006;
/// The longest breath after a refusal: the next second is free again. Chance spreads the runs that were refused together.
const BREATH: Duration = Duration::from_millis(600);
/// How late a request may leave without those after it being late: a timer is late by a millisecond or two.
const CATCH_UP_MAX: Duration = Duration::from_millis(20);
/// How soon whoever waits looks again: an answer may make the next request due sooner.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// After so long without a request, what was learnt is old: the pace doubles again from where it was.
const STALE_AFTER: Duration = Duration::from_secs(60);
/// A longer limit than that of a second: at least so many refusals in a row, over so long, and the last at the slowest
/// pace. A limit of a second lets somebody through in each second.
const REPEATS_MIN: u32 = 6;
const REPEATS_TIME_MIN: Duration = Duration::from_secs(15);
/// How long a limit of a minute is waited for. TikTok may suspend calls for five.
const MINUTE: Duration = Duration::from_secs(60);
/// The longest rest. TikTok's limit of a minute suspends for so long; a limit of a day ends when the request's time does.
const REST_MAX: Duration = Duration::from_secs(300);
/// Rests that a limit of a minute explains. After them it is that of the day.
const MINUTE_RESTS_MAX: u32 = 2;
/// The first rest of a lane whose refusals suspend; each next one is longer by the factor.
const SUSPENSION_MIN: Duration = Duration::from_secs(1);
const SUSPENSION_GROWTH: u32 = 2;
/// Doublings from [`SUSPENSION_MIN`] that certainly exceed [`REST_MAX`].
const SUSPENSION_STEPS_MAX: u32 = 9;
/// How much longer a rest is by chance, so that two runs do not wake together.
const REST_SPREAD: f64 = 0.2;

/// What a refusal does to a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusals {
    /// The pace was too fast: TikTok counts by the second, and by longer spans.
    Slow,
    /// TikTok restricts the lane for a time that it does not tell.
    Suspend,
}

/// The span of the limit that refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// The next second is free again.
    Second,
    /// A suspension of unknown length, tried again after longer and longer rests.
    Suspension,
    /// Refusals repeat at the slowest pace.
    Minute,
    /// They repeat after rests that outlast a minute's limit.
    Day,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "TikTok's limit of a second",
            Self::Suspension => "a limit whose length TikTok does not tell",
            Self::Minute => "TikTok's limit of a minute, which may suspend for five",
            Self::Day => "TikTok's limit of a day, which ends at midnight UTC",
        })
    }
}

/// A lane's pace.
#[derive(Debug)]
pub(crate) struct Pace {
    refusals: Refusals,
    most: f64,
    /// In requests a second.
    rate: f64,
    /// Whether the pace doubles, up to [`Pace::ceiling`].
    doubles: bool,
    ceiling: f64,
    /// Where the limit was found.
    peak: f64,
    /// Since the last refusal, in spans of [`UNREFUSED_SECONDS`] of answers at the pace.
    unrefused: f64,
    /// Answers to requests that left before are of the pace before the fall: one fall a round trip.
    fell: Option<Duration>,
    /// When the next request is due, and how much later it leaves.
    due: Duration,
    unevenness: Duration,
    last: Duration,
    row: u32,
    row_began: Duration,
    rests: u32,
    rng: fastrand::Rng,
}

impl Pace {
    /// A pace that finds its quota, of which `most` a second is tried.
    #[must_use]
    pub(crate) fn learning(most: f64, seed: u64) -> Self {
        let pace = Self::full(most, Refusals::Slow, seed);
        let rate = (pace.most * START).max(START_MIN).min(pace.most);
        Self { rate, doubles: rate < pace.most, ..pace }
    }

    /// A pace that starts at `most` a second.
    #[must_use]
    pub(crate) fn full(most: f64, refusals: Refusals, seed: u64) -> Self {
        let most = most * (1.0 - SLACK);
        Self {
            refusals,
            most,
            rate: most,
            doubles: false,
            ceiling: most,
            peak: most,
            unrefused: 0.0,
            fell: None,
            due: Duration::ZERO,
            unevenness: Duration::ZERO,
            last: Duration::ZERO,
            row: 0,
            row_began: Duration::ZERO,
            rests: 0,
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// When the next request may leave.
    #[must_use]
    pub(crate) fn next(&self) -> Duration {
        self.due + self.unevenness
    }

    /// When the present rest ends, if TikTok restricts the lane.
    #[must_use]
    pub(crate) fn rests_until(&self) -> Option<Duration> {
        self.fell.filter(|_| self.rests > 0)
    }

    /// A request leaves.
    pub(crate) fn left(&mut self, now: Duration) {
        if now.saturating_sub(self.last) >= STALE_AFTER && self.row == 0 {
            (self.doubles, self.ceiling) = (true, self.most);
        }
        self.last = now;
        let between = 1.0 / self.rate;
        let late_max = CATCH_UP_MAX.min(seconds(between));
        self.due = self.due.max(now.saturating_sub(late_max)) + seconds(between);
        let uneven = UNEVEN_AT_MOST + UNEVEN * (1.0 - self.rate / self.most);
        self.unevenness = seconds(between * uneven * self.rng.f64());
    }

    /// TikTok answered a request that left at `sent`.
    pub(crate) fn passed(&mut self, sent: Duration) {
        if self.fell.is_some_and(|fell| sent < fell) {
            return;
        }
        if self.row > 1 {
            (self.doubles, self.ceiling) = (true, self.peak * FALL);
        }
        (self.row, self.rests) = (0, 0);
        if self.doubles { self.double() } else { self.rise() }
    }

    fn double(&mut self) {
        self.rate = self.rate.max((self.rate * START_GROWTH).min(self.ceiling));
        self.due = self.due.min(self.last + seconds(1.0 / self.rate));
        self.doubles = self.rate < self.ceiling;
    }

    /// One answer's step: as many of them as there are to a tolerated refusal make up for its fall.
    fn rise(&mut self) {
        let curve = 1.0 + (self.rate / self.most / TOLERATED_HALF_AT).powf(TOLERATED_SINKS);
        let tolerated = TOLERATED_LEAST + TOLERATED / curve;
        let step = 1.0 / self.rate / UNREFUSED_SECONDS;
        self.unrefused += step;
        let freed = UNREFUSED_GROWTH * (self.unrefused - 1.0).max(0.0) * step;
        let alone = if self.peak >= self.most * ALONE_FROM { ALONE_GROWTH / self.rate } else { 0.0 };
        self.rate = (self.rate * (1.0 + (1.0 - FALL) * tolerated + freed + alone)).min(self.most);
    }

    /// TikTok said "too often" to a request that left at `sent`. The span is that of the limit, as far as it shows.
    pub(crate) fn refused(&mut self, now: Duration, sent: Duration) -> Span {
        if self.fell.is_none_or(|fell| sent >= fell) {
            self.fall(now, sent);
            self.rest(now);
        }
        self.span()
    }

    fn fall(&mut self, now: Duration, sent: Duration) {
        let steep = self.doubles || self.row > 0;
        if self.row == 0 {
            self.row_began = sent;
            // Whoever still doubled saw the refusal a round trip late.
            self.peak = if self.doubles { self.rate * STEEP_FALL } else { self.rate };
            self.peak = self.peak.max(self.floor());
        }
        self.rate = (self.rate * if steep { STEEP_FALL } else { FALL }).max(self.floor());
        (self.doubles, self.unrefused) = (false, 0.0);
        self.fell = Some(now);
        self.row += 1;
    }

    fn rest(&mut self, now: Duration) {
        let longer = self.row >= REPEATS_MIN
            && self.rate <= self.floor()
            && now.saturating_sub(self.row_began) >= REPEATS_TIME_MIN;
        let rest = match self.refusals {
            Refusals::Suspend => {
                let step = SUSPENSION_GROWTH.pow((self.row - 1).min(SUSPENSION_STEPS_MAX));
                Some((SUSPENSION_MIN * step).min(REST_MAX))
            }
            Refusals::Slow => longer.then_some(if self.rests == 0 { MINUTE } else { REST_MAX }),
        };
        match rest {
            Some(rest) => {
                self.rests += 1;
                let spread = REST_SPREAD * self.rng.f64();
                self.hold(now + rest.mul_f64(1.0 + spread));
            }
            None => {
                let breath = BREATH.mul_f64(self.rng.f64());
                self.wait(now + breath);
            }
        }
    }

    fn wait(&mut self, until: Duration) {
        if self.next() < until {
            (self.due, self.unevenness) = (until, Duration::ZERO);
        }
    }

    /// Lets nothing leave until then; what comes back before is no news.
    fn hold(&mut self, until: Duration) {
        self.wait(until);
        self.fell = self.fell.max(Some(until));
    }

    /// TikTok asked to wait: nothing leaves for that long, within reason.
    pub(crate) fn asked_to_wait(&mut self, now: Duration, asked: Duration) {
        if !asked.is_zero() {
            self.rests = self.rests.max(1);
            self.hold(now + asked.min(REST_MAX));
        }
    }

    fn span(&self) -> Span {
        match (self.refusals, self.rests) {
            (_, 0) => Span::Second,
            (Refusals::Suspend, _) => Span::Suspension,
            (Refusals::Slow, rests) if rests <= MINUTE_RESTS_MAX => Span::Minute,
            (Refusals::Slow, _) => Span::Day,
        }
    }

    fn floor(&self) -> f64 {
        (self.most * FLOOR).min(FLOOR_MAX)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(REST_MAX)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
