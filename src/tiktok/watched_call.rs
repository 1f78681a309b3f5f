//! A call in progress: what it waits for, which the run's book hears, and what became of its attempts.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use super::call::Call;
use super::limit::{Refusal, RequestKey, Step};
use super::pace::Span;
use crate::error::{Error, Kind, LimitScope};
use crate::lock::lock;
use crate::waits::{self, Piece, State};
use crate::words::counted;

/// From this attempt on, a failure is told soon.
const TOLD_ATTEMPT: u32 = 3;
/// A rest of this length is told soon.
const TOLD_REST: Duration = Duration::from_secs(10);

/// A call in progress.
pub(super) struct WatchedCall<'a> {
    pub(super) call: &'a Call<'a>,
    piece: Piece,
    history: Mutex<History>,
}

/// The history of the call.
#[derive(Default)]
struct History {
    sent: u32,
    /// The limit that refused the latest attempt, if it is a longer one than that of a second.
    limit: Option<Span>,
    failed: Option<FailedAttempt>,
}

struct FailedAttempt {
    kind: Kind,
    message: String,
    advice: Option<String>,
}

impl<'a> WatchedCall<'a> {
    pub(super) fn new(call: &'a Call<'a>) -> Self {
        Self { call, piece: waits::piece(name(call)), history: Mutex::default() }
    }

