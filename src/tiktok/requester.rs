//! One call with a given token: it waits for rate limits and a permit, sends the request, decodes the response, and
//! retries while that may help.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::call::Call;
use super::endpoint::Endpoint;
use super::envelope::{self, Decode};
use super::limit::{Limits, Refusal, Step};
use super::retry::{ATTEMPTS_MAX, ATTEMPTS_MAX_WATCHED, Attempts};
use super::space::Budget;
use super::transport::{Request, Transport};
use super::watched_call::WatchedCall;
use crate::error::{Error, Kind, LimitScope, Result};

/// Sends the requests of one app, which share its quota. Clones share everything.
#[derive(Clone)]
pub(crate) struct Requester {
    shared: Arc<Shared>,
    attempts_max: usize,
    deadline: Option<Deadline>,
}

/// The time at which calls fail.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    limit: Duration,
    ends: Instant,
}

struct Shared {
    transport: Box<dyn Transport>,
    limits: Limits,
    permits: Semaphore,
    budget: Arc<Budget>,
}

impl Requester {
    /// `rate` is the app's quota in requests per second, `concurrency` the most concurrent requests.
    #[must_use]
    pub(crate) fn new(transport: Box<dyn Transport>, rate: NonZeroU32, concurrency: NonZeroU32) -> Self {
        let shared = Shared {
            transport,
            limits: Limits::new(rate),
            permits: Semaphore::new(concurrency.get() as usize),
            budget: Arc::default(),
        };
        Self { shared: Arc::new(shared), attempts_max: ATTEMPTS_MAX, deadline: None }
    }

    /// Retries fewer times, because a person waits for the answer.
    #[must_use]
    pub(crate) fn watched(self) -> Self {
        Self { attempts_max: ATTEMPTS_MAX_WATCHED, ..self }
    }

