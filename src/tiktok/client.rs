//! One call: paced, permitted, sent, understood, and tried again while that may help.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::authorizations::{Authorizations, another_may_pass};
use super::endpoint::Endpoint;
use super::envelope::{self, Decode};
use super::limit::{Limits, Route};
use super::retry::{ATTEMPTS_MAX, ATTEMPTS_MAX_WATCHED, Attempts};
use super::silence::{Patient, Silence};
use super::space::Budget;
use super::transport::{Request, Transport};
use crate::error::{Error, Kind, Result};

/// What is asked of whom.
pub(crate) struct Call<'a> {
    pub endpoint: &'static Endpoint,
    /// The advertiser whose limit counts the call, if it is about one.
    pub advertiser: Option<&'a str>,
    pub query: &'a [(&'static str, String)],
    /// JSON, for POST.
    pub body: &'a [u8],
    pub watch: &'a dyn Watch,
}

/// Hears what a call goes through, for progress and RATE_LIMITED.
pub(crate) trait Watch: Send + Sync {
    /// A request leaves.
    fn sent(&self) {}
    /// TikTok said "too often": nothing leaves for this long.
    fn held_back(&self, _wait: Duration) {}
    /// TikTok left out part of the answer (docs/tiktok-api.md 1.2, `X-Tt-Ads-Throttle`).
    fn cut(&self) {}
}

/// Nobody listens.
impl Watch for () {}

/// Tokens that one call may go through: what was renewed by another, then what it renewed itself.
const TOKENS_A_CALL_MAX: u32 = 3;

/// TikTok's API for one app, as seen by its authorizations. A clone shares everything.
#[derive(Clone)]
pub(crate) struct Client {
    shared: Arc<Shared>,
    attempts_max: usize,
    deadline: Option<Deadline>,
    on_behalf: Behalf,
}

/// Until when calls may take.
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
    authorizations: Authorizations,
    silence: Silence,
}

/// Whose token a call takes.
#[derive(Debug, Clone)]
enum Behalf {
    /// That of whoever sees the call's advertiser.
    CallsAdvertiser,
    /// That of whoever sees this advertiser or event source.
    Target(String),
    /// That of one authorization.
    Authorization(usize),
}

impl Client {
    /// Without any token. `rate` is the app's quota in requests a second, `concurrency` the most requests under way
    /// at once.
    #[must_use]
    pub(crate) fn new(transport: Box<dyn Transport>, rate: NonZeroU32, concurrency: NonZeroU32) -> Self {
        Self::authorized(transport, Authorizations::default(), rate, concurrency)
    }

    /// The same with tokens; they share the app's quota.
    #[must_use]
    pub(crate) fn authorized(
        transport: Box<dyn Transport>,
        authorizations: Authorizations,
        rate: NonZeroU32,
        concurrency: NonZeroU32,
    ) -> Self {
        let shared = Shared {
            transport,
            limits: Limits::new(rate),
            permits: Semaphore::new(concurrency.get() as usize),
            budget: Arc::default(),
            authorizations,
            silence: Silence::default(),
        };
        let on_behalf = Behalf::CallsAdvertiser;
        Self { shared: Arc::new(shared), attempts_max: ATTEMPTS_MAX, deadline: None, on_behalf }
    }

    /// Gives up sooner, where a person waits for the answer.
    #[must_use]
    pub(crate) fn watched(self) -> Self {
        Self { attempts_max: ATTEMPTS_MAX_WATCHED, ..self }
    }

