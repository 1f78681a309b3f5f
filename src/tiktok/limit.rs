//! Rate limits: a steady pace, and pauses when TikTok throttles requests nevertheless.
//!
//! There is one limiter for the app, one per path, and one per advertiser and path (docs/tiktok-api.md 1.6). Requests
//! leave evenly spaced: a bucket that releases ten at once could put twenty into one of TikTok's seconds.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use governor::clock::{Clock, Reference};
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedMutexGuard, watch};
use tokio::time::Instant;

use super::endpoint::Endpoint;
use crate::error::LimitScope;
use crate::lock::lock;

/// TikTok's limit per advertiser and path, in requests per second.
const ADVERTISER_PATH_RATE: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// How much slower than TikTok's quota the pace is, in percent. Requests that leave evenly spaced do not arrive evenly
/// spaced, and TikTok refuses the eleventh request of a second.
const SLACK: u32 = 3;
/// The first pause after a throttled request: it outlasts TikTok's limit per second.
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause: TikTok's limit per minute suspends the app for five minutes.
const PAUSE_MAX: Duration = Duration::from_secs(300);
/// Doublings from [`PAUSE_MIN`] that certainly exceed [`PAUSE_MAX`].
const PAUSE_STEPS_MAX: u32 = 9;

type Pace = RateLimiter<NotKeyed, InMemoryState, TokioClock, NoOpMiddleware<Nanos>>;

/// The parts of a request that decide which limits apply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestKey<'a> {
    pub endpoint: &'static Endpoint,
    pub advertiser: Option<&'a str>,
}

/// A limiter's path, and one advertiser or all.
type LimiterKey = (&'static str, Option<String>);

/// All limiters of one developer app.
pub(crate) struct Limits {
    app: Limiter,
    others: Mutex<HashMap<LimiterKey, Arc<Limiter>>>,
    pauses: watch::Sender<()>,
}

impl Limits {
    /// `rate` is the app's quota in requests per second.
    #[must_use]
    pub(crate) fn new(rate: NonZeroU32) -> Self {
        Self { app: Limiter::new(Some(rate)), others: Mutex::default(), pauses: watch::Sender::default() }
    }

    /// Waits for the advertiser's limiter, then for the path's, and stays at the head of both. The caller releases them
    /// once it holds a permit, so that requests leave spaced. `told` hears the length of each pause that holds this
    /// request back.
    pub(crate) async fn own_turn(&self, route: RequestKey<'_>, told: &(dyn Fn(Duration) + Sync)) -> Heads {
        let advertiser = match route.advertiser {
            Some(_) => Some(self.limiter(route.endpoint, route.advertiser).turn(told).await),
            None => None,
        };
        Heads(advertiser, self.limiter(route.endpoint, None).turn(told).await)
    }

    /// Waits for the app's limiter, which all requests share. Call it after [`Limits::own_turn`].
    pub(crate) async fn turn(&self, route: RequestKey<'_>, told: &(dyn Fn(Duration) + Sync)) {
        if route.endpoint.own_rate.is_none() {
            drop(self.app.turn(told).await);
        } else {
            self.app.wait(told).await;
        }
    }

    /// Whether a new pause holds back a request that [`Limits::own_turn`] released.
    #[must_use]
    pub(crate) fn is_paused(&self, route: RequestKey<'_>) -> bool {
        self.limiter(route.endpoint, None).is_paused()
            || route.advertiser.is_some_and(|advertiser| self.holds_back(route.endpoint, advertiser))
    }

    /// Whether the advertiser's own limiter is paused on the path.
    #[must_use]
    pub(crate) fn holds_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.limiter(endpoint, Some(advertiser)).is_paused()
    }

    /// Changes whenever an advertiser's own pause begins.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.pauses.subscribe()
    }

    /// TikTok throttled a request that left at `sent`: pauses the limiter of that scope.
    pub(crate) fn pause(&self, route: RequestKey<'_>, scope: LimitScope, sent: Instant) -> Duration {
        match scope {
            LimitScope::App => self.app.pause(sent),
            LimitScope::Path => self.limiter(route.endpoint, None).pause(sent),
            LimitScope::AdvertiserPath => {
                let wait = self.limiter(route.endpoint, route.advertiser).pause(sent);
                self.pauses.send_replace(());
                wait
            }
        }
    }

    /// The response asks to wait: prolongs the pause to at least that long.
    pub(crate) fn pause_for(&self, route: RequestKey<'_>, scope: LimitScope, asked: Duration) -> Duration {
        match scope {
            LimitScope::App => self.app.pause_for(asked),
            LimitScope::Path => self.limiter(route.endpoint, None).pause_for(asked),
            LimitScope::AdvertiserPath => self.limiter(route.endpoint, route.advertiser).pause_for(asked),
        }
    }

    /// TikTok accepted a request that left at `sent`: the next pause starts at its shortest again.
    pub(crate) fn passed(&self, route: RequestKey<'_>, sent: Instant) {
        self.app.passed(sent);
        self.limiter(route.endpoint, None).passed(sent);
        self.limiter(route.endpoint, route.advertiser).passed(sent);
    }

    fn limiter(&self, endpoint: &'static Endpoint, advertiser: Option<&str>) -> Arc<Limiter> {
        let mut others = lock(&self.others);
        let rate = advertiser.map_or(endpoint.own_rate, |_| Some(ADVERTISER_PATH_RATE));
        let limiter = others
            .entry((endpoint.path, advertiser.map(str::to_owned)))
            .or_insert_with(|| Arc::new(Limiter::new(rate)));
        limiter.clone()
    }
}

