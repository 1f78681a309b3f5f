//! Log lines about calls that take long, so that a waiting person sees what the connector waits for.
//!
//! There is one line per path, however many calls wait: one cause may hold back hundreds of advertisers.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use futures::future::{Either, select};
use tokio::time::{Instant, sleep_until};

use super::call::{Call, Watch};
use crate::error::{Error, Kind};
use crate::lock::lock;
use crate::words::counted;

/// The tracing target of these lines, for subscribers that want no others.
pub(crate) const TELLS_OF_WAITS: &str = module_path!();

/// From this attempt on, a failure is logged.
const TOLD_ATTEMPT: u32 = 3;
/// A call that takes this long is logged, whatever its attempt.
const TOLD_AFTER: Duration = Duration::from_secs(10);
/// The shortest time between two lines about the same path.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// The time of the latest line about each path.
#[derive(Default)]
pub(super) struct WaitLog(Mutex<HashMap<&'static str, Instant>>);

impl WaitLog {
    /// When the next line about the path may come, if there was one before.
    fn next(&self, path: &str) -> Option<Instant> {
        lock(&self.0).get(path).map(|last| *last + TOLD_EVERY)
    }

    /// Whether a line may come now. If so, it counts as written.
    fn may_log(&self, path: &'static str) -> bool {
        let now = Instant::now();
        let mut told = lock(&self.0);
        let may = told.get(path).is_none_or(|last| now >= *last + TOLD_EVERY);
        if may {
            told.insert(path, now);
        }
        may
    }
}

/// A call in progress. It hears when its requests are sent.
pub(super) struct WatchedCall<'a> {
    wait_log: &'a WaitLog,
    call: &'a Call<'a>,
    history: Mutex<History>,
}

/// The history of the call.
#[derive(Default)]
struct History {
    /// When its first request was sent. A call that waits in the queue is not logged, because other calls make
    /// progress.
    began: Option<Instant>,
    sent: u32,
    /// Whether a request waits for its response.
    out: bool,
    failed: Option<FailedAttempt>,
}

struct FailedAttempt {
    kind: Kind,
    message: String,
    advice: Option<String>,
}

impl<'a> WatchedCall<'a> {
    pub(super) fn new(wait_log: &'a WaitLog, call: &'a Call<'a>) -> Self {
        Self { wait_log, call, history: Mutex::default() }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }

    /// Records that an attempt failed and that the next one follows after `wait`.
    pub(super) fn failed(&self, error: &Error, wait: Duration) {
        let told = {
            let mut history = self.history();
            history.out = false;
            history.failed = Some(FailedAttempt {
                kind: error.kind(),
                message: error.message().to_owned(),
                advice: error.advice().map(str::to_owned),
            });
            history.sent >= TOLD_ATTEMPT || history.age() >= TOLD_AFTER
        };
        if told && self.wait_log.may_log(self.call.endpoint.path) {
            let history = self.history();
            tracing::info!(
                "Attempt {} at {self} failed after {} s{}; {}",
                history.sent,
                history.age().as_secs(),
                history.why(),
                again(wait)
            );
        }
    }

    /// Waits for `what`, and logs the wait from time to time.
    pub(super) async fn during<F: Future>(&self, what: F) -> F::Output {
        let mut what = std::pin::pin!(what);
        loop {
            let due = std::pin::pin!(sleep_until(self.next()));
            match select(what.as_mut(), due).await {
                Either::Left((out, _)) => return out,
                Either::Right(((), _)) => self.log(),
            }
        }
    }

    /// When the next line may be due.
    fn next(&self) -> Instant {
        let began = self.history().began;
        let old = began.unwrap_or_else(Instant::now) + TOLD_AFTER;
        let next = self.wait_log.next(self.call.endpoint.path).map_or(old, |next| next.max(old));
        // At least a second from now, or the loop would spin.
        next.max(Instant::now() + Duration::from_secs(1))
    }

    fn log(&self) {
        if self.history().age() < TOLD_AFTER || !self.wait_log.may_log(self.call.endpoint.path) {
            return;
        }
        let history = self.history();
        let seconds = history.age().as_secs();
        match history.out {
            true => {
                tracing::info!(
                    "Waiting for TikTok's answer to {self}: attempt {}, {seconds} s{}",
                    history.sent,
                    history.why()
                );
            }
            false => {
                tracing::info!(
                    "Waiting to ask {self} again: attempt {}, {seconds} s{}",
                    history.sent + 1,
                    history.why()
                );
            }
        }
    }

