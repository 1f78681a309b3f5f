//! Rate limits: requests leave at the pace of each limit that counts them, and rest where TikTok wants a rest.
//!
//! There is one limiter for the app, one per path, and one per advertiser and path (docs/tiktok-api.md 1.6). Each has a
//! [`Pace`], which learns what TikTok lets through; here are the clock and the queues.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::{Instant, sleep};

use super::endpoint::Endpoint;
use super::pace::{LOOK_AGAIN, Pace, Refusals, Span};
use crate::error::LimitScope;
use crate::lock::lock;
use crate::waits::LaneId;

/// TikTok's limit per advertiser and path, in requests per second.
const ADVERTISER_PATH_RATE: f64 = 20.0;
/// How much faster than the app's a path's pace may be, whose limit is not known: so that it binds only once TikTok
/// refuses by path.
const PATH_HEADROOM: f64 = 2.0;

/// The parts of a request that decide which limits apply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestKey<'a> {
    pub endpoint: &'static Endpoint,
    pub advertiser: Option<&'a str>,
}

/// A limiter's path, and one advertiser or all.
type LimiterKey = (&'static str, Option<String>);

/// What follows from a refusal: for how long nothing leaves of which lane, and the span of the limit, as far as it shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Refusal {
    pub wait: Duration,
    pub span: Span,
    pub lane: LaneId,
}

/// What becomes of a request on its way through the lanes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    /// It stands in a lane.
    Stands(LaneId),
    /// It is at the head, and waits for the pace.
    Paces(LaneId),
    /// TikTok wants a rest of this length, which holds it back.
    Rests(LaneId, Duration),
    /// It had its turn.
    Passes(LaneId),
}

/// Hears what becomes of a request.
type Told<'t> = &'t (dyn Fn(Step) + Sync);

/// All limiters of one developer app.
pub(crate) struct Limits {
    rate: f64,
    app: Limiter,
    others: Mutex<HashMap<LimiterKey, Arc<Limiter>>>,
    pauses: watch::Sender<()>,
}

impl Limits {
    /// `rate` is the most requests per second that are tried of the app's quota.
    #[must_use]
    pub(crate) fn new(rate: NonZeroU32) -> Self {
        let rate = f64::from(rate.get());
        let app = Limiter::new(Pace::learning(rate, fastrand::u64(..)));
        Self { rate, app, others: Mutex::default(), pauses: watch::Sender::default() }
    }

    /// Waits for the advertiser's limiter, then for the path's, and stays at the head of both. The caller releases them
    /// once it holds a permit, so that requests leave spaced. `told` hears what becomes of this request.
    pub(crate) async fn own_turn(&self, route: RequestKey<'_>, told: Told<'_>) -> Heads {
        let advertiser = match route.advertiser {
            Some(_) => Some(self.limiter(route.endpoint, route.advertiser).turn(told).await),
            None => None,
        };
        Heads(advertiser, self.limiter(route.endpoint, None).turn(told).await)
    }

    /// Waits for the app's limiter, which all requests share. Call it after [`Limits::own_turn`].
    pub(crate) async fn turn(&self, route: RequestKey<'_>, told: Told<'_>) {
        if route.endpoint.own_rate.is_none() {
            drop(self.app.turn(told).await);
        } else {
            self.app.rest(told).await;
        }
    }

    /// Whether a new rest holds back a request that [`Limits::own_turn`] released.
    #[must_use]
    pub(crate) fn is_paused(&self, route: RequestKey<'_>) -> bool {
        self.limiter(route.endpoint, None).rests()
            || route.advertiser.is_some_and(|advertiser| self.holds_back(route.endpoint, advertiser))
    }

    /// Whether the advertiser's own limiter rests on the path.
    #[must_use]
    pub(crate) fn holds_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.limiter(endpoint, Some(advertiser)).rests()
    }

    /// Changes whenever an advertiser's own rest begins.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.pauses.subscribe()
    }

    /// TikTok refused a request that left at `sent`, and asks to wait for `asked`: slows down the limiter of that scope.
    pub(crate) fn refused(&self, route: RequestKey<'_>, scope: LimitScope, sent: Instant, asked: Duration) -> Refusal {
        match scope {
            // What has a quota of its own does not count for the app's.
            LimitScope::App if route.endpoint.own_rate.is_none() => self.app.refused(sent, asked),
            LimitScope::App | LimitScope::Path => self.limiter(route.endpoint, None).refused(sent, asked),
            LimitScope::AdvertiserPath => {
                let refusal = self.limiter(route.endpoint, route.advertiser).refused(sent, asked);
                self.pauses.send_replace(());
                refusal
            }
        }
    }

    /// TikTok accepted a request that left at `sent`.
    pub(crate) fn passed(&self, route: RequestKey<'_>, sent: Instant) {
        if route.endpoint.own_rate.is_none() {
            self.app.passed(sent);
        }
        self.limiter(route.endpoint, None).passed(sent);
        if route.advertiser.is_some() {
            self.limiter(route.endpoint, route.advertiser).passed(sent);
        }
    }

    fn limiter(&self, endpoint: &'static Endpoint, advertiser: Option<&str>) -> Arc<Limiter> {
        let mut others = lock(&self.others);
        let new = || {
            let (most, refusals) = match (advertiser, endpoint.own_rate) {
                (Some(_), _) => (ADVERTISER_PATH_RATE, Refusals::Suspend),
                (None, Some(rate)) => (f64::from(rate.get()), Refusals::Slow),
                (None, None) => (self.rate * PATH_HEADROOM, Refusals::Slow),
            };
            Arc::new(Limiter::new(Pace::full(most, refusals, fastrand::u64(..))))
        };
        others.entry((endpoint.path, advertiser.map(str::to_owned))).or_insert_with(new).clone()
    }
}