    /// Sets a deadline, `limit` from now. Calls in progress fail at the deadline.
    #[must_use]
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { deadline: Some(Deadline { limit, ends: Instant::now() + limit }), ..self }
    }

    /// Whether TikTok currently throttles the advertiser on a path.
    #[must_use]
    pub(crate) fn is_held_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.shared.limits.holds_back(endpoint, advertiser)
    }

    /// Changes whenever TikTok begins to throttle an advertiser.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.shared.limits.pauses()
    }

    /// TikTok's clock minus ours, if a response told it.
    #[must_use]
    pub(crate) fn clock_skew(&self) -> Option<TimeDelta> {
        self.shared.transport.clock_skew()
    }

    /// Calls TikTok with this token or without one, and retries while that may help.
    ///
    /// If the endpoint is not idempotent, a lost response is an error at once: the caller must find out what happened.
    pub(crate) async fn call<T: Decode>(
        &self,
        call: &Call<'_>,
        decode: &T,
        token: Option<&SecretString>,
    ) -> Result<T::Out> {
        let watched = WatchedCall::new(call);
        let answer = self.try_again(&watched, decode, token);
        match self.deadline {
            None => answer.await,
            // Without this arm a new call would still start, and be sent in vain.
            Some(Deadline { limit, ends }) if ends <= Instant::now() => Err(watched.too_late(limit)),
            Some(Deadline { limit, ends }) => {
                timeout_at(ends, answer).await.unwrap_or_else(|_| Err(tell_where(watched.too_late(limit), call)))
            }
        }
    }

    async fn try_again<T: Decode>(
        &self,
        watched: &WatchedCall<'_>,
        decode: &T,
        token: Option<&SecretString>,
    ) -> Result<T::Out> {
        let call = watched.call;
        let mut attempts = Attempts::start(self.attempts_max);
        loop {
            let error = match self.attempt(watched, decode, token, &mut attempts).await {
                Ok(out) => return Ok(out),
                Err(error) => error.with("path", call.endpoint.path),
            };
            if !call.endpoint.idempotent && may_be_done(&error) {
                return Err(attempts.give_up(tell_where(error, call)));
            }
            let Some(wait) = attempts.next_wait(&error) else { return Err(attempts.give_up(tell_where(error, call))) };
            tracing::debug!(
                attempt = attempts.made,
                wait_ms = wait.as_millis(),
                path = call.endpoint.path,
                "Trying again: {}",
                error.message()
            );
            watched.failed(&error);
            watched.sleep(wait).await;
        }
    }

    /// Waits for a permit, which is a wait for answers to others. While it waits for anything else it holds no permit that
    /// others need. Time that a slow reader of our output takes does not count.
    async fn permit(&self, watched: &WatchedCall<'_>, attempts: &mut Attempts) -> Result<SemaphorePermit<'_>> {
        let Shared { limits, permits, budget, .. } = &*self.shared;
        let route = watched.route();
        let told = |step: Step| watched.steps(step);
        loop {
            let came = Instant::now();
            watched.goes_on();
            budget.opens().await;
            attempts.exclude(came.elapsed());
            let first = async {
                let _heads = limits.own_turn(route, &told).await;
                permits.acquire().await
            };
            let permit = timeout(attempts.time_left(), first).await.map_err(|_| held_back())?;
            // Nothing closes the semaphore, so this cannot fail.
            let permit = permit.map_err(|error| Error::new(Kind::Local, "Stopped").because(error))?;
            if budget.is_open() && !limits.is_paused(route) {
                return Ok(permit);
            }
        }
    }

    async fn attempt<T: Decode>(
        &self,
        watched: &WatchedCall<'_>,
        decode: &T,
        token: Option<&SecretString>,
        attempts: &mut Attempts,
    ) -> Result<T::Out> {
        let Shared { transport, limits, budget, .. } = &*self.shared;
        let (call, patience) = (watched.call, attempts.patience());
        let _permit = self.permit(watched, attempts).await?;
        let space = budget.space();
        limits.turn(watched.route(), &|step| watched.steps(step)).await;
        watched.sent(patience);
        let sent = Instant::now();
        let request = Request {
            endpoint: call.endpoint,
            query: call.query,
            body: call.body,
            token,
            patience,
            space: Some(&space),
        };
        let answer = transport.send(request).await;
        watched.answered();
        let answer = answer?;
        if answer.cut {
            call.watch.cut();
        }
        space.fit(answer.body.len() as u64);
        let read = envelope::read(&answer, decode);
        let mut read = read.map_err(|error| error.not_before(answer.retry_after.unwrap_or_default()));
        transport.recycle(answer.body);
        if let Ok(out) = &mut read {
            decode.keep(out, space);
        }
        self.heed(watched, sent, &read);
        read
    }

    /// Adapts the rate limits to a response.
    fn heed<T>(&self, watched: &WatchedCall<'_>, sent: Instant, read: &Result<T>) {
        let (limits, route) = (&self.shared.limits, watched.route());
        let error = match read {
            Ok(_) => return limits.passed(route, sent),
            Err(error) => error,
        };
        let Kind::Throttled(scope) = error.kind() else { return };
        let refusal = limits.refused(route, scope, sent, error.wait());
        watched.refused(refusal, error);
        let Refusal { wait, span, .. } = refusal;
        let (seconds, path) = (wait.as_secs_f32(), route.endpoint.path);
        tracing::debug!(seconds, path, "Going slower, for {span}: {}", error.message());
    }
}

/// TikTok's pauses took all the time that one request may take.
fn held_back() -> Error {
    let scope = LimitScope::AdvertiserPath;
    Error::new(Kind::Throttled(scope), "TikTok throttled every request of this kind for half an hour")
        .advise("TikTok limits how often it may be asked; the next sync goes on from here.")
}

fn tell_where(error: Error, call: &Call<'_>) -> Error {
    let error = if error.kind() == Kind::Malformed { error.about(call.endpoint.path) } else { error };
    match call.advertiser {
        Some(advertiser) => error.with("advertiser_id", advertiser),
        None => error,
    }
}

/// Whether a failed request may have taken effect: no response came, or a server on the way failed.
#[must_use]
pub(crate) fn may_be_done(error: &Error) -> bool {
    matches!(error.kind(), Kind::Network | Kind::Malformed | Kind::Timeout | Kind::Unavailable)
}