    /// The error of a call that reached its deadline, with its history.
    pub(super) fn too_late(&self, limit: Duration) -> Error {
        let history = self.history();
        let (path, limit) = (self.call.endpoint.path, limit.as_secs());
        let error = match (&history.failed, history.sent) {
            (Some(failed), sent) => {
                let attempts = counted(sent, "attempt");
                let error =
                    Error::new(failed.kind, format!("{} ({path}; {attempts} within {limit} s)", failed.message));
                failed.advice.iter().fold(error, |error, advice| error.advise(advice.clone()))
            }
            (None, 0) => {
                Error::new(Kind::Timeout, format!("There was no time left within {limit} s to ask TikTok for {path}"))
                    .advise("Try again; if it stays so, look at the network between here and TikTok.")
            }
            (None, _) => Error::new(Kind::Timeout, format!("TikTok did not answer {path} within {limit} s"))
                .advise("Try again; if it stays so, look at the network between here and TikTok."),
        };
        error.with("path", path)
    }
}

impl History {
    fn age(&self) -> Duration {
        self.began.map(|began| began.elapsed()).unwrap_or_default()
    }

    fn why(&self) -> String {
        self.failed.as_ref().map_or_else(String::new, |failed| format!(" ({})", failed.message))
    }
}

fn again(wait: Duration) -> String {
    match wait.as_secs() {
        0 => "trying again".to_owned(),
        seconds => format!("trying again in {seconds} s"),
    }
}

/// The call's name in messages.
impl fmt::Display for WatchedCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.call.endpoint.path)?;
        match self.call.advertiser {
            Some(advertiser) => write!(f, " for advertiser {advertiser}"),
            None => Ok(()),
        }
    }
}