    /// Gives up `limit` from now on, whatever is under way then: what is not known by then stays unknown.
    #[must_use]
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { deadline: Some(Deadline { limit, ends: Instant::now() + limit }), ..self }
    }

    /// Takes a token that sees the target, for calls that name an advertiser or an event source in their body.
    #[must_use]
    pub(crate) fn for_target(&self, target: &str) -> Self {
        Self { on_behalf: Behalf::Target(target.to_owned()), ..self.clone() }
    }

    /// One client an authorization.
    pub(crate) fn each(&self) -> impl Iterator<Item = Self> {
        (0..self.authorizations().count().max(1)).map(|number| self.only(number))
    }

    /// Advertisers by the authorization that sees them, for calls about many at once.
    pub(crate) fn by_authorization<T: AsRef<str> + Clone>(&self, advertisers: &[T]) -> Vec<(Self, Vec<T>)> {
        let mut groups: BTreeMap<usize, Vec<T>> = BTreeMap::new();
        for advertiser in advertisers {
            let first = self.authorizations().to_ask(Some(advertiser.as_ref())).first().copied();
            groups.entry(first.unwrap_or_default()).or_default().push(advertiser.clone());
        }
        groups.into_iter().map(|(number, group)| (self.only(number), group)).collect()
    }

    /// Takes this authorization's token and no other.
    #[must_use]
    pub(crate) fn only(&self, number: usize) -> Self {
        Self { on_behalf: Behalf::Authorization(number), ..self.clone() }
    }

    #[must_use]
    pub(crate) fn authorizations(&self) -> &Authorizations {
        &self.shared.authorizations
    }

    /// Whether TikTok's limit of its own holds the advertiser back on a path.
    #[must_use]
    pub(crate) fn is_held_back(&self, endpoint: &'static Endpoint, advertiser: &str) -> bool {
        self.shared.limits.holds_back(endpoint, advertiser)
    }

    /// Changes whenever that begins for anyone.
    #[must_use]
    pub(crate) fn pauses(&self) -> watch::Receiver<()> {
        self.shared.limits.pauses()
    }

    /// TikTok's clock less ours, as far as an answer told it.
    #[must_use]
    pub(crate) fn clock_skew(&self) -> Option<TimeDelta> {
        self.shared.transport.clock_skew()
    }

    /// Asks until there is an answer or none is to be had. Where the same request must not be sent twice, a lost
    /// answer is an error at once, for the caller to find out what became of it.
    pub(crate) async fn call<T: Decode>(&self, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        let advertiser = match &self.on_behalf {
            Behalf::CallsAdvertiser => call.advertiser,
            Behalf::Target(target) => Some(target.as_str()),
            Behalf::Authorization(number) => return self.call_as(*number, call, decode).await,
        };
        let mut refused = None;
        for number in self.authorizations().to_ask(advertiser) {
            match self.call_as(number, call, decode).await {
                Ok(out) => {
                    advertiser.inspect(|advertiser| self.authorizations().passed(advertiser, number));
                    return Ok(out);
                }
                Err(error) if another_may_pass(&error) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        Err(refused.unwrap_or_else(|| Error::config("There is no authorization")))
    }

    /// One authorization's call, again where its token was renewed meanwhile or has to be.
    async fn call_as<T: Decode>(&self, number: usize, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        let Some(authorization) = self.authorizations().get(number) else {
            return self.call_without_token(call, decode).await;
        };
        for _ in 1..TOKENS_A_CALL_MAX {
            let held = authorization.current(self).await?;
            match self.call_with(call, decode, Some(&held.tokens.access)).await {
                Err(error) if error.kind() == Kind::Token => {
                    if !authorization.replaced(self, &held, &error).await? {
                        return Err(error);
                    }
                }
                done => return done,
            }
        }
        let held = authorization.current(self).await?;
        self.call_with(call, decode, Some(&held.tokens.access)).await
    }

    /// Asks for a token, where there is none yet.
    pub(crate) async fn call_without_token<T: Decode>(&self, call: &Call<'_>, decode: &T) -> Result<T::Out> {
        self.call_with(call, decode, None).await
    }

    /// Asks with a token that is no authorization's access token.
    pub(crate) async fn call_with_token<T: Decode>(
        &self,
        call: &Call<'_>,
        decode: &T,
        token: &SecretString,
    ) -> Result<T::Out> {
        self.call_with(call, decode, Some(token)).await
    }

    /// In time and not in silence.
    async fn call_with<T: Decode>(&self, call: &Call<'_>, decode: &T, token: Option<&SecretString>) -> Result<T::Out> {
        let patient = Patient::new(&self.shared.silence, call);
        let heard = Call { watch: &patient, ..*call };
        let answer = self.try_again(&heard, decode, token, &patient);
        match self.deadline {
            None => answer.await,
            // A new call would still be begun, and sent in vain.
            Some(Deadline { limit, ends }) if ends <= Instant::now() => Err(patient.too_late(limit)),
            Some(Deadline { limit, ends }) => {
                timeout_at(ends, answer).await.unwrap_or_else(|_| Err(tell_where(patient.too_late(limit), call)))
            }
        }
    }

    async fn try_again<T: Decode>(
        &self,
        call: &Call<'_>,
        decode: &T,
        token: Option<&SecretString>,
        patient: &Patient<'_>,
    ) -> Result<T::Out> {
        let mut attempts = Attempts::start(self.attempts_max);
        loop {
            let error = match patient.during(self.attempt(call, decode, token, &mut attempts)).await {
                Ok(out) => return Ok(out),
                Err(error) => error.with("path", call.endpoint.path),
            };
            if !call.endpoint.idempotent && may_be_done(&error) {
                return Err(attempts.give_up(tell_where(error, call)));
            }
            let Some(wait) = attempts.after(&error) else { return Err(attempts.give_up(tell_where(error, call))) };
            tracing::debug!(
                attempt = attempts.made,
                wait_ms = wait.as_millis(),
                path = call.endpoint.path,
                "Trying again: {}",
                error.message()
            );
            patient.failed(&error, wait);
            patient.during(sleep(wait)).await;
        }
    }

    /// Waits for a permit, and holds none that others need while it waits for anything else: a limit of its own, or a
    /// reader that is slow, whose time is not counted.
    async fn permit(
        &self,
        route: Route<'_>,
        told: &(dyn Fn(Duration) + Sync),
        attempts: &mut Attempts,
    ) -> Result<SemaphorePermit<'_>> {
        let Shared { limits, permits, budget, .. } = &*self.shared;
        loop {
            let came = Instant::now();
            budget.opens().await;
            attempts.forget(came.elapsed());
            let first = async {
                let _heads = limits.own_turn(route, told).await;
                permits.acquire().await
            };
            let permit = timeout(attempts.time_left(), first).await.map_err(|_| held_back())?;
            // A closed semaphore cannot be: nothing closes it.
            let permit = permit.map_err(|error| Error::new(Kind::Local, "Stopped").because(error))?;
            if budget.is_open() && !limits.is_paused(route) {
                return Ok(permit);
            }
        }
    }

    async fn attempt<T: Decode>(
        &self,
        call: &Call<'_>,
        decode: &T,
        token: Option<&SecretString>,
        attempts: &mut Attempts,
    ) -> Result<T::Out> {
        let Shared { transport, limits, budget, .. } = &*self.shared;
        let route = Route { endpoint: call.endpoint, advertiser: call.advertiser };
        let told = |wait| call.watch.held_back(wait);
        let _permit = self.permit(route, &told, attempts).await?;
        let space = budget.space();
        limits.turn(route, &told).await;
        call.watch.sent();
        let sent = Instant::now();
        let request = Request {
            endpoint: call.endpoint,
            query: call.query,
            body: call.body,
            token,
            patience: attempts.patience(),
            space: Some(&space),
        };
        let answer = transport.send(request).await?;
        if answer.cut {
            call.watch.cut();
        }
        space.fit(answer.body.len() as u64);
        let read = envelope::read(&answer, decode);
        let mut read = read.map_err(|error| error.not_before(answer.retry_after.unwrap_or_default()));
        transport.take_back(answer.body);
        if let Ok(out) = &mut read {
            decode.keep(out, space);
        }
        match &read {
            Err(error) => {
                if let Kind::Throttled(scope) = error.kind() {
                    limits.pause(route, scope, sent);
                    let wait = limits.pause_for(route, scope, error.wait());
                    tracing::info!(
                        seconds = wait.as_secs_f32(),
                        path = call.endpoint.path,
                        "Waiting: {}",
                        error.message()
                    );
                }
            }
            Ok(_) => limits.passed(route, sent),
        }
        read
    }
}

