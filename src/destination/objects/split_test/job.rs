//! One change of a split test: looked at, judged, done (docs/tiktok-api.md 7.7).

use futures::future::{BoxFuture, FutureExt};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wish::{FIELDS, Wish};
use crate::config::ads::{Action, Amount};
use crate::destination::objects::ads::call::post_to;
use crate::destination::objects::ads::field::Fields;
use crate::destination::objects::ads::kind::{AD_GROUP, CAMPAIGN, KindDef};
use crate::destination::objects::ads::list::Place;
use crate::destination::objects::def::Mode;
use crate::destination::objects::single::{Fate, Job, Row, Single};
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::destination::shell::results::Done;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::{
    SPLIT_TEST_CREATE, SPLIT_TEST_END, SPLIT_TEST_PROMOTE, SPLIT_TEST_RESULT, SPLIT_TEST_UPDATE,
};
use crate::tiktok::envelope::Typed;
use crate::tiktok::requester::may_be_done;
use crate::tiktok::{Body, Call};

/// The p-value up to which a difference is more than chance (docs/tiktok-api.md 7.7).
const SIGNIFICANT: f64 = 0.1;

/// What TikTok tells of a test.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    split_test_status: String,
    split_test_level: String,
    key_metric: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    p_value_info: Option<Vec<Metric>>,
}

#[derive(Debug, Deserialize)]
struct Metric {
    metric: String,
    p_value: Option<f64>,
}

fn reject(reason: &'static str, message: impl Into<String>) -> Fate {
    Fate::Rejected(Fault { field: None, reason, message: message.into().into() })
}

/// What results and `ads.allow` call them.
pub(super) const OBJECT: &str = "split_test";

impl Single for Wish {
    const OBJECT: &'static str = OBJECT;
    type Known = ();

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
        match job.wish.action {
            Action::Update => job.update(post).boxed(),
            Action::End => job.end(post).boxed(),
            Action::Promote => job.promote(post).boxed(),
            _ => job.create(post).boxed(),
        }
    }
}

impl Job<Wish> {
    fn id(&self) -> &str {
        self.wish.row.id.as_deref().unwrap_or_default()
    }

    async fn told(&self, post: &Post) -> Result<Told> {
        let query =
            [("advertiser_id", self.wish.row.advertiser.clone()), ("split_test_group_id", self.id().to_owned())];
        let call = Call {
            endpoint: &SPLIT_TEST_RESULT,
            advertiser: Some(&self.wish.row.advertiser),
            query: &query,
            body: Body::None,
            watch: &post.traffic,
        };
        post.client.call(&call, &Typed::<Told>::default()).await
    }

    /// Sends a change, unless nothing is to be sent.
    async fn change(
        &self,
        post: &Post,
        endpoint: &'static crate::tiktok::Endpoint,
        body: Value,
        done: Done,
    ) -> Result<Fate> {
        self.changes.take(self.options.max_changes)?;
        if post.dry_run {
            return Ok(Fate::Done(Done::Planned, self.wish.row.id.clone()));
        }
        post_to(post, &self.wish.row.advertiser, endpoint, &body).await?;
        Ok(Fate::Done(done, self.wish.row.id.clone()))
    }

    fn named(&self) -> Value {
        json!({"advertiser_id": self.wish.row.advertiser, "split_test_group_id": self.id()})
    }

    async fn update(&self, post: &Post) -> Result<Fate> {
        let told = self.told(post).await?;
        let (start, end) = (self.wish.row.text("start_time"), self.wish.row.text("end_time"));
        if told.start_time.as_deref() == Some(start) && told.end_time.as_deref() == Some(end) {
            return Ok(Fate::Done(Done::Unchanged, self.wish.row.id.clone()));
        }
        let mut body = self.named();
        if let Some(body) = body.as_object_mut() {
            body.extend([("start_time".to_owned(), start.into()), ("end_time".to_owned(), end.into())]);
        }
        self.change(post, &SPLIT_TEST_UPDATE, body, Done::Updated).await
    }

    /// Both ad groups of a test that ends stop delivering.
    async fn end(&self, post: &Post) -> Result<Fate> {
        let told = self.told(post).await?;
        if matches!(told.split_test_status.as_str(), "COMPLETED" | "CANCELLED" | "REPORTING_GENERATING") {
            return Ok(Fate::Done(Done::Unchanged, self.wish.row.id.clone()));
        }
        if told.split_test_level != "CAMPAIGN" && !self.options.allows(AD_GROUP.object, Action::Pause) {
            let what = "Ending the test makes its ad groups inactive, and `ads.allow` lacks pause for `adgroup`.";
            return Ok(reject("not_allowed", what));
        }
        self.change(post, &SPLIT_TEST_END, self.named(), Done::Ended).await
    }

