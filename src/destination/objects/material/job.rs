//! Rows of one account that leave together: their ads are read once, and what differs goes ad by ad
//! (docs/tiktok-api.md 7.5).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::look;
use super::plan::{self, Ads, Fate, Request};
use super::wish::Wish;
use crate::config::ads::AdsOptions;
use crate::destination::engines::changes::Changes;
use crate::destination::objects::ads::call::{is_the_rows, post_to};
use crate::destination::objects::ads::change::Status;
use crate::destination::objects::ads::look::account;
use crate::destination::objects::ads::tell::done_of;
use crate::destination::record::fault::Fault;
use crate::destination::record::steer;
use crate::destination::shell::lane::{Batch, RecordRef};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::results::Done;
use crate::destination::shell::send::Post;
use crate::destination::shell::streams::StreamName;
use crate::error::{Error, Kind, Result};
use crate::lock::lock;
use crate::tiktok::codes;
use crate::tiktok::endpoint::SMART_PLUS_MATERIAL_STATUS;

/// What all jobs of a run share.
pub(super) struct Shared {
    pub options: AdsOptions,
    /// The advertiser of rows that name none.
    pub target: Option<String>,
    pub changes: Arc<Changes>,
    /// Accounts that may be written to, with the ads that were read. A job takes its account out and puts it back.
    pub accounts: Mutex<HashMap<String, Ads>>,
}

/// Rows of an account.
pub(super) struct Job {
    pub records: Vec<RecordRef>,
    pub rows: Vec<(StreamName, Wish)>,
    pub advertiser: String,
    pub shared: Arc<Shared>,
}

impl Batch for Job {
    fn records(&self) -> &[RecordRef] {
        &self.records
    }

    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        async move {
            let mut outcome = Outcome::default();
            match self.ads(post).await {
                Ok(Ok(mut ads)) => {
                    self.write(post, &mut ads, &mut outcome).await;
                    // What nobody is sure of is read again for the next job.
                    if outcome.failed.is_empty() {
                        lock(&self.shared.accounts).insert(self.advertiser.clone(), ads);
                    }
                }
                Ok(Err(fault)) => outcome.rejected.extend((0..self.rows.len()).map(|row| (row, fault.clone()))),
                Err(error) => {
                    let error = Arc::new(error);
                    outcome.failed.extend((0..self.rows.len()).map(|row| (row, error.clone())));
                }
            }
            outcome
        }
        .boxed()
    }

    /// Two rows may be about one material.
    fn contradicts(&self, other: &Self) -> bool {
        self.advertiser == other.advertiser
    }
}

impl Job {
    /// The ads of the rows, as far as they are there; a fault where only the rows name the advertiser, wrongly.
    async fn ads(&self, post: &Post) -> Result<std::result::Result<Ads, Fault>> {
        let known = lock(&self.shared.accounts).remove(&self.advertiser);
        let mut ads = match known {
            Some(known) => known,
            None => match account(&post.client, &self.advertiser, &self.shared.options).await {
                Ok(_) => Ads::default(),
                Err(error) if self.is_named() && matches!(error.kind(), Kind::Gone | Kind::Permission) => {
                    return Ok(Err(steer::unknown_advertiser(&self.advertiser)));
                }
                Err(error) => return Err(error),
            },
        };
        let wanted: BTreeSet<&str> = self.rows.iter().map(|(_, wish)| wish.ad.as_str()).collect();
        let lacking: Vec<&str> = wanted.into_iter().filter(|id| !ads.contains_key(*id)).collect();
        if !lacking.is_empty() {
            ads.extend(look::ads(&post.client, &post.traffic, &self.advertiser, &lacking).await?);
        }
        Ok(Ok(ads))
    }

    fn is_named(&self) -> bool {
        self.shared.target.as_ref() != Some(&self.advertiser)
    }