/// TikTok's pauses took all the time that a request has.
fn held_back() -> Error {
    let scope = crate::error::Scope::AdvertiserPath;
    Error::new(Kind::Throttled(scope), "TikTok let no request of this kind through for half an hour")
        .advise("TikTok limits how often it may be asked; the next sync goes on from here.")
}

fn tell_where(error: Error, call: &Call<'_>) -> Error {
    let error = if error.kind() == Kind::Malformed { error.about(call.endpoint.path) } else { error };
    match call.advertiser {
        Some(advertiser) => error.with("advertiser_id", advertiser),
        None => error,
    }
}

/// Whether a request may have taken effect though it failed: no answer came, or a server failed on the way.
#[must_use]
pub(crate) fn may_be_done(error: &Error) -> bool {
    matches!(error.kind(), Kind::Network | Kind::Malformed | Kind::Timeout | Kind::Unavailable)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use serde::Deserialize;

    use super::*;
    use crate::tiktok::endpoint::{self, ADS};
    use crate::tiktok::envelope::Typed;
    use crate::tiktok::retry::{RETRY_TIME_MAX, THROTTLED_MAX};
    use crate::tiktok::scripted::{Ruled, Scripted};
    use crate::tiktok::space::Space;

    const OK: &str = r#"{"code":0,"message":"OK","data":{}}"#;

    async fn call(script: &Scripted, watch: &dyn Watch) -> Result<serde_json::Value> {
        let one = NonZeroU32::new(10).unwrap();
        let client = Client::new(Box::new(script.clone()), one, one);
        let call = Call { endpoint: &ADS, advertiser: Some("1"), query: &[], body: &[], watch };
        client.call(&call, &Typed::default()).await
    }

    fn code(code: i64) -> String {
        format!(r#"{{"code":{code},"message":"m","data":{{}}}}"#)
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again() {
        let script = Scripted::default();
        script.error(Kind::Network).error(Kind::Timeout).answer(502, "<html>").answer(200, &code(50000));
        script.answer(200, &code(60001)).answer(200, &code(40133)).answer(200, r#"{"code":0,"da"#).answer(200, OK);
        let start = Instant::now();
        call(&script, &()).await.unwrap();
        assert_eq!(script.sent(), 8);
        assert!(start.elapsed() >= Duration::from_secs(60), "maintenance is waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn attempts_are_bounded_and_the_error_tells_the_story() {
        let script = Scripted::default();
        for _ in 0..100 {
            script.answer(200, &code(50000));
        }
        let error = call(&script, &()).await.unwrap_err();
        assert_eq!(script.sent(), ATTEMPTS_MAX);
        assert!(error.details().contains("advertiser_id: 1; attempts: 8; seconds: "), "{}", error.details());
    }

    #[tokio::test(start_paused = true)]
    async fn too_often_is_waited_for_and_told() {
        #[derive(Default)]
        struct Waits(Mutex<Vec<Duration>>);
        impl Watch for Waits {
            fn held_back(&self, wait: Duration) {
                self.0.lock().unwrap().push(wait);
            }
        }
        let script = Scripted::default();
        script.answer(200, &code(40100)).answer(200, &code(40100)).answer(200, OK);
        let (start, waits) = (Instant::now(), Waits::default());
        call(&script, &waits).await.unwrap();
        assert!((3.0..4.0).contains(&start.elapsed().as_secs_f64()), "{:?}", start.elapsed());
        assert!(waits.0.lock().unwrap().len() >= 2);
    }

    #[tokio::test(start_paused = true)]
    async fn throttling_ends_some_day() {
        let script = Scripted::default();
        for _ in 0..1000 {
            script.answer(200, &code(40100));
        }
        let start = Instant::now();
        assert_eq!(call(&script, &()).await.unwrap_err().kind(), Kind::Throttled(crate::error::Scope::App));
        assert!(script.sent() <= THROTTLED_MAX as usize);
        assert!(start.elapsed() < Duration::from_secs(45 * 60));
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_not_be_sent_twice_is_not_when_its_answer_is_lost() {
        let ten = NonZeroU32::new(10).unwrap();
        for (kind, sent) in [
            (Kind::Network, 1),
            (Kind::Timeout, 1),
            (Kind::Unavailable, 1),
            (Kind::Throttled(crate::error::Scope::App), 2),
        ] {
            let script = Scripted::default();
            script.error(kind).answer(200, OK);
            let client = Client::new(Box::new(script.clone()), ten, ten);
            let call =
                Call { endpoint: &endpoint::SEGMENT_AUDIENCE, advertiser: None, query: &[], body: b"{}", watch: &() };
            let answer = client.call(&call, &Typed::<serde_json::Value>::default()).await;
            assert_eq!((answer.is_ok(), script.sent()), (sent == 2, sent), "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_pass_is_told_at_once() {
        for one in [40001, 40002, 40105, 77777, 20001] {
            let script = Scripted::default();
            script.answer(200, &code(one));
            call(&script, &()).await.unwrap_err();
            assert_eq!(script.sent(), 1, "{one}");
        }
    }

    /// Keeps the space, or leaves it.
    struct Keeping(bool);

    impl Decode for Keeping {
        type Out = Option<Space>;
        fn decode<'de, D: serde::Deserializer<'de>>(&self, data: D) -> Result<Self::Out, D::Error> {
            serde::de::IgnoredAny::deserialize(data).map(|_| None)
        }
        fn keep(&self, out: &mut Self::Out, space: Space) {
            *out = Some(space).filter(|_| self.0);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_held_of_answers_is_bounded() {
        let long = |_: &Request<'_>| format!("{OK}{}", " ".repeat(2 << 20));
        let (rate, ten) = (NonZeroU32::new(1_000).unwrap(), NonZeroU32::new(10).unwrap());
        let client = Client::new(Box::new(Ruled::new(long)), rate, ten);
        let answer = |keeping: bool| {
            let client = client.clone();
            async move {
                let call = Call { endpoint: &ADS, advertiser: None, query: &[], body: &[], watch: &() };
                client.call(&call, &Keeping(keeping)).await.unwrap()
            }
        };
        for _ in 0..20 {
            answer(false).await;
        }
        let mut waiting: Vec<_> = (0..30).map(|_| tokio::spawn(answer(true))).collect();
        tokio::time::sleep(RETRY_TIME_MAX * 2).await;
        let held = waiting.iter().filter(|one| one.is_finished()).count();
        assert!((6..=15).contains(&held), "{held} are held, whoever waits: it never gives up");
        while let Some(at) = waiting.iter().position(tokio::task::JoinHandle::is_finished) {
            drop(waiting.swap_remove(at).await.unwrap());
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(waiting.is_empty(), "{} wait for ever", waiting.len());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_is_throttled_holds_no_permit_that_others_need() {
        let rule = |request: &Request<'_>| match request.query {
            [(_, id)] if id == "1" => code(40133),
            _ => OK.to_owned(),
        };
        let (rate, two) = (NonZeroU32::new(50).unwrap(), NonZeroU32::new(2).unwrap());
        let client = Client::new(Box::new(Ruled::new(rule)), rate, two);
        let asks = |id: usize| {
            let client = client.clone();
            async move {
                let id = id.to_string();
                let query = [("advertiser_id", id.clone())];
                let call = Call { endpoint: &ADS, advertiser: Some(&id), query: &query, body: &[], watch: &() };
                client.call(&call, &Typed::<serde_json::Value>::default()).await
            }
        };
        let throttled: Vec<_> = (0..20).map(|_| tokio::spawn(asks(1))).collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(client.is_held_back(&ADS, "1") && !client.is_held_back(&ADS, "2"));
        let start = Instant::now();
        futures::future::join_all((0..360).map(|at| asks(2 + at % 19)))
            .await
            .into_iter()
            .for_each(|one| drop(one.unwrap()));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        for one in throttled {
            assert_eq!(one.await.unwrap().unwrap_err().kind(), Kind::Throttled(crate::error::Scope::AdvertiserPath));
        }
        assert!(start.elapsed() < Duration::from_secs(45 * 60), "{:?}", start.elapsed());
    }
}
