//! One row of a lookalike audience: looked for, judged, made or refreshed (docs/tiktok-api.md 5.2).

use futures::future::{BoxFuture, FutureExt};
use serde::Deserialize;
use serde_json::{Value, json};

use super::listing::Listings;
use super::maker::Maker;
use super::wish::{FIELDS, Wish};
use crate::config::ads::Action;
use crate::destination::objects::ads::call::post_to;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::objects::def::Mode;
use crate::destination::objects::single::{Fate, Job, Row, Single};
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::destination::shell::results::Done;
use crate::destination::shell::send::Post;
use crate::error::Result;
use crate::tiktok::endpoint::{AUDIENCE_DETAILS, LOOKALIKE_UPDATE};
use crate::tiktok::envelope::Typed;
use crate::tiktok::{Body, Call};

/// People that the source must have [?]: TikTok's page names the number, its API does not (docs/tiktok-api.md 5.2).
const SEED_MIN: i64 = 100;
/// The id of what a dry run would make.
const PLANNED: &str = "";

fn fault(reason: &'static str, message: impl Into<String>) -> Fault {
    Fault { field: None, reason, message: message.into().into() }
}

#[derive(Deserialize)]
struct Details {
    list: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    audience_details: Spec,
}

#[derive(Deserialize)]
struct Spec {
    #[serde(default)]
    lookalike_spec: Value,
}

impl Single for Wish {
    const OBJECT: &'static str = OBJECT;
    type Known = Listings;

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
        job.make(post).boxed()
    }
}

/// What results and `ads.allow` call them.
pub(super) const OBJECT: &str = "lookalike_audience";

impl Job<Wish> {
    async fn make(&self, post: &Post) -> Result<Fate> {
        let all = self.known.of(&post.client, &self.wish.row.advertiser).await?;
        let found = match self.find(&all) {
            Ok(found) => found,
            Err(fault) => return Ok(Fate::Rejected(fault)),
        };
        match (found, self.wish.action) {
            (Some(one), Action::Update) => self.refresh(post, &one.audience_id).await,
            (Some(one), _) => self.compare(post, &one.audience_id, &all).await,
            (None, _) if self.wish.row.id.is_some() => {
                let what = format!("Advertiser {} has no audience of this id.", self.wish.row.advertiser);
                Ok(Fate::Rejected(fault("not_found", what)))
            }
            (None, _) => self.create(post, &all).await,
        }
    }

    /// The audience that the row names, if it is there.
    fn find<'l>(&self, all: &'l [Listed]) -> std::result::Result<Option<&'l Listed>, Fault> {
        let found = match &self.wish.row.id {
            Some(id) => all.iter().find(|one| one.audience_id == *id),
            None => one_named(all, self.wish.name())?,
        };
        match found {
            Some(one) if !one.is_lookalike() => {
                let what = format!("The audience {} that the row names is no lookalike audience.", one.audience_id);
                Err(fault("name_taken", what))
            }
            found => Ok(found),
        }
    }

    /// What is there stays as it is: TikTok changes no lookalike audience's settings.
    async fn compare(&self, post: &Post, id: &str, all: &[Listed]) -> Result<Fate> {
        if id == PLANNED {
            return Ok(Fate::Done(Done::Unchanged, None));
        }
        if !self.wish.is_compared {
            return Ok(Fate::Done(Done::Unchanged, Some(id.to_owned())));
        }
        let spec = self.spec(post, id).await?;
        if let Some(field) = self.wish.differs(&spec).or_else(|| self.wish.source_differs(&spec, all)) {
            let what = format!("`{field}` of the audience {id} is otherwise, and TikTok does not change it.");
            return Ok(Fate::Rejected(Fault { field: Some(field), ..fault("immutable", what) }));
        }
        Ok(Fate::Done(Done::Unchanged, Some(id.to_owned())))
    }

    async fn spec(&self, post: &Post, id: &str) -> Result<Value> {
        let ids = json!([id]).to_string();
        let query = [("advertiser_id", self.wish.row.advertiser.clone()), ("custom_audience_ids", ids)];
        let call = Call {
            endpoint: &AUDIENCE_DETAILS,
            advertiser: Some(&self.wish.row.advertiser),
            query: &query,
            body: Body::None,
            watch: &post.traffic,
        };
        let details = post.client.call(&call, &Typed::<Details>::default()).await?;
        let first = details.list.into_iter().next();
        Ok(first.map(|detail| detail.audience_details.lookalike_spec).unwrap_or_default())
    }

    async fn refresh(&self, post: &Post, id: &str) -> Result<Fate> {
        self.changes.take(self.options.max_changes)?;
        if post.dry_run {
            return Ok(Fate::Done(Done::Planned, Some(id.to_owned())));
        }
        let body = json!({"advertiser_id": self.wish.row.advertiser, "custom_audience_ids": [id]});
        post_to(post, &self.wish.row.advertiser, &LOOKALIKE_UPDATE, &body).await?;
        Ok(Fate::Done(Done::Updated, Some(id.to_owned())))
    }

    /// A row that refreshes makes what is not there yet, if making is allowed, too.
    async fn create(&self, post: &Post, all: &[Listed]) -> Result<Fate> {
        if !self.options.allows(OBJECT, Action::Create) {
            let what = "The audience is not there, and `ads.allow` lacks create for `lookalike_audience`.";
            return Ok(Fate::Rejected(fault("not_allowed", what)));
        }
        let spec = match source(&self.wish, all).and_then(|source| self.wish.spec(&source.audience_id)) {
            Ok(spec) => spec,
            Err(fault) => return Ok(Fate::Rejected(fault)),
        };
        self.changes.take(self.options.max_changes)?;
        if post.dry_run {
            // A second row of the name is to find it, as it would in the run.
            self.known.add(&self.wish.row.advertiser, Listed::lookalike(PLANNED, self.wish.name()));
            return Ok(Fate::Done(Done::Planned, None));
        }
        let id = Maker { post, wish: &self.wish, listings: &self.known }.make(spec).await?;
        Ok(Fate::Done(Done::Created, id))
    }
}

/// The one audience of a name.
fn one_named<'l>(all: &'l [Listed], name: &str) -> std::result::Result<Option<&'l Listed>, Fault> {
    let mut found = all.iter().filter(|one| one.name == name);
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(fault("ambiguous", "Several audiences have the name: name the one by its id.")),
        (found, _) => Ok(found),
    }
}

/// The audience that the new one is to be like, if it can serve.
fn source<'l>(wish: &Wish, all: &'l [Listed]) -> std::result::Result<&'l Listed, Fault> {
    let found = match (wish.source_id(), &wish.source_name) {
        (Some(id), _) => all.iter().find(|one| one.audience_id == id),
        (None, Some(name)) => one_named(all, name)?,
        (None, None) => {
            let what = "A new lookalike audience needs `source_audience_id` or `source_audience_name`.";
            return Err(fault("field_missing", what));
        }
    };
    let Some(one) = found else {
        return Err(fault("parent_missing", "The source audience is not in the row's account."));
    };
    let count = one.cover_num.unwrap_or_default();
    if one.is_lookalike() {
        let what = format!("The source audience {} is a lookalike audience itself.", one.audience_id);
        return Err(fault("source_is_lookalike", what));
    }
    if one.is_valid == Some(false) || count < SEED_MIN {
        let what = format!(
            "The source audience {} cannot be used yet: TikTok counts {count} people in it, and at least {SEED_MIN} are needed.",
            one.audience_id
        );
        return Err(fault("source_not_ready", what));
    }
    Ok(one)
}
