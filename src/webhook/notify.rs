//! Passes new notices on to an address of the user's own: each at least once, in the order of the spool, one at a time.
//!
//! It reads the spool as a sync does and keeps its place there, so what it did not pass on before it was killed it
//! passes on later. The spool is its queue.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;
use url::Url;

use super::notice::{self, EventRow};
use super::spool::{Places, Spool};
use crate::error::{Error, Kind, Result};

/// Longest that one post may take.
const POST_TIME_MAX: Duration = Duration::from_secs(10);
/// Waits between tries of one notice: they double from the first to the longest.
const WAIT_FIRST: Duration = Duration::from_secs(1);
const WAIT_LONGEST: Duration = Duration::from_secs(300);
/// Tries of a notice that the address refuses, and of one that it cannot take now: three days of the longest wait.
const REFUSED_TRIES_MAX: u32 = 3;
const TRIES_MAX: u32 = 900;
/// Without news the spool is looked at so often, because another receiver may have stored something.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// Posts notices.
pub(crate) struct Notifier {
    url: Url,
    client: reqwest::Client,
    spool: Spool,
    /// The file of the spool that holds its place.
    place: String,
}

/// What became of one post.
enum Posted {
    Taken,
    Refused(u16),
    Later(String),
}

impl Notifier {
    /// The address may be a secret itself, so no error names more than its host.
    pub(crate) fn new(url: &str, spool: Spool) -> Result<Self> {
        let wrong = || {
            Error::config("`--notify` is no web address").advise("Give one such as https://chat.example.com/hooks/1.")
        };
        let url = Url::parse(url).map_err(|_| wrong())?;
        let host = url.host_str().ok_or_else(wrong)?;
        let home = host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && home) {
            return Err(Error::config("`--notify` must be an https address, for notices tell of your accounts")
                .advise("Plain http is taken for this machine only."));
        }
        // Fails only when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .timeout(POST_TIME_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| Error::new(Kind::Local, "Cannot start to post notices"))?;
        let place = format!("notify-{:016x}.json", super::seen::print(url.as_str()) as u64);
        Ok(Self { url, client, spool, place })
    }

    /// Posts what is new, for ever. What was there before the first run is not new.
    pub(crate) async fn run(self, news: Arc<Notify>) {
        let mut places = match self.begin().await {
            Ok(places) => places,
            Err(error) => {
                tracing::error!("Notices are not passed on: {error}");
                return;
            }
        };
        loop {
            if let Err(error) = self.pass_on(&mut places).await {
                tracing::warn!("Notices wait to be passed on: {error}");
            }
            tokio::select! {
                () = news.notified() => {}
                () = sleep(LOOK_EVERY) => {}
            }
        }
    }

    async fn begin(&self) -> Result<Places> {
        if let Some(places) = self.spool.kept(&self.place).await? {
            return Ok(places);
        }
        let places = self.spool.end().await?;
        self.spool.keep(&self.place, &places).await?;
        Ok(places)
    }

    async fn pass_on(&self, places: &mut Places) -> Result<()> {
        let mut reader = self.spool.reader(places.clone()).await?;
        reader.remember().await?;
        while let Some(notices) = reader.next().await? {
            for row in notices.iter().flat_map(notice::rows) {
                self.deliver(&row).await;
            }
            reader.places().clone_into(places);
            self.spool.keep(&self.place, places).await?;
        }
        Ok(())
    }

    async fn deliver(&self, row: &EventRow) {
        let (body, mut wait) = (told(row).to_string(), WAIT_FIRST);
        for attempt in 1..=TRIES_MAX {
            let why = match self.post(body.clone()).await {
                Posted::Taken => return,
                Posted::Refused(status) if attempt >= REFUSED_TRIES_MAX => {
                    tracing::warn!("Notice {} is not passed on: {} answers {status}", row.event_id, self.host());
                    return;
                }
                Posted::Refused(status) => format!("HTTP {status}"),
                Posted::Later(why) => why,
            };
            if attempt == 1 {
                tracing::warn!("Notices wait for {}: {why}", self.host());
            }
            sleep(wait).await;
            wait = (wait * 2).min(WAIT_LONGEST);
        }
        tracing::warn!("Notice {} is not passed on: {} did not take it for days", row.event_id, self.host());
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    async fn post(&self, body: String) -> Posted {
        let request = self.client.post(self.url.clone()).header("content-type", "application/json").body(body);
        match request.send().await.map(|answer| answer.status().as_u16()) {
            Ok(200..300) => Posted::Taken,
            Ok(status @ (408 | 429 | 500..)) => Posted::Later(format!("HTTP {status}")),
            Ok(status) => Posted::Refused(status),
            Err(error) if error.is_timeout() => Posted::Later("it does not answer in time".to_owned()),
            Err(_) => Posted::Later("it cannot be reached".to_owned()),
        }
    }
}

/// The notice, and a sentence that chats show. What people typed into a form stays here.
fn told(row: &EventRow) -> Value {
    let row = row.clone().without_persons();
    let mut told = json!({"text": sentence(&row)});
    if let (Some(told), Ok(Value::Object(fields))) = (told.as_object_mut(), serde_json::to_value(&row)) {
        told.extend(fields);
    }
    told
}

fn sentence(row: &EventRow) -> String {
    let of = |name: &str, value: Option<i64>| value.map(|value| format!(" {name} {value}")).unwrap_or_default();
    let what = row.entity.unwrap_or("notice");
    let status = row.status.as_ref().map(|status| format!(" status {status}")).unwrap_or_default();
    let why = row.reject_reason.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!(
        "TikTok Ads {what}:{}{}{}{status}{why}",
        of("advertiser", row.advertiser_id),
        of("ad group", row.adgroup_id),
        of("ad", row.ad_id)
    )
}
