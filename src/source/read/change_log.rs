//! Who changed what: a task for each window, looked at until it is done, and then its file (docs/tiktok-api.md 3.8).

use std::time::Duration;

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::reader::Reader;
use crate::error::{Error, Kind, Result};
use crate::source::plan::account::Account;
use crate::source::plan::window::Window;
use crate::source::plan::{Partition, Slice};
use crate::source::record::changes;
use crate::tiktok::endpoint::{CHANGE_LOG, CHANGE_LOG_CHECK, CHANGE_LOG_CREATE};
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::page::{Page, RowKeys};
use crate::tiktok::{Body, Call, Endpoint};

/// How often a task and its file are looked at, in all, before they are given up: a quarter of an hour, with the waits in between.
const LOOKS_MAX: u32 = 38;
const WAIT_FIRST: Duration = Duration::from_millis(500);
const WAIT_MAX: Duration = Duration::from_secs(30);
/// From this wait on it is told that a task takes long.
const WAIT_TOLD: Duration = Duration::from_secs(16);

#[derive(Deserialize)]
struct Task {
    task_id: String,
}

#[derive(Deserialize)]
struct State {
    status: String,
}

#[derive(Deserialize)]
struct File {
    status: String,
    /// None: not there at all, which is not the same as null.
    #[serde(default, deserialize_with = "given")]
    changelog: Option<Value>,
}

fn given<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// What is left of the time that a task may take.
struct Patience<'a> {
    account: &'a Account,
    window: Window,
    looks: u32,
    wait: Duration,
}

impl Reader {
    /// Reads the changes of some days.
    pub(super) async fn changes(&self, partition: &Partition, slice: &Slice, window: Window) -> Result<()> {
        let Some(account) = &partition.account else { return Ok(()) };
        let task = self.task(account, window).await?;
        let mut patience = Patience { account, window, looks: LOOKS_MAX, wait: WAIT_FIRST };
        self.is_done(&mut patience, &task).await?;
        let file = self.file(&mut patience, &task).await?;
        let logs = changes::read(&account.id, &file).map_err(|why| broken(why, window))?;
        let text = json!({CHANGE_LOG.list: logs}).to_string();
        let rows = self.lines(partition, slice).decode(&mut serde_json::Deserializer::from_str(&text));
        let rows = rows.map_err(|error| Error::new(Kind::Unexpected, "A change has no line").because(error))?;
        let fresh = vec![true; rows.keys().len()];
        self.pass_on(partition, rows, &fresh, &RowKeys::default()).await;
        Ok(())
    }

    /// Makes a task.
    async fn task(&self, account: &Account, window: Window) -> Result<String> {
        let body = json!({
            "advertiser_id": &*account.id,
            "start_time": format!("{} 00:00:00", window.start),
            "end_time": format!("{} 23:59:59", window.end),
        })
        .to_string();
        let call = Call {
            endpoint: &CHANGE_LOG_CREATE,
            advertiser: Some(&*account.id),
            query: &[],
            body: Body::Json(body.as_bytes()),
            watch: &*self.emitter,
        };
        Ok(self.run.client.call(&call, &Typed::<Task>::default()).await?.task_id)
    }

    /// Waits until a task is done.
    async fn is_done(&self, patience: &mut Patience<'_>, task: &str) -> Result<()> {
        let query = of(patience.account, task);
        let call = self.about_task(patience.account, &CHANGE_LOG_CHECK, &query);
        loop {
            let state = self.run.client.call(&call, &Typed::<State>::default()).await?;
            match state.status.as_str() {
                "SUCCESS" => return Ok(()),
                "PROCESSING" => self.wait(patience).await?,
                other => return Err(failed(other, patience.window)),
            }
        }
    }

    /// The file of a task that is done. It may take a moment longer than the task.
    async fn file(&self, patience: &mut Patience<'_>, task: &str) -> Result<Value> {
        let query = of(patience.account, task);
        let call = self.about_task(patience.account, &CHANGE_LOG, &query);
        loop {
            let file = self.run.client.call(&call, &Typed::<File>::default()).await?;
            match file.status.as_str() {
                "SUCCESS" => return file.changelog.ok_or_else(|| broken("it is not there", patience.window)),
                "PROCESSING" => self.wait(patience).await?,
                other => return Err(failed(other, patience.window)),
            }
        }
    }

    fn about_task<'a>(
        &'a self,
        account: &'a Account,
        endpoint: &'static Endpoint,
        query: &'a [(&'static str, String)],
    ) -> Call<'a> {
        Call { endpoint, advertiser: Some(&*account.id), query, body: Body::None, watch: &*self.emitter }
    }

    /// Waits before the next look, ever longer; not beyond the last one.
    async fn wait(&self, patience: &mut Patience<'_>) -> Result<()> {
        let Patience { account, window, .. } = *patience;
        patience.looks = patience.looks.saturating_sub(1);
        if patience.looks == 0 {
            return Err(late(window));
        }
        if patience.wait == WAIT_TOLD {
            tracing::info!(
                "Stream `{}` waits for TikTok, which prepares the changes of {} to {} of advertiser {}",
                self.stream.name,
                window.start,
                window.end,
                account.id
            );
        }
        tokio::time::sleep(patience.wait).await;
        patience.wait = (patience.wait * 2).min(WAIT_MAX);
        Ok(())
    }
}

fn of(account: &Account, task: &str) -> [(&'static str, String); 2] {
    [("advertiser_id", account.id.to_string()), ("task_id", task.to_owned())]
}

fn days(window: Window) -> String {
    format!("{} to {}", window.start, window.end)
}

fn late(window: Window) -> Error {
    Error::new(Kind::Unavailable, "TikTok did not finish a task of the change log within a quarter of an hour")
        .with("window", days(window))
        .advise("Run the sync again: it goes on with these days.")
}

fn failed(status: &str, window: Window) -> Error {
    Error::new(
        if status == "FAILED" { Kind::Unavailable } else { Kind::Unexpected },
        format!("A task of the change log ended as {status}"),
    )
    .with("window", days(window))
    .advise("Run the sync again: it goes on with these days.")
}

fn broken(why: &str, window: Window) -> Error {
    Error::new(Kind::Unexpected, format!("A file of the change log cannot be read: {why}"))
        .with("window", days(window))
        .advise("Please report it; other streams are not concerned.")
}