impl Watch for WatchedCall<'_> {
    fn sent(&self) {
        {
            let mut history = self.history();
            history.began.get_or_insert_with(Instant::now);
            history.sent += 1;
            history.out = true;
        }
        self.call.watch.sent();
    }

    fn held_back(&self, wait: Duration) {
        self.call.watch.held_back(wait);
    }

    fn cut(&self) {
        self.call.watch.cut();
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use futures::future::{BoxFuture, join_all};
    use serde_json::Value;
    use tracing::{Event, Subscriber};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;
    use crate::error::Result;
    use crate::tiktok::Body;
    use crate::tiktok::Client;
    use crate::tiktok::endpoint::{ADS, CAMPAIGNS, Endpoint};
    use crate::tiktok::envelope::Typed;
    use crate::tiktok::transport::{Request, Response, Transport};

    /// Lines with the second in which they came.
    #[derive(Clone)]
    struct Heard(Instant, Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            struct LogText(String);
            impl tracing::field::Visit for LogText {
                fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
                    if field.name() == "message" {
                        self.0 = format!("{value:?}");
                    }
                }
            }
            if event.metadata().target() == TELLS_OF_WAITS {
                let mut text = LogText(String::new());
                event.record(&mut text);
                self.1.lock().unwrap().push(format!("{:>3} {}", self.0.elapsed().as_secs(), text.0));
            }
        }
    }

    /// A TikTok that answers after a while, always the same.
    struct Slow(Duration, String);

    impl Transport for Slow {
        fn send<'a>(&'a self, request: Request<'a>) -> BoxFuture<'a, Result<Response>> {
            Box::pin(async move {
                if self.0 > request.patience {
                    tokio::time::sleep(request.patience).await;
                    return Err(Error::new(Kind::Timeout, "No answer"));
                }
                tokio::time::sleep(self.0).await;
                Ok(Response { status: 200, body: self.1.clone().into(), cut: false, retry_after: None })
            })
        }
    }

    async fn ask(client: &Client, endpoint: &'static Endpoint, advertiser: &str) -> Result<Value> {
        let call = Call { endpoint, advertiser: Some(advertiser), query: &[], body: Body::None, watch: &() };
        client.call(&call, &Typed::<Value>::default()).await
    }

    fn client(slow: Slow) -> Client {
        let ten = NonZeroU32::new(10).unwrap();
        Client::new(Box::new(slow), ten, ten)
    }

    fn code(code: u32) -> String {
        format!(r#"{{"code":{code},"message":"m","data":{{}}}}"#)
    }

    async fn heard(asking: impl Future<Output = ()>) -> Vec<String> {
        let heard = Heard(Instant::now(), Arc::default());
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(heard.clone()));
        asking.await;
        heard.1.lock().unwrap().clone()
    }

    fn second(line: &str) -> u64 {
        line.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// The seconds of lines that are no further apart than they may be.
    fn assert_never_silent(lines: &[String], end: u64) {
        let mut last = TOLD_AFTER.as_secs().saturating_sub(TOLD_EVERY.as_secs());
        for now in lines.iter().map(|line| second(line)).chain([end]) {
            assert!(now <= last + TOLD_EVERY.as_secs() + 1, "{now} after {last}: {lines:#?}");
            last = now;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_never_answers_is_told_after_ten_seconds_and_every_thirty() {
        let lines = heard(async {
            let never = client(Slow(Duration::from_secs(1_000_000), String::new()));
            let _ = tokio::time::timeout(Duration::from_secs(100), ask(&never, &ADS, "7")).await;
        })
        .await;
        assert_eq!(
            lines,
            [
                " 10 Waiting for TikTok's answer to /ad/get/ for advertiser 7: attempt 1, 10 s",
                " 40 Waiting for TikTok's answer to /ad/get/ for advertiser 7: attempt 2, 40 s (No answer)",
                " 70 Waiting for TikTok's answer to /ad/get/ for advertiser 7: attempt 2, 70 s (No answer)",
                "100 Waiting for TikTok's answer to /ad/get/ for advertiser 7: attempt 3, 100 s (No answer)",
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_that_is_tried_again_and_again_is_told_from_its_third_attempt_on() {
        for refused in [51010, 50000, 60001, 40100, 40133] {
            let start = Instant::now();
            let lines = heard(async {
                ask(&client(Slow(Duration::ZERO, code(refused))), &ADS, "7").await.unwrap_err();
            })
            .await;
            assert!(second(&lines[0]) <= 10, "{lines:#?}");
            assert!(lines[0].contains("/ad/get/ for advertiser 7") && lines[0].contains("“m”"), "{lines:#?}");
            assert_never_silent(&lines, start.elapsed().as_secs());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn many_calls_to_a_path_are_one_line_and_each_path_has_its_own() {
        let lines = heard(async {
            let broken = client(Slow(Duration::ZERO, code(51010)));
            let ids: Vec<String> = (0..50).map(|id: u32| id.to_string()).collect();
            let of = |endpoint| {
                join_all(ids.iter().cloned().map(|id| {
                    let broken = broken.clone();
                    async move { ask(&broken, endpoint, &id).await }
                }))
            };
            let both = futures::future::join(of(&ADS), of(&CAMPAIGNS));
            let _ = tokio::time::timeout(Duration::from_secs(29), both).await;
        })
        .await;
        assert_eq!(lines.len(), 2, "{lines:#?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_answer_and_a_queue_are_not_told() {
        let lines = heard(async {
            let quick = client(Slow(Duration::from_secs(1), code(0)));
            let ids: Vec<String> = (0..1000).map(|id: u32| id.to_string()).collect();
            for answer in join_all(ids.iter().map(|id| ask(&quick, &ADS, id))).await {
                answer.unwrap();
            }
        })
        .await;
        assert_eq!(lines, Vec::<String>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_ends_in_time_with_what_is_known() {
        let limit = Duration::from_secs(45);
        for (slow, said) in [
            (Slow(Duration::from_secs(1_000_000), String::new()), "No answer (/ad/get/; 2 attempts within 45 s)"),
            (Slow(Duration::from_secs(25), String::new()), "TikTok's answer is broken or not TikTok's"),
            (Slow(Duration::ZERO, code(60001)), "TikTok says: maintenance: “m” (/ad/get/; 1 attempt within 45 s)"),
        ] {
            let (start, client) = (Instant::now(), client(slow).within(limit));
            let error = ask(&client, &ADS, "7").await.unwrap_err();
            assert!(error.message().starts_with(said), "{error}");
            assert!(start.elapsed() <= limit, "{error}");
            let late = ask(&client, &CAMPAIGNS, "7").await.unwrap_err();
            assert_eq!(late.message(), "There was no time left within 45 s to ask TikTok for /campaign/get/");
        }
    }
}
