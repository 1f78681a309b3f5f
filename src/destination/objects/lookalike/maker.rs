//! Makes a lookalike audience once, although answers get lost (docs/tiktok-api.md 5.2).
//!
//! TikTok is not known to refuse a second audience of one name [?], so a create is never repeated: whoever is not sure
//! looks, and a new audience may show in lists late [?].

use serde_json::{Value, json};
use tokio::time::Instant;

use super::listing::Listings;
use super::wish::Wish;
use crate::destination::objects::ads::call::post_to;
use crate::destination::objects::audience::listed::Listed;
use crate::destination::shell::looks::LOOKS;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::endpoint::LOOKALIKE_CREATE;
use crate::tiktok::requester::may_be_done;
use crate::waits::{self, State};

pub(super) struct Maker<'a> {
    pub post: &'a Post,
    pub wish: &'a Wish,
    pub listings: &'a Listings,
}

impl Maker<'_> {
    /// The new audience's id, if TikTok tells it.
    pub(super) async fn make(&self, spec: Value) -> Result<Option<String>> {
        let advertiser = &self.wish.row.advertiser;
        let name = self.wish.name();
        let body = json!({"advertiser_id": advertiser, "custom_audience_name": name, "lookalike_spec": spec});
        match post_to(self.post, advertiser, &LOOKALIKE_CREATE, &body).await {
            Ok(data) => {
                let id = data.get("custom_audience_id").and_then(Value::as_str).map(str::to_owned);
                self.listings.add(advertiser, Listed::lookalike(id.as_deref().unwrap_or_default(), name));
                Ok(id)
            }
            Err(error) if may_be_done(&error) => self.look(error).await.map(Some),
            Err(error) => Err(error),
        }
    }

    /// Looks for it until it is there.
    async fn look(&self, mut lost: Error) -> Result<String> {
        let advertiser = &self.wish.row.advertiser;
        let (name, start) = (self.wish.name(), Instant::now());
        let waiting = waits::piece(format!("the lookalike audience {name:?}, an answer about it is lost"));
        for time in LOOKS {
            waiting.sleep_until(State::Retrying, start + time).await;
            match self.listings.afresh(&self.post.client, advertiser).await {
                Ok(all) => {
                    if let Some(one) = all.iter().find(|one| one.is_lookalike() && one.name == name) {
                        return Ok(one.audience_id.clone());
                    }
                }
                Err(error) => lost = error,
            }
        }
        let what = format!(
            "Nobody knows whether the lookalike audience {name:?} of advertiser {advertiser} was made: the answer was lost"
        );
        Err(Error::new(Kind::Network, what)
            .advise("Run the sync again: it looks for it before it makes another.")
            .because(lost))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::config::ads::Action;
    use crate::destination::objects::ads::value::Held;
    use crate::destination::objects::single::Row;
    use crate::progress::Gauge;
    use crate::tiktok::Client;
    use crate::tiktok::scripted::Scripted;

    /// What the account has: one lookalike audience called N, or nothing.
    fn list(is_there: bool) -> String {
        let one = is_there.then(|| json!({"audience_id": "5", "name": "N", "audience_type": "Lookalike Audience"}));
        let rows: Vec<Value> = one.into_iter().collect();
        let info = json!({"page": 1, "page_size": 100, "total_number": rows.len(), "total_page": 1});
        json!({"code": 0, "data": {"list": rows, "page_info": info}}).to_string()
    }

    /// What came of it, how many requests and how many seconds it took.
    async fn made(script: &Scripted) -> (String, usize, u64) {
        let many = NonZeroU32::MIN.saturating_add(99);
        let client = Client::new(Box::new(script.clone()), many, many);
        let post = Post::new(client, Arc::new(Gauge::new("records".into())), false, Arc::default());
        let wish = Wish {
            row: Row {
                advertiser: "7".into(),
                id: None,
                fields: vec![("audience_name", Held::Text("N".into()))],
                is_gone: false,
            },
            action: Action::Create,
            source_name: None,
            is_compared: false,
        };
        let (listings, start) = (Listings::default(), Instant::now());
        let maker = Maker { post: &post, wish: &wish, listings: &listings };
        let told = match maker.make(json!({})).await {
            Ok(id) => id.unwrap_or_default(),
            Err(error) => error.message().to_owned(),
        };
        (told, script.sent(), start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_lost_answer_is_looked_for_until_the_list_has_it() {
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(false)).answer(200, &list(false)).answer(200, &list(true));
        let (told, sent, seconds) = made(&script).await;
        assert_eq!((told.as_str(), sent), ("5", 4));
        assert!((15..20).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_never_seen_is_unknown_and_not_made_again() {
        let script = Scripted::default();
        script.error(Kind::Network);
        for _ in LOOKS {
            script.answer(200, &list(false));
        }
        let (told, sent, seconds) = made(&script).await;
        assert!(told.starts_with("Nobody knows whether the lookalike audience \"N\""), "{told}");
        assert_eq!((sent, script.bodies().len()), (6, 1));
        assert!((60..65).contains(&seconds), "{seconds}");
    }
}
