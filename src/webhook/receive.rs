//! The receiver: it answers 200 when a call-back is stored. What comes at once is stored together.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq;
use tokio::sync::{Notify, mpsc, oneshot};

use super::notice::{self, StoredNotice};
use super::seen::Seen;
use super::spool::{self, Spool, SpoolWriter};
use super::verify::{Keys, SIGNATURE_HEADER, Verdict};
use crate::clock;
use crate::config::WebhookOptions;
use crate::config::webhook::SignatureMode;
use crate::error::{Error, Result};
use crate::http::{Answer, Handler, Limits, Method, Request, Response, StatusCode, header};
use crate::lock::lock;

/// The bounds of the receiver. TikTok's call-backs have a few kilobytes.
pub(crate) const LIMITS: Limits = Limits {
    connections: 512,
    body_bytes: 1 << 20,
    head_bytes: 16 << 10,
    headers: 64,
    head_time: Duration::from_secs(10),
    body_time: Duration::from_secs(10),
    large_bytes: 8 << 20,
    keep_alive: true,
    farewell: Duration::from_secs(15),
};
/// Call-backs that wait to be stored, and that are stored together. Each connection has one at most.
const WAITING_MAX: usize = LIMITS.connections;
const BATCH_MAX: usize = 256;
/// A batch that has so many bytes takes no more.
const BATCH_BYTES: usize = 1 << 20;

const HEALTH: &str = "/healthz";

/// A call-back that waits for its answer.
struct Waiting {
    notice: StoredNotice,
    stored: oneshot::Sender<bool>,
}

/// What came so far.
#[derive(Default)]
struct Counts {
    seen: AtomicU64,
    valid: AtomicU64,
    invalid: AtomicU64,
    late: AtomicU64,
    stored: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    failed: AtomicU64,
    failing: AtomicBool,
}

/// Receives call-backs.
pub(crate) struct Receiver {
    keys: Keys,
    mode: SignatureMode,
    path_token: Option<SecretString>,
    intake: mpsc::Sender<Waiting>,
    shared: Arc<Shared>,
}

/// What the receiver and its storing task share.
#[derive(Default)]
struct Shared {
    counts: Counts,
    seen: Mutex<Seen>,
    /// Rings when something new is stored.
    news: Arc<Notify>,
}