    /// Only what is more than chance is promoted, and only within the caps: its budget doubles.
    async fn promote(&self, post: &Post) -> Result<Fate> {
        let told = self.told(post).await?;
        let metric = told.key_metric.clone().unwrap_or_default();
        let p_value = told.p_value_info.iter().flatten().find(|one| one.metric == metric).and_then(|one| one.p_value);
        if told.split_test_level != "ADGROUP" {
            return Ok(reject("not_significant", "Only tests of ad groups have a winner to promote."));
        }
        if told.split_test_status != "COMPLETED" || !p_value.is_some_and(|value| value <= SIGNIFICANT) {
            let shown = p_value.map_or_else(|| "none".to_owned(), |value| value.to_string());
            let what = format!(
                "The test is {}, and the p-value of {metric} is {shown}: only one that is COMPLETED with at most {SIGNIFICANT} has a winner.",
                told.split_test_status
            );
            return Ok(reject("not_significant", what));
        }
        let winner = self.wish.row.text("winning_object_id").to_owned();
        if post.results.was(&self.wish.row.advertiser, self.id(), Done::Promoted).await? {
            return Ok(Fate::Done(Done::Unchanged, self.wish.row.id.clone()));
        }
        if let Some(fault) = self.doubled(post, &winner).await? {
            return Ok(fault);
        }
        let mut body = self.named();
        if let Some(body) = body.as_object_mut() {
            body.insert("winning_object_id".to_owned(), winner.into());
        }
        self.change(post, &SPLIT_TEST_PROMOTE, body, Done::Promoted).await
    }

    /// Why the doubled budget of a winner is too much, if it is.
    async fn doubled(&self, post: &Post, winner: &str) -> Result<Option<Fate>> {
        let place = Place {
            client: &post.client,
            kind: &AD_GROUP,
            advertiser: &self.wish.row.advertiser,
            watch: &post.traffic,
        };
        let listing = place.some(&[winner]).await?;
        let Some(group) = listing.get(winner) else {
            return Ok(Some(reject(
                "not_found",
                format!("Advertiser {} has no ad group {winner}.", self.wish.row.advertiser),
            )));
        };
        let double = group.number("budget").unwrap_or_default() * Decimal::TWO;
        let is_lifetime = group.text("budget_mode") == Some("BUDGET_MODE_TOTAL");
        let cap = if is_lifetime { self.options.max_lifetime_budget } else { self.options.max_daily_budget };
        Ok(over(double, cap).map(|what| reject("over_cap", format!("Promoting doubles the winner's budget: {what}"))))
    }

    async fn create(&self, post: &Post) -> Result<Fate> {
        let cap = self.options.max_lifetime_budget.max(self.options.max_daily_budget);
        if let Some(what) = self.wish.budget().and_then(|budget| over(budget, cap)) {
            return Ok(reject("over_cap", what));
        }
        if let Some(id) = self.running(post).await? {
            return Ok(Fate::Done(Done::Unchanged, Some(id)));
        }
        self.changes.take(self.options.max_changes)?;
        if post.dry_run {
            return Ok(Fate::Done(Done::Planned, None));
        }
        let fields = self.wish.row.fields.iter().filter(|(name, _)| *name != "winning_object_id");
        let mut body: Map<String, Value> = fields.map(|(name, held)| ((*name).to_owned(), held.json())).collect();
        body.insert("advertiser_id".to_owned(), self.wish.row.advertiser.clone().into());
        match post_to(post, &self.wish.row.advertiser, &SPLIT_TEST_CREATE, &body.into()).await {
            Ok(data) => {
                let id = data.get("split_test_group_id").and_then(Value::as_str).map(str::to_owned);
                Ok(Fate::Done(Done::Created, id))
            }
            Err(error) if may_be_done(&error) => match self.running(post).await? {
                Some(id) => Ok(Fate::Done(Done::Created, Some(id))),
                None => {
                    Err(Error::new(Kind::Network, "Nobody knows whether the split test was made: the answer was lost")
                        .advise("Run the sync again: it looks for it before it makes another.")
                        .because(error))
                }
            },
            Err(error) => Err(error),
        }
    }

    /// The test in which all objects of the row are already.
    async fn running(&self, post: &Post) -> Result<Option<String>> {
        let kind: &'static KindDef =
            if self.wish.row.text("split_test_level") == "CAMPAIGN" { &CAMPAIGN } else { &AD_GROUP };
        let ids: Vec<&str> = self.wish.objects.iter().map(String::as_str).collect();
        let place = Place {
            client: &post.client,
            kind: &AD_GROUP,
            advertiser: &self.wish.row.advertiser,
            watch: &post.traffic,
        };
        let tests = place.split_tests(kind, &ids).await?;
        let mut groups = ids.iter().map(|id| tests.get(*id));
        let Some(Some(first)) = groups.next() else { return Ok(None) };
        Ok(groups.all(|group| group == Some(first)).then(|| first.clone()))
    }
}

/// Why an amount is above its cap, or has none.
fn over(amount: Decimal, cap: Option<Amount>) -> Option<String> {
    match cap {
        None => Some(format!("it is {}, and no cap of such budgets is set.", amount.normalize())),
        Some(cap) if amount > cap.0 => Some(format!("it is {}, and the cap is {}.", amount.normalize(), cap.0)),
        Some(_) => None,
    }
}
