//! Makes an object once, although answers get lost (docs/tiktok-api.md 7.1).
//!
//! Whoever is not sure looks before it makes again. A request is repeated once at most, and only where TikTok itself
//! refuses a twin: by the taken name, or by a `request_id` within its ten seconds. From then on it only looks, for a new
//! object may show in lists late [?].

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::call::{is_the_rows, post_to};
use super::change::Change;
use super::kind::Twins;
use super::list::Place;
use super::wire;
use crate::clock;
use crate::destination::shell::looks::LOOKS;
use crate::destination::shell::results::ResultRow;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::codes;
use crate::tiktok::requester::may_be_done;
use crate::waits::{self, State};

/// How long TikTok refuses another request of the same `request_id`.
const SAME_REQUEST: Duration = Duration::from_secs(10);

/// An object to be made.
pub(crate) struct Making {
    pub change: Change,
    /// The line that says so beforehand, where nothing at TikTok would tell that it was made already.
    pub intent: Option<ResultRow>,
    /// Whether another parent's object has the name.
    pub is_elsewhere: bool,
}

/// Makes an object; its id.
pub(super) async fn make(post: &Post, making: &Making) -> Result<String> {
    let Making { change, intent, is_elsewhere } = making;
    let maker = Maker { post, change, is_elsewhere: *is_elsewhere, start: Instant::now() };
    if let Some(row) = intent {
        // An earlier run was about to make it: it may have done so, and lists may not show it yet.
        if let Some(moment) = post.results.intent(row).await?
            && let Some(id) = maker.look(&looks_since(moment)).await?
        {
            return Ok(id);
        }
        let moment = Some(clock::now().to_rfc3339());
        post.results.add(vec![ResultRow { reason: moment, ..row.clone() }]).await?;
    }
    Maker { start: Instant::now(), ..maker }.make().await
}

/// The looks that are still to be made for what was asked for at a moment: by the last of them lists have it.
fn looks_since(moment: i64) -> Vec<Duration> {
    let age = Duration::from_millis(u64::try_from(clock::now_ms() - moment).unwrap_or_default());
    let left = LOOKS.iter().filter_map(|look| look.checked_sub(age));
    std::iter::once(Duration::ZERO).chain(left.filter(|look| !look.is_zero())).collect()
}

struct Maker<'a> {
    post: &'a Post,
    change: &'a Change,
    /// Whether another parent's object has the name.
    is_elsewhere: bool,
    start: Instant,
}