    async fn write(&self, post: &Post, ads: &mut Ads, outcome: &mut Outcome) {
        let wishes: Vec<&Wish> = self.rows.iter().map(|(_, wish)| wish).collect();
        let options = &self.shared.options;
        let plan = plan::plan(&wishes, ads, &options.scope, || self.shared.changes.take(options.max_changes));
        for (row, (fate, wish)) in plan.fates.into_iter().zip(&wishes).enumerate() {
            match fate {
                Fate::Unchanged => drop(outcome.made.insert(row, made(Done::Unchanged, None))),
                Fate::Changes(before) => {
                    let done = if post.dry_run { Done::Planned } else { done_of(wish.action()) };
                    outcome.made.insert(row, made(done, before));
                }
                Fate::Rejected(fault) => drop(outcome.rejected.insert(row, fault)),
                Fate::Ends(error) => drop(outcome.failed.insert(row, error)),
            }
        }
        let mut requests = plan.requests.iter().filter(|_| !post.dry_run);
        while let Some(request) = requests.next() {
            if let Err(error) = self.send(post, request, ads, outcome).await {
                let left = requests.by_ref().flat_map(|request| &request.rows);
                left.for_each(|row| fail(outcome, *row, &error));
            }
        }
    }

    /// Sends the materials of a request, and apart where they are refused together. An error is no single row's.
    async fn send(
        &self,
        post: &Post,
        request: &Request,
        ads: &mut Ads,
        outcome: &mut Outcome,
    ) -> std::result::Result<(), Arc<Error>> {
        let mut waiting = vec![request.rows.clone()];
        while let Some(rows) = waiting.pop() {
            match self.call(post, request, &rows).await {
                Ok(data) => {
                    for row in rows.into_iter().filter(|row| !is_named(&data, self.material(*row))) {
                        self.refuse(row, "TikTok's answer does not name the material", ads, outcome);
                    }
                }
                Err(error) if codes::is_unchanged(&error) => {}
                Err(error) if !is_the_rows(&error) => {
                    let error = Arc::new(error);
                    waiting.iter().flatten().chain(&rows).for_each(|row| fail(outcome, *row, &error));
                    return Err(error);
                }
                Err(error) => match &rows[..] {
                    [row] => self.refuse(*row, error.message(), ads, outcome),
                    _ => waiting.extend(self.cut(rows, error.message())),
                },
            }
        }
        Ok(())
    }

    async fn call(&self, post: &Post, request: &Request, rows: &[usize]) -> Result<Value> {
        let materials: Vec<&str> = rows.iter().map(|row| self.material(*row)).collect();
        let body = json!({"advertiser_id": self.advertiser, "smart_plus_ad_id": request.ad,
            "ad_material_ids": materials, "operation_status": request.status.word()});
        post_to(post, &self.advertiser, &SMART_PLUS_MATERIAL_STATUS, &body).await
    }

    fn material(&self, row: usize) -> &str {
        self.rows.get(row).map(|(_, wish)| wish.material.as_str()).unwrap_or_default()
    }

    fn refuse(&self, row: usize, message: &str, ads: &mut Ads, outcome: &mut Outcome) {
        let made = outcome.made.remove(&row);
        outcome.refused.insert(row, message.to_owned());
        let Some((_, wish)) = self.rows.get(row) else { return };
        if let Some(Some(ad)) = ads.get_mut(&wish.ad) {
            ad.put(&wish.material, made.as_ref().and_then(before));
        }
    }

    /// The one that the message names stands alone, and the others together; where it names none, two halves.
    fn cut(&self, mut rows: Vec<usize>, message: &str) -> [Vec<usize>; 2] {
        match rows.iter().position(|row| message.contains(self.material(*row))) {
            Some(named) => {
                let named = rows.remove(named);
                [rows, vec![named]]
            }
            None => {
                let rest = rows.split_off(rows.len() / 2);
                [rest, rows]
            }
        }
    }
}

fn fail(outcome: &mut Outcome, row: usize, error: &Arc<Error>) {
    outcome.made.remove(&row);
    outcome.failed.insert(row, error.clone());
}

/// What the lane is told of a row.
fn made(done: Done, before: Option<Status>) -> Value {
    json!({"done": done.word(), "before": before.map(Status::word)})
}

/// The status before the change.
fn before(made: &Value) -> Option<Status> {
    let word = made.get("before").and_then(Value::as_str);
    [Status::Enable, Status::Disable].into_iter().find(|status| Some(status.word()) == word)
}

/// Whether an answer tells a material as changed; one that lists none tells all of them so.
fn is_named(data: &Value, material: &str) -> bool {
    let list = data.get("ad_material_ids").and_then(Value::as_array).filter(|list| !list.is_empty());
    list.is_none_or(|list| {
        list.iter()
            .any(|one| one.as_str() == Some(material) || one.as_u64().is_some_and(|id| id.to_string() == material))
    })
}
