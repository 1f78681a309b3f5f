//! Who changed what: a task for each window, looked at until it is done, and then its file (docs/tiktok-api.md 3.8).

use std::time::Duration;

use serde::Deserialize;
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
use crate::tiktok::{Body, Call};

/// How often a task is looked at before it is given up: a quarter of an hour, with the waits in between.
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
    #[serde(default)]
    changelog: Value,
}

impl Reader {
    /// Reads the changes of some days.
    pub(super) async fn changes(&self, partition: &Partition, slice: &Slice, window: Window) -> Result<()> {
        let Some(account) = &partition.account else { return Ok(()) };
        let task = self.task(account, window).await?;
        self.is_done(account, window, &task).await?;
        let query = of(account, &task);
        let call = Call {
            endpoint: &CHANGE_LOG,
            advertiser: Some(&*account.id),
            query: &query,
            body: Body::None,
            watch: &*self.emitter,
        };
        let file = self.run.client.call(&call, &Typed::<File>::default()).await?;
        if file.status != "SUCCESS" {
            return Err(failed(&file.status, window));
        }
        let logs = changes::read(&account.id, &file.changelog).map_err(|why| broken(why, window))?;
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
    async fn is_done(&self, account: &Account, window: Window, task: &str) -> Result<()> {
        let query = of(account, task);
        let call = Call {
            endpoint: &CHANGE_LOG_CHECK,
            advertiser: Some(&*account.id),
            query: &query,
            body: Body::None,
            watch: &*self.emitter,
        };
        let mut wait = WAIT_FIRST;
        for _ in 0..LOOKS_MAX {
            let state = self.run.client.call(&call, &Typed::<State>::default()).await?;
            match state.status.as_str() {
                "SUCCESS" => return Ok(()),
                "PROCESSING" => {}
                other => return Err(failed(other, window)),
            }
            if wait == WAIT_TOLD {
                tracing::info!(
                    "Stream `{}` waits for TikTok, which prepares the changes of {} to {} of advertiser {}",
                    self.stream.name,
                    window.start,
                    window.end,
                    account.id
                );
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
        Err(Error::new(Kind::Unavailable, "TikTok did not finish a task of the change log within a quarter of an hour")
            .with("window", days(window))
            .advise("Run the sync again: it goes on with these days."))
    }
}

fn of(account: &Account, task: &str) -> [(&'static str, String); 2] {
    [("advertiser_id", account.id.to_string()), ("task_id", task.to_owned())]
}

fn days(window: Window) -> String {
    format!("{} to {}", window.start, window.end)
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
