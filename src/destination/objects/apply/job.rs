//! One row of an audience and an ad group: looked at, judged, connected or disconnected (docs/tiktok-api.md 5.2).

use futures::future::{BoxFuture, FutureExt};
use serde_json::json;
use tokio::time::Instant;

use super::plan::{Change, Plan, plan};
use super::state::{State, States, connected};
use super::wish::{FIELDS, Wish};
use crate::clock;
use crate::config::ads::Action;
use crate::destination::objects::ads::call::{is_the_rows, post_to};
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::ads::kind::AD_GROUP;
use crate::destination::objects::ads::list::Place;
use crate::destination::objects::def::Mode;
use crate::destination::objects::single::{Fate, Job, Row, Single};
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::destination::shell::looks::LOOKS;
use crate::destination::shell::results::Done;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::AUDIENCE_APPLY;
use crate::tiktok::requester::may_be_done;
use crate::waits;

pub(super) use super::plan::OBJECT;

impl Single for Wish {
    const OBJECT: &'static str = OBJECT;
    type Known = States;

    fn fields() -> &'static Fields {
        &FIELDS
    }

    fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> std::result::Result<Self, Fault> {
        Self::read(mode, record, target)
    }

    fn row(&self) -> &Row {
        &self.row
    }

    fn action(&self) -> Action {
        self.action
    }

    fn key(&self) -> String {
        self.key()
    }

    fn run<'a>(job: &'a Job<Self>, post: &'a Post) -> BoxFuture<'a, Result<Fate>> {
        job.apply(post).boxed()
    }
}

impl Job<Wish> {
    /// What nobody is sure of is listed again for the next row.
    async fn apply(&self, post: &Post) -> Result<Fate> {
        let advertiser = &self.wish.row.advertiser;
        let mut state = match self.known.take(advertiser) {
            Some(state) => state,
            None => State::look(&post.client, advertiser).await?,
        };
        state.campaigns(&post.client, &self.wish, &self.options).await?;
        let fate = self.change(post, &mut state).await;
        if fate.as_ref().err().is_none_or(is_the_rows) {
            self.known.put(advertiser, state);
        }
        fate
    }

    async fn change(&self, post: &Post, state: &mut State) -> Result<Fate> {
        let change = match plan(&self.wish, state, &self.options, clock::now().naive_utc()) {
            Ok(Plan::Send(change)) => change,
            Ok(Plan::Nothing(id)) => return Ok(Fate::Done(Done::Unchanged, id)),
            Err(fault) => return Ok(Fate::Rejected(fault)),
        };
        if change.is_early && state.told.insert(change.audience.clone()) {
            tracing::warn!(
                "The audience {} is not ready at TikTok yet; ad groups that use it reach its people once it is.",
                change.audience
            );
        }
        self.changes.take(self.options.max_changes)?;
        if !post.dry_run {
            self.send(post, &change).await?;
        }
        let done = match self.wish.action {
            _ if post.dry_run => Done::Planned,
            Action::Delete => Done::Deleted,
            _ => Done::Created,
        };
        state.note(&change.group, self.wish.usage, change.after);
        Ok(Fate::Done(done, Some(change.audience)))
    }

    /// Sends it until it is done. Whoever lost an answer looks before it sends again, which changes nothing twice.
    async fn send(&self, post: &Post, change: &Change) -> Result<()> {
        let advertiser = &self.wish.row.advertiser;
        let is_delete = self.wish.action == Action::Delete;
        let body = json!({
            "advertiser_id": advertiser,
            "custom_audience_id": change.audience,
            "adgroup_ids": [change.group],
            "action_mode": if is_delete { "Disconnect" } else { "Apply" },
            "usage_mode": self.wish.usage.word(),
        });
        let start = Instant::now();
        let mut lost = match post_to(post, advertiser, &AUDIENCE_APPLY, &body).await {
            Err(error) if may_be_done(&error) => error,
            other => return other.map(drop),
        };
        let waiting =
            waits::piece(format!("the audience {} in an ad group, an answer about it is lost", change.audience));
        for time in LOOKS {
            waiting.sleep_until(waits::State::Retrying, start + time).await;
            match self.is_done(post, change).await {
                Ok(true) => return Ok(()),
                Ok(false) => match post_to(post, advertiser, &AUDIENCE_APPLY, &body).await {
                    Err(error) if may_be_done(&error) => lost = error,
                    other => return other.map(drop),
                },
                Err(error) => lost = error,
            }
        }
        let what = format!(
            "Nobody knows whether the audience {} of the ad group {} was changed: the answer was lost",
            change.audience, change.group
        );
        Err(Error::new(Kind::Network, what)
            .advise("Run the sync again: it looks before it changes anything.")
            .because(lost))
    }

    async fn is_done(&self, post: &Post, change: &Change) -> Result<bool> {
        let place = Place {
            client: &post.client,
            kind: &AD_GROUP,
            advertiser: &self.wish.row.advertiser,
            watch: &post.traffic,
        };
        let listing = place.some(&[&change.group]).await?;
        let group = listing.get(&change.group);
        let has = group.is_some_and(|group| connected(group, self.wish.usage).contains(&change.audience));
        Ok(has != (self.wish.action == Action::Delete))
    }
}
