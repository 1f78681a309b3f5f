//! One row of an audience and another advertiser: looked at, judged, shared or taken back (docs/tiktok-api.md 5.2).

use futures::future::{BoxFuture, FutureExt};
use serde_json::json;
use tokio::time::Instant;

use super::shared::{Account, Accounts, others};
use super::wish::{FIELDS, Wish};
use crate::config::ads::Action;
use crate::destination::objects::ads::call::{is_the_rows, post_to};
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::def::Mode;
use crate::destination::objects::link;
use crate::destination::objects::single::{Fate, Job, Row, Single};
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::destination::shell::looks::LOOKS;
use crate::destination::shell::results::Done;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::{AUDIENCE_SHARE, AUDIENCE_SHARE_CANCEL};
use crate::tiktok::requester::may_be_done;
use crate::waits::{self, State};

/// What results and `ads.allow` call them.
pub(super) const OBJECT: &str = "audience_share";

impl Single for Wish {
    const OBJECT: &'static str = OBJECT;
    type Known = Accounts;

    fn fields() -> &'static Fields {
        &FIELDS
    }

    fn read(mode: Mode, record: &Record<'_>, target: Option<&str>) -> std::result::Result<Self, Fault> {
        Self::read(mode, record, target)
    }

    fn row(&self) -> &Row {
        &self.row
    }

    fn other(&self) -> Option<&str> {
        Some(&self.other)
    }

    fn action(&self) -> Action {
        self.action
    }

    fn key(&self) -> String {
        self.key()
    }

    fn run<'a>(job: &'a Job<Self>, post: &'a Post) -> BoxFuture<'a, Result<Fate>> {
        job.share(post).boxed()
    }
}

impl Job<Wish> {
    /// What nobody is sure of is listed again for the next row.
    async fn share(&self, post: &Post) -> Result<Fate> {
        let advertiser = &self.wish.row.advertiser;
        let mut account = self.known.take(post, advertiser).await?;
        let fate = self.change(post, &mut account).await;
        if fate.as_ref().err().is_none_or(is_the_rows) {
            self.known.put(advertiser, account);
        }
        fate
    }

    async fn change(&self, post: &Post, account: &mut Account) -> Result<Fate> {
        let Wish { row: Row { advertiser, .. }, action, audience, other } = &self.wish;
        let id = match link::audience(audience, *action, advertiser, &account.audiences) {
            Ok(id) => id,
            Err(fault) => return Ok(Fate::Rejected(fault)),
        };
        // TikTok tells nothing of an audience that is gone, and with it all shares of it.
        if *action == Action::Delete && account.audiences.iter().all(|one| one.audience_id != id) {
            return Ok(Fate::Done(Done::Unchanged, Some(id)));
        }
        let shared = account.of(post, advertiser, &id).await?;
        if shared.contains(other) == (*action == Action::Create) {
            return Ok(Fate::Done(Done::Unchanged, Some(id)));
        }
        self.changes.take(self.options.max_changes)?;
        if !post.dry_run {
            self.send(post, &id).await?;
        }
        let done = match action {
            Action::Delete => {
                shared.remove(other);
                Done::Deleted
            }
            _ => {
                shared.insert(other.clone());
                Done::Created
            }
        };
        Ok(Fate::Done(if post.dry_run { Done::Planned } else { done }, Some(id)))
    }

    /// Sends it until it is done. Whoever lost an answer looks before it sends again, which changes nothing twice.
    async fn send(&self, post: &Post, audience: &str) -> Result<()> {
        let start = Instant::now();
        let mut lost = match self.post(post, audience).await {
            Err(error) if may_be_done(&error) => error,
            other => return other,
        };
        let waiting = waits::piece(format!("the shared audience {audience}, an answer about it is lost"));
        for time in LOOKS {
            waiting.sleep_until(State::Retrying, start + time).await;
            match others(post, &self.wish.row.advertiser, audience).await {
                Ok(others) if others.contains(&self.wish.other) == (self.wish.action == Action::Create) => {
                    return Ok(());
                }
                Ok(_) => match self.post(post, audience).await {
                    Err(error) if may_be_done(&error) => lost = error,
                    other => return other,
                },
                Err(error) => lost = error,
            }
        }
        let what = format!(
            "Nobody knows whether advertiser {} has the audience {audience}: the answer was lost",
            self.wish.other
        );
        Err(Error::new(Kind::Network, what)
            .advise("Run the sync again: it looks before it changes anything.")
            .because(lost))
    }

    async fn post(&self, post: &Post, audience: &str) -> Result<()> {
        let Wish { row: Row { advertiser, .. }, action, other, .. } = &self.wish;
        let (endpoint, body) = if *action == Action::Delete {
            let one =
                json!({"advertiser_id": advertiser, "custom_audience_id": audience, "shared_advertiser_id": other});
            (&AUDIENCE_SHARE_CANCEL, one)
        } else {
            let all = json!({"advertiser_id": advertiser, "custom_audience_ids": [audience], "shared_advertiser_ids": [other]});
            (&AUDIENCE_SHARE, all)
        };
        post_to(post, advertiser, endpoint, &body).await.map(drop)
    }
}
