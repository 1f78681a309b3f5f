//! Puts a file into a library once, although answers get lost (docs/tiktok-api.md 7.6).
//!
//! Whoever is not sure looks before it says so. Only an image is sent again, once, for TikTok refuses a second image of
//! one name; whether it refuses a second video is unsure [?]. A new file may show in lists late [?].

use std::time::Duration;

use tokio::time::Instant;

use super::upload::{self, Here};
use super::wish::Wish;
use crate::destination::engines::library::{Kind as FileKind, Known, Libraries};
use crate::destination::shell::looks::LOOKS;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::codes;
use crate::tiktok::requester::may_be_done;
use crate::waits::{self, State};

pub(super) struct Maker<'a> {
    pub post: &'a Post,
    pub wish: &'a Wish,
    pub content: Here<'a>,
    pub libraries: &'a Libraries,
}

impl Maker<'_> {
    /// Its id; none if the name turns out to be another file's.
    pub(super) async fn make(&self) -> Result<Option<String>> {
        let prepared = upload::prepare(self.post, self.wish, self.content).await?;
        let prepared = prepared.as_deref();
        match upload::upload(self.post, self.wish, self.content, prepared).await {
            Err(error) if is_lost(&error) => self.settle_lost(prepared, error).await,
            other => other.map(Some),
        }
    }

    /// The answer is lost: the file may be there, or not, or come late.
    async fn settle_lost(&self, prepared: Option<&str>, error: Error) -> Result<Option<String>> {
        let start = Instant::now();
        let (now, later) = LOOKS.split_at(1);
        if let Some(found) = self.look(start, now).await? {
            return Ok(found);
        }
        if self.wish.kind == FileKind::Image {
            match upload::upload(self.post, self.wish, self.content, prepared).await {
                Ok(id) => return Ok(Some(id)),
                Err(again) if !is_lost(&again) && !codes::is_file_name_taken(&again) => return Err(again),
                Err(_) => {}
            }
        }
        match self.look(start, later).await? {
            Some(found) => Ok(found),
            None => Err(self.unknown(error)),
        }
    }

    /// Looks at these times until it is there; nothing if it is not, and `Some(None)` if another file has the name.
    async fn look(&self, start: Instant, times: &[Duration]) -> Result<Option<Option<String>>> {
        let Wish { kind, advertiser, name, .. } = self.wish;
        let signature = self.content.map(|(_, inspected)| inspected.signature.as_str());
        let waiting = waits::piece(format!("the file {name:?}, the answer to its upload is lost"));
        let mut failed = None;
        for time in times {
            waiting.sleep_until(State::Retrying, start + *time).await;
            failed = self.libraries.look(&self.post.client, (advertiser, *kind), name).await.err();
            match self.libraries.find(advertiser, *kind, name, signature) {
                Known::Same(id) => return Ok(Some(Some(id))),
                Known::Taken => return Ok(Some(None)),
                Known::Nothing => {}
            }
        }
        failed.map_or(Ok(None), |error| Err(self.unknown(error)))
    }

    fn unknown(&self, error: Error) -> Error {
        let Wish { kind, advertiser, name, .. } = self.wish;
        let what = kind.word();
        Error::new(
            Kind::Network,
            format!(
                "Nobody knows whether the {what} {name:?} of advertiser {advertiser} was uploaded: the answer was lost"
            ),
        )
        .advise("Run the sync again: it looks for it before it uploads it again.")
        .because(error)
    }
}

fn is_lost(error: &Error) -> bool {
    may_be_done(error) && !codes::is_file_unfetched(error)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::super::content::Content;
    use super::super::inspect::Inspected;
    use super::super::wish::Source;
    use super::*;
    use crate::progress::Gauge;
    use crate::tiktok::Client;
    use crate::tiktok::scripted::Scripted;

    /// What a library answers: a file called N of this content, or nothing.
    fn list(signature: Option<&str>) -> String {
        let one = signature.map(|signature| json!({"image_id": "5", "signature": signature, "file_name": "N"}));
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
            kind: FileKind::Image,
            advertiser: "7".into(),
            name: "N".into(),
            source: Source::Base64(String::new()),
        };
        let content = Content::Bytes(bytes::Bytes::from_static(b"x"));
        let inspected = Inspected { bytes: 1, signature: "aa".into(), width: None, height: None };
        let (libraries, start) = (Libraries::default(), Instant::now());
        let maker = Maker { post: &post, wish: &wish, content: Some((&content, &inspected)), libraries: &libraries };
        let told = match maker.make().await {
            Ok(id) => id.unwrap_or_else(|| "taken".to_owned()),
            Err(error) => error.message().to_owned(),
        };
        (told, script.sent(), start.elapsed().as_secs())
    }

    const TAKEN: &str = r#"{"code": 40911, "message": "file_name: The name N already exists."}"#;

    #[tokio::test(start_paused = true)]
    async fn a_lost_image_is_looked_for_until_the_index_has_it() {
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(None)).answer(200, TAKEN);
        script.answer(200, &list(None)).answer(200, &list(Some("aa")));
        let (told, sent, seconds) = made(&script).await;
        assert_eq!((told.as_str(), sent), ("5", 5));
        assert!((15..20).contains(&seconds), "{seconds}");
        // It did not come the first time.
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(None)).answer(200, r#"{"code": 0, "data": {"image_id": "6"}}"#);
        assert_eq!(made(&script).await.0, "6");
        // Another file has the name.
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(Some("bb")));
        assert_eq!(made(&script).await.0, "taken");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_never_seen_is_unknown() {
        let script = Scripted::default();
        script.error(Kind::Network).answer(200, &list(None)).error(Kind::Network);
        for _ in 0..4 {
            script.answer(200, &list(None));
        }
        let (told, sent, seconds) = made(&script).await;
        assert!(told.starts_with("Nobody knows whether the image \"N\""), "{told}");
        assert_eq!(sent, 7);
        assert!((60..65).contains(&seconds), "{seconds}");
    }
}