impl Receiver {
    /// Opens the spool and begins to store. Wrong settings are told at once.
    pub(crate) async fn start(options: &WebhookOptions) -> Result<Self> {
        let keys = Keys::of(options, clock::now())?;
        if options.signature == SignatureMode::Required && options.signing_key.is_none() {
            return Err(Error::config("`webhooks.signing_key` is missing, so no call-back could be accepted")
                .advise("TikTok signs with the secret of the developer app: put it there."));
        }
        let spool = Spool::open(options)?;
        let shared = Arc::new(Shared::default());
        spool.known_now().await?.iter().for_each(|id| lock(&shared.seen).add(id));
        let (intake, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(store(spool.writer(), waiting, shared.clone()));
        Ok(Self { keys, mode: options.signature, path_token: options.path_token.clone(), intake, shared })
    }

    /// Rings when something new is stored.
    #[must_use]
    pub(crate) fn news(&self) -> Arc<Notify> {
        self.shared.news.clone()
    }

    #[must_use]
    pub(crate) fn handler(self) -> Arc<Handler> {
        let receiver = Arc::new(self);
        Arc::new(move |request| {
            let receiver = receiver.clone();
            Box::pin(async move { receiver.answer(request).await }) as BoxFuture<'static, Answer>
        })
    }

    async fn answer(&self, request: Request<hyper::body::Bytes>) -> Answer {
        let path = request.uri().path();
        if path == HEALTH {
            return match *request.method() {
                Method::GET | Method::HEAD => self.health(),
                _ => plain(StatusCode::METHOD_NOT_ALLOWED),
            };
        }
        if !self.is_ours(path) {
            return plain(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::POST {
            return plain(StatusCode::METHOD_NOT_ALLOWED);
        }
        let signature = request.headers().get(SIGNATURE_HEADER).map(|value| value.to_str().unwrap_or_default());
        let now = clock::now();
        let verdict = self.keys.judge(signature, request.body(), now);
        plain(self.take(verdict, request.body(), now.timestamp_millis()).await)
    }

    /// Whether the path has the secret part, if one is wanted. Parts of its length are compared in a time that does not
    /// tell how far they are alike.
    fn is_ours(&self, path: &str) -> bool {
        let Some(token) = &self.path_token else { return true };
        let token = token.expose_secret().as_bytes();
        path.split('/').fold(false, |found, part| found | bool::from(part.as_bytes().ct_eq(token)))
    }

    async fn take(&self, verdict: Verdict, body: &[u8], received_at: i64) -> StatusCode {
        let counts = &self.shared.counts;
        counts.seen.fetch_add(1, Relaxed);
        if self.mode != SignatureMode::None {
            let count = if verdict.is_valid() { &counts.valid } else { &counts.invalid };
            count.fetch_add(1, Relaxed);
            if self.mode == SignatureMode::Required && !verdict.is_valid() {
                counts.refused.fetch_add(1, Relaxed);
                return StatusCode::UNAUTHORIZED;
            }
        }
        let (Some(id), Ok(body)) = (notice::name(body), std::str::from_utf8(body)) else {
            counts.refused.fetch_add(1, Relaxed);
            return StatusCode::BAD_REQUEST;
        };
        if lock(&self.shared.seen).has(&id) {
            counts.repeated.fetch_add(1, Relaxed);
            return StatusCode::OK;
        }
        let late = self.mode != SignatureMode::None && verdict == Verdict::Late;
        counts.late.fetch_add(u64::from(late), Relaxed);
        let (stored, answer) = oneshot::channel();
        let waiting = Waiting { notice: StoredNotice { id, received_at, late, body: body.to_owned() }, stored };
        let taken = self.intake.send(waiting).await.is_ok();
        if taken && answer.await == Ok(true) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    fn health(&self) -> Answer {
        let counts = &self.shared.counts;
        let of = |count: &AtomicU64| count.load(Relaxed);
        let failing = counts.failing.load(Relaxed);
        let text = json!({
            "status": if failing { "cannot store" } else { "ok" },
            "signature": self.mode.name(),
            "seen": of(&counts.seen),
            "valid": of(&counts.valid),
            "invalid": of(&counts.invalid),
            "late": of(&counts.late),
            "stored": of(&counts.stored),
            "repeated": of(&counts.repeated),
            "refused": of(&counts.refused),
            "not_stored": of(&counts.failed),
        });
        let mut answer = Response::new((text.to_string() + "\n").into());
        answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
        answer
    }
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = status;
    answer
}

/// Stores what waits, one batch after the other, until nobody can send any more.
async fn store(mut writer: SpoolWriter, mut waiting: mpsc::Receiver<Waiting>, shared: Arc<Shared>) {
    let mut batch: Vec<Waiting> = Vec::new();
    let mut told = Told::default();
    while let Some(first) = waiting.recv().await {
        let mut lines = String::new();
        let mut next = Some(first);
        while let Some(one) = next {
            // A notice that waits has a line: it is text and numbers.
            lines += &spool::line(&one.notice).unwrap_or_default();
            batch.push(one);
            let full = batch.len() >= BATCH_MAX || lines.len() >= BATCH_BYTES;
            next = if full { None } else { waiting.try_recv().ok() };
        }
        let stored = writer.add(lines).await;
        told.tell(&stored);
        shared.settle(&mut batch, stored.is_ok());
    }
}

impl Shared {
    fn settle(&self, batch: &mut Vec<Waiting>, stored: bool) {
        let count = if stored { &self.counts.stored } else { &self.counts.failed };
        count.fetch_add(batch.len() as u64, Relaxed);
        self.counts.failing.store(!stored, Relaxed);
        if stored {
            let mut seen = lock(&self.seen);
            batch.iter().for_each(|one| seen.add(&one.notice.id));
            self.news.notify_one();
        }
        for one in batch.drain(..) {
            // Who left asks again.
            let _ = one.stored.send(stored);
        }
    }
}

/// Tells when storing begins to fail, and when it works again.
#[derive(Default)]
struct Told(bool);

impl Told {
    fn tell(&mut self, stored: &Result<()>) {
        match (stored, self.0) {
            (Err(error), false) => tracing::error!("{error}"),
            (Ok(()), true) => tracing::warn!("Call-backs are stored again"),
            _ => {}
        }
        self.0 = stored.is_err();
    }
}