/// Keeps the head of an advertiser's and of a path's limiter until it is dropped.
pub(crate) struct Heads(
    #[expect(dead_code, reason = "held until it is dropped")] Option<OwnedMutexGuard<()>>,
    #[expect(dead_code, reason = "held until it is dropped")] OwnedMutexGuard<()>,
);

/// One queue: first come, first served.
struct Limiter {
    lane: LaneId,
    head: Arc<tokio::sync::Mutex<()>>,
    began: Instant,
    pace: Mutex<Pace>,
    /// Whether a refusal came that nobody heard of.
    untold: AtomicBool,
}

impl Limiter {
    fn new(pace: Pace) -> Self {
        static LANES: AtomicU64 = AtomicU64::new(0);
        let lane = LANES.fetch_add(1, Ordering::Relaxed);
        let (began, untold) = (Instant::now(), AtomicBool::new(false));
        Self { lane, head: Arc::default(), began, pace: Mutex::new(pace), untold }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn rest_left(&self) -> Duration {
        let until = lock(&self.pace).rests_until();
        until.unwrap_or_default().saturating_sub(self.now())
    }

    fn rests(&self) -> bool {
        !self.rest_left().is_zero()
    }

    /// Waits for the end of a rest without taking a turn.
    async fn rest(&self, told: Told<'_>) {
        loop {
            let left = self.rest_left();
            if left.is_zero() {
                return;
            }
            told(Step::Rests(self.lane, left));
            sleep(left).await;
        }
    }

    async fn turn(&self, told: Told<'_>) -> OwnedMutexGuard<()> {
        let left = self.rest_left();
        told(if left.is_zero() { Step::Stands(self.lane) } else { Step::Rests(self.lane, left) });
        let head = self.head.clone().lock_owned().await;
        loop {
            let Some(wait) = self.leave() else {
                told(Step::Passes(self.lane));
                return head;
            };
            let rests = self.rests();
            let is_new = self.untold.swap(false, Ordering::Relaxed);
            told(if is_new || rests { Step::Rests(self.lane, wait) } else { Step::Paces(self.lane) });
            sleep(if rests { wait } else { wait.min(LOOK_AGAIN) }).await;
        }
    }

    /// Leaves now, or tells for how long nothing leaves.
    fn leave(&self) -> Option<Duration> {
        let now = self.now();
        let mut pace = lock(&self.pace);
        let wait = pace.next().saturating_sub(now);
        if wait.is_zero() {
            pace.left(now);
        }
        Some(wait).filter(|wait| !wait.is_zero())
    }

    fn refused(&self, sent: Instant, asked: Duration) -> Refusal {
        let now = self.now();
        let mut pace = lock(&self.pace);
        let span = pace.refused(now, sent.saturating_duration_since(self.began));
        pace.asked_to_wait(now, asked);
        self.untold.store(true, Ordering::Relaxed);
        Refusal { wait: pace.next().saturating_sub(now), span, lane: self.lane }
    }

    fn passed(&self, sent: Instant) {
        lock(&self.pace).passed(sent.saturating_duration_since(self.began));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;
    use crate::tiktok::endpoint;

    const ROUTE: RequestKey<'static> = RequestKey { endpoint: &endpoint::ADS, advertiser: Some("1") };

    async fn turn(limits: &Limits, route: RequestKey<'_>, told: Told<'_>) {
        let heads = limits.own_turn(route, told).await;
        limits.turn(route, told).await;
        drop(heads);
    }

    fn limits(rate: u32) -> Limits {
        Limits::new(NonZeroU32::new(rate).unwrap())
    }

    fn refuse(limits: &Limits, route: RequestKey<'_>, scope: LimitScope) -> Duration {
        limits.refused(route, scope, Instant::now(), Duration::ZERO).wait
    }

    /// Lets the app's pace find its most.
    async fn warmed(rate: u32) -> Limits {
        let limits = limits(rate);
        for _ in 0..10 {
            turn(&limits, ROUTE, &|_| ()).await;
            limits.passed(ROUTE, Instant::now());
        }
        limits
    }

    #[tokio::test(start_paused = true)]
    async fn requests_leave_evenly_spaced() {
        let limits = warmed(10).await;
        let start = Instant::now();
        for _ in 0..100 {
            turn(&limits, ROUTE, &|_| ()).await;
        }
        let took = start.elapsed();
        assert!((10.1..10.4).contains(&took.as_secs_f64()), "{took:?}");
    }

    /// Ten at once of 200 ms each, over a network that holds each up by up to 20 ms more or less.
    #[tokio::test(start_paused = true)]
    async fn the_quota_is_full_and_hardly_ever_passed() {
        let limits = std::sync::Arc::new(limits(10));
        let permits = std::sync::Arc::new(tokio::sync::Semaphore::new(10));
        let start = Instant::now();
        let requests = (0..600_u64).map(|at| {
            let (limits, permits) = (limits.clone(), permits.clone());
            tokio::spawn(async move {
                let heads = limits.own_turn(ROUTE, &|_| ()).await;
                let _permit = permits.acquire().await.unwrap();
                drop(heads);
                limits.turn(ROUTE, &|_| ()).await;
                let sent = Instant::now();
                tokio::time::sleep(Duration::from_millis(90 + at * 7 % 20)).await;
                let arrived = start.elapsed();
                tokio::time::sleep(Duration::from_millis(100)).await;
                limits.passed(ROUTE, sent);
                arrived
            })
        });
        let arrived = futures::future::join_all(requests).await.into_iter().map(std::result::Result::unwrap);
        let mut seconds: HashMap<u64, u32> = HashMap::new();
        arrived.for_each(|at| *seconds.entry(at.as_secs()).or_default() += 1);
        let took = start.elapsed().as_secs_f64();
        assert!(600.0 / took >= 9.4, "{took}");
        let refused: u32 = seconds.values().map(|count| count.saturating_sub(10)).sum();
        assert!(refused <= 6, "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_advertiser_and_path_stays_below_its_own_limit() {
        let limits = warmed(1_000).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let start = Instant::now();
        for _ in 0..41 {
            turn(&limits, ROUTE, &|_| ()).await;
        }
        assert!((2.0..2.2).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        turn(&limits, RequestKey { advertiser: Some("2"), ..ROUTE }, &|_| ()).await;
        assert!(start.elapsed().as_secs_f64() < 2.3);
    }

    #[tokio::test(start_paused = true)]
    async fn too_often_is_no_pause_of_seconds_and_told_once() {
        let limits = warmed(10).await;
        let told = AtomicU32::new(0);
        // Ten answers to requests of the same moment are one event.
        let sent = Instant::now();
        tokio::time::sleep(Duration::from_millis(200)).await;
        for _ in 0..10 {
            limits.refused(ROUTE, LimitScope::App, sent, Duration::ZERO);
        }
        let other = RequestKey { endpoint: &endpoint::CAMPAIGNS, advertiser: None };
        for _ in 0..3 {
            let hears = |step| {
                told.fetch_add(u32::from(matches!(step, Step::Rests(..))), Ordering::Relaxed);
            };
            turn(&limits, other, &hears).await;
        }
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_advertisers_restriction_is_waited_out_and_longer_each_time() {
        let limits = limits(1_000);
        let mut waits = Vec::new();
        for _ in 0..10 {
            let sent = Instant::now();
            refuse(&limits, ROUTE, LimitScope::AdvertiserPath);
            turn(&limits, ROUTE, &|_| ()).await;
            waits.push(sent.elapsed().as_secs());
        }
        for (wait, expected) in waits.iter().zip([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]) {
            assert!((expected..=expected * 6 / 5 + 1).contains(wait), "{waits:?}");
        }
        limits.passed(ROUTE, Instant::now());
        let wait = refuse(&limits, ROUTE, LimitScope::AdvertiserPath);
        // Whatever chance adds: the slowest pace is one in five seconds, and it has begun to double.
        assert!(wait < Duration::from_secs(5), "{wait:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_path_with_a_quota_of_its_own_takes_none_of_the_apps_but_heeds_its_rest() {
        let limits = limits(1);
        let segment = RequestKey { endpoint: &endpoint::SEGMENT_MAPPING, advertiser: None };
        let start = Instant::now();
        for _ in 0..100 {
            turn(&limits, segment, &|_| ()).await;
        }
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
        limits.refused(ROUTE, LimitScope::App, Instant::now(), Duration::from_secs(7));
        turn(&limits, segment, &|_| ()).await;
        assert!(start.elapsed() >= Duration::from_secs(7));
    }

    #[tokio::test(start_paused = true)]
    async fn an_advertisers_rest_holds_back_no_other() {
        let limits = limits(10);
        refuse(&limits, ROUTE, LimitScope::AdvertiserPath);
        let start = Instant::now();
        turn(&limits, RequestKey { advertiser: Some("2"), ..ROUTE }, &|_| ()).await;
        assert!(start.elapsed() < Duration::from_millis(200));
        turn(&limits, ROUTE, &|_| ()).await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