/// Keeps the head of an advertiser's and of a path's limiter until it is dropped.
pub(crate) struct Heads(
    #[expect(dead_code, reason = "held until it is dropped")] Option<OwnedMutexGuard<()>>,
    #[expect(dead_code, reason = "held until it is dropped")] OwnedMutexGuard<()>,
);

/// One queue: first come, first served.
struct Limiter {
    head: Arc<tokio::sync::Mutex<()>>,
    pace: Option<Pace>,
    pause: Mutex<Pause>,
}

#[derive(Clone, Copy)]
struct Pause {
    ends: Instant,
    step: u32,
}

impl Limiter {
    fn new(rate: Option<NonZeroU32>) -> Self {
        let between = |rate: NonZeroU32| Duration::from_secs(1) * (100 + SLACK) / 100 / rate.get();
        let quota = rate.and_then(|rate| Quota::with_period(between(rate)));
        let pace = quota.map(|quota| RateLimiter::direct_with_clock(quota.allow_burst(NonZeroU32::MIN), TokioClock));
        Self { head: Arc::default(), pace, pause: Mutex::new(Pause { ends: Instant::now(), step: 0 }) }
    }

    /// Waits for the end of a pause without taking a turn.
    async fn wait(&self, told: &(dyn Fn(Duration) + Sync)) {
        while self.ends() > Instant::now() {
            told(self.ends() - Instant::now());
            tokio::time::sleep_until(self.ends()).await;
        }
    }

    fn is_paused(&self) -> bool {
        self.ends() > Instant::now()
    }

    async fn turn(&self, told: &(dyn Fn(Duration) + Sync)) -> OwnedMutexGuard<()> {
        let left = self.ends().saturating_duration_since(Instant::now());
        if !left.is_zero() {
            told(left);
        }
        let head = self.head.clone().lock_owned().await;
        loop {
            let ends = self.ends();
            if ends > Instant::now() {
                told(ends - Instant::now());
                tokio::time::sleep_until(ends).await;
                continue;
            }
            let Some(Err(early)) = self.pace.as_ref().map(RateLimiter::check) else { return head };
            tokio::time::sleep(early.wait_time_from(TokioClock.now())).await;
        }
    }

    /// Responses to requests that left before the last pause ended report the same event, so they add no pause.
    fn pause(&self, sent: Instant) -> Duration {
        let mut pause = lock(&self.pause);
        if pause.step == 0 || sent >= pause.ends {
            let wait = jitter((PAUSE_MIN * 2_u32.pow(pause.step)).min(PAUSE_MAX));
            *pause = Pause { ends: Instant::now() + wait, step: (pause.step + 1).min(PAUSE_STEPS_MAX) };
        }
        pause.ends.saturating_duration_since(Instant::now())
    }

    fn pause_for(&self, asked: Duration) -> Duration {
        let mut pause = lock(&self.pause);
        pause.ends = pause.ends.max(Instant::now() + asked.min(PAUSE_MAX));
        pause.ends.saturating_duration_since(Instant::now())
    }

    fn passed(&self, sent: Instant) {
        let mut pause = lock(&self.pause);
        if pause.step > 0 && sent >= pause.ends {
            pause.step = 0;
        }
    }

    fn ends(&self) -> Instant {
        lock(&self.pause).ends
    }
}

/// Adds up to a fifth, so that two syncs of one app do not wake together.
fn jitter(wait: Duration) -> Duration {
    wait + wait.mul_f64(fastrand::f64() / 5.0)
}

/// Tokio's clock for governor, whose own clock ignores paused time in tests.
#[derive(Debug, Clone, Default)]
struct TokioClock;

