//! A model of many runs that share a quota, in virtual time: what paces make of it without a word to each other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::{LOOK_AGAIN, Pace};

const SECOND: Duration = Duration::from_secs(1);
/// Requests that a run has under way at most: the default of `max_concurrent_requests`.
const CONCURRENCY: u32 = 10;
/// By how much a request takes more or less than usual.
const JITTER: f64 = 0.1;

/// How TikTok counts, which is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counting {
    /// Each second for itself; a refused request counts, too.
    Fixed,
    /// What was answered in the last second.
    Sliding,
    /// A bucket that fills evenly.
    Bucket,
}

pub(super) const COUNTINGS: [Counting; 3] = [Counting::Fixed, Counting::Sliding, Counting::Bucket];

/// What happens.
#[derive(Debug, Clone)]
pub(super) struct Scenario {
    pub counting: Counting,
    /// When each run begins and ends, in seconds.
    pub runs: Vec<(f64, f64)>,
    pub per_second: u32,
    /// The most that is tried, if it is not the quota.
    pub most: Option<u32>,
    pub seconds: u64,
    /// How long a request takes.
    pub takes: Duration,
    /// Requests a second of a program that heeds nothing.
    pub selfish: Option<f64>,
    /// Requests of a minute, and for how long all are refused after one too many.
    pub minute: Option<(u32, Duration)>,
    pub seed: u64,
}

impl Scenario {
    /// So many runs of 200 ms a request that begin within a second, for two minutes, on ten a second.
    pub(super) fn of(runs: u32, counting: Counting, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let runs = (0..runs).map(|_| (rng.f64(), f64::MAX)).collect();
        Self {
            counting,
            runs,
            per_second: 10,
            most: None,
            seconds: 120,
            takes: Duration::from_millis(200),
            selfish: None,
            minute: None,
            seed,
        }
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Answers of each run in each second.
    pub answered: Vec<Vec<u32>>,
    pub refused: u32,
    quota: u32,
}

impl Outcome {
    pub(super) fn answers(&self, run: usize, seconds: std::ops::Range<usize>) -> u32 {
        self.answered[run][seconds].iter().sum()
    }

    fn totals(&self) -> impl Iterator<Item = f64> {
        self.answered.iter().map(|seconds| f64::from(seconds.iter().sum::<u32>()))
    }

    /// The share of the quota that was used.
    pub(super) fn used(&self) -> f64 {
        self.totals().sum::<f64>() / f64::from(self.quota)
    }

    /// The share of requests that were refused.
    pub(super) fn refused_share(&self) -> f64 {
        f64::from(self.refused) / (f64::from(self.refused) + self.totals().sum::<f64>())
    }

    /// Jain's fairness: 1 if all got the same, 1/n if one got all.
    pub(super) fn fairness(&self) -> f64 {
        let sum: f64 = self.totals().sum();
        sum * sum / (self.totals().map(|one| one * one).sum::<f64>() * self.answered.len() as f64)
    }
}

/// TikTok's side.
struct Server {
    counting: Counting,
    per_second: u32,
    second: u64,
    count: u32,
    answered: Vec<Duration>,
    tokens: f64,
    filled: Duration,
    minute: Option<(u32, Duration)>,
    minutes: (u64, u32),
    suspended: Duration,
}

impl Server {
    fn new(scenario: &Scenario) -> Self {
        Self {
            counting: scenario.counting,
            per_second: scenario.per_second,
            second: 0,
            count: 0,
            answered: Vec::new(),
            tokens: f64::from(scenario.per_second),
            filled: Duration::ZERO,
            minute: scenario.minute,
            minutes: (0, 0),
            suspended: Duration::ZERO,
        }
    }

    fn answers(&mut self, now: Duration) -> bool {
        self.within_minute(now) && self.within_second(now)
    }

    fn within_minute(&mut self, now: Duration) -> bool {
        let Some((limit, suspension)) = self.minute else { return true };
        let number = now.as_secs() / 60;
        if self.minutes.0 != number {
            self.minutes = (number, 0);
        }
        if now < self.suspended {
            return false;
        }
        self.minutes.1 += 1;
        if self.minutes.1 > limit {
            self.suspended = now + suspension;
        }
        self.minutes.1 <= limit
    }