    /// What decides which limits count it.
    pub(super) fn route(&self) -> RequestKey<'a> {
        RequestKey { endpoint: self.call.endpoint, advertiser: self.call.advertiser }
    }

    fn history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }

    /// What becomes of it on its way through the lanes.
    pub(super) fn steps(&self, step: Step) {
        match step {
            Step::Stands(lane) => self.piece.stands(lane),
            Step::Paces(lane) => self.piece.paces(lane),
            Step::Rests(lane, wait) => {
                self.piece.rests(lane, wait);
                self.call.watch.held_back(wait);
            }
            Step::Passes(lane) => self.piece.passes(lane),
        }
    }

    /// It waits for nothing of TikTok's.
    pub(super) fn goes_on(&self) {
        self.piece.goes_on();
    }

    /// A request leaves.
    pub(super) fn sent(&self, patience: Duration) {
        let is_first = {
            let mut history = self.history();
            history.sent += 1;
            history.sent == 1
        };
        self.piece.asks(patience);
        self.call.watch.sent();
        if !is_first {
            self.call.watch.sent_again();
        }
    }

    /// The request is answered, or lost.
    pub(super) fn answered(&self) {
        self.piece.answered();
    }

    /// TikTok said "too often".
    pub(super) fn refused(&self, Refusal { wait, span, lane }: Refusal, error: &Error) {
        waits::book().refusal(error.kind() == Kind::Throttled(LimitScope::App));
        waits::book().lane_rests(lane, error.message());
        self.history().limit = Some(span).filter(|span| *span != Span::Second);
        if wait >= TOLD_REST {
            self.piece.hurry();
        }
    }

    /// Records that an attempt failed and that the next one follows.
    pub(super) fn failed(&self, error: &Error) {
        let mut history = self.history();
        let limit = history.limit.take().map(|limit| format!("{limit}: ")).unwrap_or_default();
        self.piece.because(format!("{limit}{}", error.message()));
        if history.sent >= TOLD_ATTEMPT {
            self.piece.hurry();
        }
        history.failed = Some(FailedAttempt {
            kind: error.kind(),
            message: error.message().to_owned(),
            advice: error.advice().map(str::to_owned),
        });
    }

    /// Waits before the next attempt.
    pub(super) async fn sleep(&self, wait: Duration) {
        self.piece.sleep(State::Retrying, wait).await;
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

/// The call's name in messages.
fn name(call: &Call<'_>) -> String {
    let path = call.endpoint.path;
    let whose = call.advertiser.map(|advertiser| format!(" for advertiser {advertiser}")).unwrap_or_default();
    match call.watch.stream() {
        Some(stream) => format!("`{stream}` ({path}{whose})"),
        None => format!("{path}{whose}"),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use futures::future::{BoxFuture, join_all};
    use serde_json::Value;
    use tokio::time::Instant;
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
    use crate::waits::spent::Spent;

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
            if event.metadata().target() == waits::TELLS_OF_WAITS {
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
        let book = waits::begin_anew();
        tokio::select! {
            biased;
            never = book.heartbeat() => match never {},
            () = asking => {}
        }
        heard.1.lock().unwrap().clone()
    }

    const TOLD_AFTER: Duration = Duration::from_secs(10);
    const TOLD_EVERY: Duration = Duration::from_secs(30);

    /// A line without what the machine's clock says.
    fn timeless(line: &str) -> String {
        match (line.find(", until"), line.find(" UTC")) {
            (Some(from), Some(to)) => [&line[..from], &line[to + 4..]].concat(),
            _ => line.to_owned(),
        }
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
        assert!(lines.iter().all(|line| line.contains(", until at most ") && line.contains(" UTC")), "{lines:#?}");
        assert_eq!(
            lines.iter().map(|line| timeless(line)).collect::<Vec<_>>(),
            [
                " 10 Waiting for TikTok's answer: /ad/get/ for advertiser 7, 10 s so far",
                " 40 Waiting for TikTok's answer: /ad/get/ for advertiser 7, 40 s so far, attempt 2 (No answer)",
                " 70 Waiting for TikTok's answer: /ad/get/ for advertiser 7, 1 min 10 s so far, attempt 2 (No answer)",
                "100 Waiting for TikTok's answer: /ad/get/ for advertiser 7, 1 min 40 s so far, attempt 3 (No answer)",
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
    async fn many_calls_are_one_line_whatever_they_ask() {
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
        assert_eq!(lines.len(), 1, "{lines:#?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_answer_and_a_queue_are_not_told_but_that_it_goes_on() {
        let lines = heard(async {
            let quick = client(Slow(Duration::from_secs(1), code(0)));
            let ids: Vec<String> = (0..1000).map(|id: u32| id.to_string()).collect();
            for answer in join_all(ids.iter().map(|id| ask(&quick, &ADS, id))).await {
                answer.unwrap();
            }
        })
        .await;
        assert!(lines.iter().all(|line| line.contains("Going on: ")), "{lines:#?}");
        assert_never_silent(&lines, 100);
    }

    /// Calls of one advertiser that are asked at once, under a large quota.
    async fn spent_by(slow: Slow, concurrency: u32, calls: u32) -> Spent {
        let book = waits::begin_anew();
        let [rate, concurrency] = [1_000, concurrency].map(|number| NonZeroU32::new(number).unwrap());
        let client = Client::new(Box::new(slow), rate, concurrency);
        for answer in join_all((0..calls).map(|_| ask(&client, &ADS, "7"))).await {
            answer.unwrap();
        }
        book.whole().spent
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_permit_waits_for_answers_and_not_for_the_quota() {
        for (concurrency, calls) in [(1, 20), (4, 80)] {
            let spent = spent_by(Slow(Duration::from_secs(1), code(0)), concurrency, calls).await;
            assert!(spent.quota < 1_000 && spent.asking > 19_000, "{concurrency}: {spent:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_pace_waits_for_the_quota() {
        // One advertiser on one path has twenty a second.
        let spent = spent_by(Slow(Duration::from_millis(10), code(0)), 10, 400).await;
        assert!(spent.quota > 15_000 && spent.asking < 4_000, "{spent:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_of_the_app_is_told_with_its_end_and_its_reason_whoever_waits_longest() {
        let lines = heard(async {
            let broken = client(Slow(Duration::ZERO, code(40100)));
            let of = |endpoint| join_all((0..9).map(|_| ask(&broken, endpoint, "7")));
            let all = futures::future::join(of(&ADS), of(&CAMPAIGNS));
            let _ = tokio::time::timeout(Duration::from_secs(200), all).await;
        })
        .await;
        let quota: Vec<_> = lines.iter().filter(|line| line.contains("for TikTok's quota")).collect();
        assert!(quota.len() >= 3, "{lines:#?}");
        assert!(quota.iter().all(|line| line.contains(", until ") && line.contains("“m”")), "{lines:#?}");
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
