//! Puts a file into a library once, although answers get lost (docs/tiktok-api.md 7.6).
//!
//! Whoever is not sure looks before it says so. Only an image is sent again, once, for TikTok refuses a second image of
//! one name; whether it refuses a second video is unsure [?]. A new file may show in lists late [?].

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::upload::{self, Here};
use super::wish::Wish;
use crate::destination::engines::library::{Kind as FileKind, Known, Libraries};
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};
use crate::tiktok::codes;
use crate::tiktok::requester::may_be_done;

/// When to look for what may have been uploaded, from the lost answer on.
const LOOKS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

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
        let mut failed = None;
        for time in times {
            if !time.is_zero() {
                tracing::info!(
                    "The answer to the upload of {name:?} is lost; the library is looked at {time:?} after."
                );
            }
            sleep_until(start + *time).await;
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