    fn within_second(&mut self, now: Duration) -> bool {
        match self.counting {
            Counting::Fixed => {
                if now.as_secs() != self.second {
                    (self.second, self.count) = (now.as_secs(), 0);
                }
                self.count += 1;
                self.count <= self.per_second
            }
            Counting::Sliding => {
                self.answered.retain(|at| now < *at + SECOND);
                let within = self.answered.len() < self.per_second as usize;
                self.answered.extend(within.then_some(now));
                within
            }
            Counting::Bucket => {
                let size = f64::from(self.per_second);
                let filled = (now - self.filled).as_secs_f64() * size;
                (self.tokens, self.filled) = ((self.tokens + filled).min(size), now);
                let within = self.tokens >= 1.0;
                self.tokens -= f64::from(u8::from(within));
                within
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A run looks whether it may send.
    Look(usize),
    Arrives {
        run: usize,
        sent: Duration,
    },
    Answered {
        run: usize,
        sent: Duration,
        passed: bool,
    },
    Selfish,
}

struct Run {
    pace: Pace,
    ends: f64,
    under_way: u32,
    /// Whether it will look again by itself.
    looks: bool,
}

/// All of it, moving.
struct Model {
    scenario: Scenario,
    server: Server,
    runs: Vec<Run>,
    events: BinaryHeap<Reverse<(Duration, u64, Event)>>,
    numbers: u64,
    rng: fastrand::Rng,
    outcome: Outcome,
}

pub(super) fn run(scenario: Scenario) -> Outcome {
    let most = f64::from(scenario.most.unwrap_or(scenario.per_second));
    let run = |(at, (_, ends)): (usize, &(f64, f64))| Run {
        pace: Pace::learning(most, scenario.seed * 1_000 + at as u64),
        ends: *ends,
        under_way: 0,
        looks: true,
    };
    let runs: Vec<_> = scenario.runs.iter().enumerate().map(run).collect();
    let outcome = Outcome {
        answered: vec![vec![0; scenario.seconds as usize + 1]; runs.len()],
        refused: 0,
        quota: scenario.per_second * scenario.seconds as u32,
    };
    let (server, rng) = (Server::new(&scenario), fastrand::Rng::with_seed(scenario.seed));
    let mut model = Model { scenario, server, runs, events: BinaryHeap::new(), numbers: 0, rng, outcome };
    model.begin();
    model.go();
    model.outcome
}

impl Model {
    fn begin(&mut self) {
        for (at, (begins, _)) in self.scenario.runs.clone().into_iter().enumerate() {
            self.push(Duration::from_secs_f64(begins), Event::Look(at));
        }
        if self.scenario.selfish.is_some() {
            self.push(Duration::ZERO, Event::Selfish);
        }
    }

    fn push(&mut self, at: Duration, event: Event) {
        self.numbers += 1;
        self.events.push(Reverse((at, self.numbers, event)));
    }

    /// Half of what a request takes: the way there, or back.
    fn way(&mut self) -> Duration {
        (self.scenario.takes / 2).mul_f64(1.0 - JITTER + 2.0 * JITTER * self.rng.f64())
    }

    fn go(&mut self) {
        while let Some(Reverse((now, _, event))) = self.events.pop() {
            if now.as_secs() >= self.scenario.seconds {
                return;
            }
            match event {
                Event::Look(run) => self.look(now, run),
                Event::Arrives { run, sent } => self.arrive(now, run, sent),
                Event::Answered { run, sent, passed } => self.answered(now, run, sent, passed),
                Event::Selfish => {
                    self.server.answers(now);
                    let between = 1.0 / self.scenario.selfish.unwrap_or(1.0);
                    let later = between * (0.8 + 0.4 * self.rng.f64());
                    self.push(now + Duration::from_secs_f64(later), Event::Selfish);
                }
            }
        }
    }

    fn look(&mut self, now: Duration, run: usize) {
        let Run { pace, ends, under_way, looks } = &mut self.runs[run];
        *looks = now.as_secs_f64() < *ends && *under_way < CONCURRENCY;
        if !*looks {
            return;
        }
        if pace.next() <= now {
            pace.left(now);
            *under_way += 1;
            let arrives = now + self.way();
            self.push(arrives, Event::Arrives { run, sent: now });
        }
        let next = self.runs[run].pace.next().clamp(now, now + LOOK_AGAIN);
        self.push(next, Event::Look(run));
    }

    fn arrive(&mut self, now: Duration, run: usize, sent: Duration) {
        let passed = self.server.answers(now);
        match passed {
            true => self.outcome.answered[run][now.as_secs() as usize] += 1,
            false => self.outcome.refused += 1,
        }
        let back = now + self.way();
        self.push(back, Event::Answered { run, sent, passed });
    }

    fn answered(&mut self, now: Duration, run: usize, sent: Duration, passed: bool) {
        let Run { pace, under_way, looks, .. } = &mut self.runs[run];
        match passed {
            true => pace.passed(sent),
            false => {
                pace.refused(now, sent);
            }
        }
        *under_way -= 1;
        if !std::mem::replace(looks, true) {
            self.push(now, Event::Look(run));
        }
    }
}
