//! What leaves for one row, or for some rows together: requests in their order, and what became of each record.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use serde_json::Value;

use super::call::{is_the_rows, post_to};
use super::change::{Change, SCHEDULED, Status};
use super::kind::KindDef;
use super::{maker, wire};
use crate::destination::shell::lane::{Batch, RecordRef};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::codes;
use crate::tiktok::endpoint::{AD_GROUP_BUDGETS, Endpoint};

/// Objects of one request (docs/tiktok-api.md 7.2).
pub(crate) const TOGETHER_MAX: usize = 20;

/// Work for some records.
pub(crate) struct Job {
    pub records: Vec<RecordRef>,
    pub work: Work,
}

pub(crate) enum Work {
    /// One object is made.
    Make(Box<maker::Making>),
    /// One object becomes otherwise.
    Change(Box<Change>),
    /// The status or a budget of several, one a record.
    Together(Together),
}

/// Objects whose changes leave in one request.
pub(crate) struct Together {
    pub kind: &'static KindDef,
    pub advertiser: String,
    pub what: What,
    /// Each object's change.
    pub changes: Vec<Change>,
}

/// What changes in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    Status(Status),
    /// A budget of ad groups, by its field.
    Budget(&'static str),
}

impl Batch for Job {
    fn records(&self) -> &[RecordRef] {
        &self.records
    }

    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        async move {
            match &self.work {
                Work::Make(making) => single(maker::make(post, making).await),
                Work::Change(change) => single(apply(post, change).await),
                Work::Together(together) => together.send(post).await,
            }
        }
        .boxed()
    }
}

/// What became of the only record; `Ok` holds the object's id.
fn single(result: Result<String>) -> Outcome {
    let mut outcome = Outcome::default();
    match result {
        Ok(id) => drop(outcome.made.insert(0, id.into())),
        Err(error) if is_the_rows(&error) => drop(outcome.refused.insert(0, error.message().to_owned())),
        Err(error) => drop(outcome.failed.insert(0, Arc::new(error))),
    }
    outcome
}

/// Changes one object: its fields, a budget that waits for midnight, and its status last. So what is resumed delivers
/// as the row says.
async fn apply(post: &Post, change: &Change) -> Result<String> {
    let id = change.id.clone().unwrap_or_default();
    let mut done: Vec<&str> = Vec::new();
    if let Some(body) = wire::update(change) {
        step(post, change, change.kind.update, &body, &done).await?;
        done.push("its fields were changed");
    }
    if let Some(amount) = change.after(SCHEDULED) {
        let body = wire::budgets(&change.advertiser, SCHEDULED, &[(&id, amount.json())]);
        step(post, change, &AD_GROUP_BUDGETS, &body, &done).await?;
        done.push("its budget was scheduled");
    }
    if let Some(status) = change.status {
        let body = wire::status(change.kind, &change.advertiser, &[&id], status);
        let answer = step(post, change, change.kind.status, &body, &done).await?;
        if let Some((_, message)) = refused_of(&answer).into_iter().next() {
            return Err(Error::new(Kind::Request, message));
        }
    }
    Ok(id)
}

/// One request of several. What was done before it is told with its refusal.
async fn step(post: &Post, change: &Change, endpoint: &'static Endpoint, body: &Value, done: &[&str]) -> Result<Value> {
    match post_to(post, &change.advertiser, endpoint, body).await {
        Err(error) if codes::is_unchanged(&error) => Ok(Value::Null),
        Err(error) if !done.is_empty() => Err(error.about(format!("After {}", done.join(" and ")))),
        other => other,
    }
}

/// Objects that a call took not, beside others that it took: their ids and TikTok's words.
fn refused_of(data: &Value) -> BTreeMap<String, String> {
    let id = |one: &Value| {
        let ids = ["campaign_id", "adgroup_id", "ad_id", "smart_plus_ad_id"];
        ids.iter().find_map(|id| one.get(*id)?.as_str().map(str::to_owned))
    };
    let list = data.get("error_list").and_then(Value::as_array).into_iter().flatten();
    let message = |one: &Value| one.get("error_message").and_then(Value::as_str).unwrap_or("refused").to_owned();
    list.filter_map(|one| Some((id(one)?, message(one)))).collect()
}

impl Together {
    /// Sends all in one request, and apart where they are refused together.
    async fn send(&self, post: &Post) -> Outcome {
        let mut outcome = Outcome::default();
        let mut waiting = vec![0..self.changes.len()];
        while let Some(range) = waiting.pop().filter(|range| !range.is_empty()) {
            match self.call(post, &range).await {
                Ok(data) => self.settle(&range, &refused_of(&data), &mut outcome),
                Err(error) if codes::is_unchanged(&error) => self.settle(&range, &BTreeMap::new(), &mut outcome),
                Err(error) if !is_the_rows(&error) => {
                    let error = Arc::new(error);
                    let left = waiting.drain(..).flatten().chain(range);
                    outcome.failed.extend(left.map(|at| (at, error.clone())));
                }
                Err(error) if range.len() == 1 => drop(outcome.refused.insert(range.start, error.message().to_owned())),
                Err(error) => waiting.extend(self.cut(&range, error.message()).into_iter().rev()),
            }
        }
        outcome
    }

    async fn call(&self, post: &Post, range: &Range<usize>) -> Result<Value> {
        let changes = self.changes.get(range.clone()).unwrap_or_default();
        let ids: Vec<&str> = changes.iter().filter_map(|change| change.id.as_deref()).collect();
        let (endpoint, body) = match self.what {
            What::Status(status) => (self.kind.status, wire::status(self.kind, &self.advertiser, &ids, status)),
            What::Budget(field) => {
                let amounts =
                    changes.iter().filter_map(|change| Some((change.id.as_deref()?, change.after(field)?.json())));
                let amounts: Vec<(&str, Value)> = amounts.collect();
                (&AD_GROUP_BUDGETS, wire::budgets(&self.advertiser, field, &amounts))
            }
        };
        post_to(post, &self.advertiser, endpoint, &body).await
    }

    fn settle(&self, range: &Range<usize>, refused: &BTreeMap<String, String>, outcome: &mut Outcome) {
        for at in range.clone() {
            let id = self.changes.get(at).and_then(|change| change.id.clone()).unwrap_or_default();
            match refused.get(&id) {
                Some(message) => drop(outcome.refused.insert(at, message.clone())),
                None => drop(outcome.made.insert(at, id.into())),
            }
        }
    }

    /// Those that the message names stand alone, and the others together; where it names none, two halves.
    fn cut(&self, range: &Range<usize>, message: &str) -> Vec<Range<usize>> {
        let is_named = |at: &usize| {
            let id = self.changes.get(*at).and_then(|change| change.id.as_deref());
            id.is_some_and(|id| message.contains(id))
        };
        let Some(named) = range.clone().find(is_named) else {
            let middle = range.start + range.len() / 2;
            return vec![range.start..middle, middle..range.end];
        };
        let pieces = [named..named + 1, range.start..named, named + 1..range.end];
        pieces.into_iter().filter(|piece| !piece.is_empty()).collect()
    }
}