impl Clock for TokioClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        Instant::now().saturating_duration_since(*START.get_or_init(Instant::now)).into()
    }
}

/// Keeps the trait in scope for `Nanos`, whose differences governor takes by it.
const _: fn(&Nanos, Nanos) -> Nanos = <Nanos as Reference>::duration_since;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::tiktok::endpoint;

    const ROUTE: RequestKey<'static> = RequestKey { endpoint: &endpoint::ADS, advertiser: Some("1") };

    async fn turn(limits: &Limits, route: RequestKey<'_>, told: &(dyn Fn(Duration) + Sync)) {
        let heads = limits.own_turn(route, told).await;
        limits.turn(route, told).await;
        drop(heads);
    }

    fn limits(rate: u32) -> Limits {
        Limits::new(NonZeroU32::new(rate).unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn requests_leave_evenly_spaced() {
        let limits = limits(10);
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
                tokio::time::sleep(Duration::from_millis(90 + at * 7 % 20)).await;
                let arrived = start.elapsed();
                tokio::time::sleep(Duration::from_millis(100)).await;
                arrived
            })
        });
        let arrived = futures::future::join_all(requests).await.into_iter().map(std::result::Result::unwrap);
        let mut seconds: HashMap<u64, u32> = HashMap::new();
        arrived.for_each(|at| *seconds.entry(at.as_secs()).or_default() += 1);
        let took = start.elapsed().as_secs_f64();
        assert!(600.0 / took >= 9.0, "{took}");
        let refused: u32 = seconds.values().map(|count| count.saturating_sub(10)).sum();
        assert!(refused <= 5, "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn one_advertiser_and_path_stays_below_its_own_limit() {
        let limits = limits(1_000);
        let start = Instant::now();
        for _ in 0..41 {
            turn(&limits, ROUTE, &|_| ()).await;
        }
        assert!((2.0..2.2).contains(&start.elapsed().as_secs_f64()));
        turn(&limits, RequestKey { advertiser: Some("2"), ..ROUTE }, &|_| ()).await;
        assert!(start.elapsed().as_secs_f64() < 2.3);
    }

    #[tokio::test(start_paused = true)]
    async fn too_often_pauses_everyone_and_longer_each_time() {
        let limits = limits(10);
        let told = AtomicU32::new(0);
        let mut waits = Vec::new();
        for _ in 0..10 {
            let sent = Instant::now();
            limits.pause(ROUTE, LimitScope::App, sent);
            // Nine more answers to requests of the same moment are no new event.
            for _ in 0..9 {
                limits.pause(ROUTE, LimitScope::App, sent);
            }
            turn(&limits, RequestKey { endpoint: &endpoint::CAMPAIGNS, advertiser: None }, &|_| {
                told.fetch_add(1, Ordering::Relaxed);
            })
            .await;
            waits.push(sent.elapsed().as_secs());
        }
        for (wait, expected) in waits.iter().zip([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]) {
            assert!((expected..=expected * 6 / 5 + 1).contains(wait), "{waits:?}");
        }
        assert!(told.load(Ordering::Relaxed) >= 10);
    }

    #[tokio::test(start_paused = true)]
    async fn after_an_answer_the_next_pause_is_short_again() {
        let limits = limits(10);
        for _ in 0..5 {
            limits.pause(ROUTE, LimitScope::App, Instant::now());
            turn(&limits, ROUTE, &|_| ()).await;
        }
        limits.passed(ROUTE, Instant::now());
        assert!(limits.pause(ROUTE, LimitScope::App, Instant::now()) < Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_path_with_a_quota_of_its_own_takes_none_of_the_apps_but_heeds_its_pause() {
        let limits = limits(1);
        let segment = RequestKey { endpoint: &endpoint::SEGMENT_MAPPING, advertiser: None };
        let start = Instant::now();
        for _ in 0..100 {
            turn(&limits, segment, &|_| ()).await;
        }
        assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
        limits.pause(segment, LimitScope::App, Instant::now());
        turn(&limits, segment, &|_| ()).await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_advertisers_pause_holds_back_no_other() {
        let limits = limits(10);
        limits.pause(ROUTE, LimitScope::AdvertiserPath, Instant::now());
        let start = Instant::now();
        turn(&limits, RequestKey { advertiser: Some("2"), ..ROUTE }, &|_| ()).await;
        assert!(start.elapsed() < Duration::from_millis(200));
        turn(&limits, ROUTE, &|_| ()).await;
        assert!(start.elapsed() >= Duration::from_secs(1));
    }
}