impl Maker<'_> {
    async fn make(&self) -> Result<String> {
        let number = wire::wants_request_id(self.change.kind).then(|| wire::request_id(self.change));
        match self.create(number.as_deref()).await {
            Err(error) if may_be_done(&error) => self.settle_lost(number.as_deref(), error).await,
            Err(error) if codes::is_duplicate(&error) => self.found(error).await,
            Err(error) if self.is_name_taken(&error) => self.settle_taken(error).await,
            other => other,
        }
    }

    async fn create(&self, number: Option<&str>) -> Result<String> {
        let Change { kind, advertiser, .. } = self.change;
        let body = wire::create(self.change, number);
        let data: Value = post_to(self.post, advertiser, kind.create, &body).await?;
        let lost = || Error::new(Kind::Malformed, "TikTok's answer to a create has no id");
        wire::made(kind, &data).ok_or_else(lost)
    }

    /// The answer is lost: it may be there, or not, or come late.
    async fn settle_lost(&self, number: Option<&str>, error: Error) -> Result<String> {
        let (now, later) = LOOKS.split_at(1);
        if let Some(id) = self.look(now).await? {
            return Ok(id);
        }
        let may_repeat = match self.change.kind.twins {
            Twins::TakenName => true,
            Twins::RequestId => self.start.elapsed() < SAME_REQUEST,
            Twins::Nothing => false,
        };
        if may_repeat {
            match self.create(number).await {
                Ok(id) => return Ok(id),
                Err(again) if is_the_rows(&again) && !codes::is_duplicate(&again) && !self.is_name_taken(&again) => {
                    return Err(again);
                }
                Err(_) => {}
            }
        }
        match self.look(later).await? {
            Some(id) => Ok(id),
            None => Err(self.unknown(error)),
        }
    }

    /// The name is taken: by the object itself, which an earlier run made and lists do not show yet, or by another
    /// parent's, which a `request_id` allows beside it.
    async fn settle_taken(&self, error: Error) -> Result<String> {
        let looks = if self.is_elsewhere { &LOOKS[..1] } else { &LOOKS[..] };
        if let Some(id) = self.look(looks).await? {
            return Ok(id);
        }
        if !self.is_elsewhere || self.change.parent.is_none() {
            return Err(error);
        }
        let number = wire::request_id(self.change);
        match self.create(Some(&number)).await {
            Err(error) if may_be_done(&error) => self.settle_lost(Some(&number), error).await,
            Err(error) if codes::is_duplicate(&error) => self.found(error).await,
            other => other,
        }
    }

    /// TikTok says that the same request was made already.
    async fn found(&self, error: Error) -> Result<String> {
        match self.look(&LOOKS).await? {
            Some(id) => Ok(id),
            None => Err(self.unknown(error)),
        }
    }

    /// Looks at these times until it is there.
    async fn look(&self, times: &[Duration]) -> Result<Option<String>> {
        let Change { kind, advertiser, name, parent, .. } = self.change;
        let client = &self.post.client;
        let place = Place { client, kind, advertiser, watch: &self.post.traffic };
        let waiting = waits::piece(format!("{name:?} of advertiser {advertiser}, an answer about it is lost"));
        let mut failed = None;
        for time in times {
            waiting.sleep_until(State::Retrying, self.start + *time).await;
            match place.named(name, parent.as_deref()).await {
                Ok(Some(id)) => return Ok(Some(id)),
                Ok(None) => failed = None,
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(None), |error| Err(self.unknown(error)))
    }

    fn is_name_taken(&self, error: &Error) -> bool {
        let said = error.said().unwrap_or_default().to_lowercase();
        let taken = ["exist", "taken", "duplicate", "already", "unique", "repeat"];
        self.change.kind.twins == Twins::TakenName
            && error.kind() == Kind::Request
            && said.contains("name")
            && taken.iter().any(|word| said.contains(word))
    }

    fn unknown(&self, error: Error) -> Error {
        let Change { kind, name, advertiser, .. } = self.change;
        Error::new(
            Kind::Network,
            format!(
                "Nobody knows whether the {} {name:?} of advertiser {advertiser} was made: the answer was lost",
                kind.called
            ),
        )
        .advise("Run the sync again: it looks for it before it makes another.")
        .because(error)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use serde_json::json;

    use super::super::kind::{AD, AD_GROUP, CAMPAIGN, KindDef, SMART_PLUS_CAMPAIGN};
    use super::*;
    use crate::config::ads::Action;
    use crate::progress::Gauge;
    use crate::tiktok::Client;
    use crate::tiktok::scripted::Scripted;

    fn change(kind: &'static KindDef) -> Change {
        Change {
            kind,
            listed: kind,
            advertiser: "7".into(),
            id: None,
            name: "N".into(),
            parent: kind.level.above().map(|_| "9".to_owned()),
            action: Action::Create,
            fields: Vec::new(),
            status: None,
            is_held: false,
            was_enabled: None,
            mode_before: None,
        }
    }

    fn list(kind: &KindDef, id: Option<&str>) -> String {
        let one = id.map(|id| json!({kind.id: id, kind.name: "N", (kind.level.above().map_or("parent", |level| level.fields().0)): "9"}));
        let rows: Vec<Value> = one.into_iter().collect();
        let info = json!({"page": 1, "page_size": 1000, "total_number": rows.len(), "total_page": 1});
        json!({"code": 0, "data": {"list": rows, "page_info": info}}).to_string()
    }

    /// What came of it, and how many requests it took.
    async fn made(kind: &'static KindDef, script: &Scripted) -> (String, usize) {
        made_beside(kind, script, false).await
    }

    async fn made_beside(kind: &'static KindDef, script: &Scripted, is_elsewhere: bool) -> (String, usize) {
        let one = NonZeroU32::MIN.saturating_add(99);
        let client = Client::new(Box::new(script.clone()), one, one);
        let post = Post::new(client, Arc::new(Gauge::new("records".into())), false, Arc::default());
        let making = Making { change: change(kind), intent: None, is_elsewhere };
        let told = make(&post, &making).await.unwrap_or_else(|error| error.message().to_owned());
        (told, script.sent())
    }

    const TAKEN: &str = r#"{"code": 40002, "message": "campaign_name already exists."}"#;

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_looked_for_until_the_index_has_it() {
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(&CAMPAIGN, None)).answer(200, TAKEN);
        script.answer(200, &list(&CAMPAIGN, None)).answer(200, &list(&CAMPAIGN, Some("5")));
        assert_eq!(made(&CAMPAIGN, &script).await, ("5".to_owned(), 5));
        // It was not made the first time.
        let script = Scripted::default();
        script.error(Kind::Timeout).answer(200, &list(&CAMPAIGN, None));
        script.answer(200, r#"{"code": 0, "data": {"campaign_id": "6"}}"#);
        assert_eq!(made(&CAMPAIGN, &script).await, ("6".to_owned(), 3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_ad_is_never_repeated_blindly() {
        let script = Scripted::default();
        script.error(Kind::Network);
        for _ in 0..5 {
            script.answer(200, &list(&AD, None));
        }
        let (told, sent) = made(&AD, &script).await;
        assert!(told.starts_with("Nobody knows whether the ad \"N\""), "{told}");
        assert_eq!((sent, script.bodies().len()), (6, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_ad_waits_for_its_video() {
        const IN_WORK: &str = r#"{"code": 40901, "message": "The video 7 is being transcoded."}"#;
        let script = Scripted::default();
        script.answer(200, IN_WORK).answer(200, IN_WORK).answer(200, r#"{"code": 0, "data": {"ad_ids": ["5"]}}"#);
        let start = Instant::now();
        assert_eq!(made(&AD, &script).await, ("5".to_owned(), 3));
        assert_eq!(start.elapsed().as_secs(), 15);
        let script = Scripted::default();
        for _ in 0..30 {
            script.answer(200, IN_WORK);
        }
        let (told, _) = made(&AD, &script).await;
        assert!(
            told.starts_with("TikTok still works on its video after 10 minutes") && told.contains("video 7"),
            "{told}"
        );
        assert!(start.elapsed().as_secs() < 700);
    }

    #[tokio::test(start_paused = true)]
    async fn a_smart_campaign_repeats_its_own_number_once() {
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(&SMART_PLUS_CAMPAIGN, None));
        script.answer(200, r#"{"code": 40050, "message": "Duplicated request."}"#);
        script.answer(200, &list(&SMART_PLUS_CAMPAIGN, Some("8")));
        assert_eq!(made(&SMART_PLUS_CAMPAIGN, &script).await, ("8".to_owned(), 4));
        let bodies = script.bodies();
        assert_eq!(bodies[0], bodies[1]);
        assert!(bodies[0].contains("\"request_id\""), "{}", bodies[0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_taken_name_may_be_the_objects_own_until_lists_show_it() {
        let script = Scripted::default();
        script.answer(200, TAKEN).answer(200, &list(&AD_GROUP, None)).answer(200, &list(&AD_GROUP, None));
        script.answer(200, &list(&AD_GROUP, Some("5")));
        assert_eq!(made(&AD_GROUP, &script).await, ("5".to_owned(), 4));
        let script = Scripted::default();
        script.answer(200, TAKEN);
        for _ in 0..5 {
            script.answer(200, &list(&CAMPAIGN, None));
        }
        let (told, sent) = made(&CAMPAIGN, &script).await;
        assert!(told.contains("already exists") && sent == 6, "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_that_another_parents_object_has_is_allowed_by_a_number() {
        let script = Scripted::default();
        script.answer(200, TAKEN).answer(200, &list(&AD_GROUP, None));
        script.answer(200, r#"{"code": 0, "data": {"adgroup_id": "6"}}"#);
        assert_eq!(made_beside(&AD_GROUP, &script, true).await, ("6".to_owned(), 3));
        assert!(script.bodies()[1].contains("\"request_id\""));
    }
}
