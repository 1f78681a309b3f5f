//! One creative: looked at, looked for, uploaded.

use std::path::PathBuf;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};

use super::content::Content;
use super::inspect::{Inspected, inspect};
use super::maker::Maker;
use super::wish::Wish;
use crate::destination::engines::changes::Changes;
use crate::destination::engines::library::{Known, Libraries, Stored};
use crate::destination::record::fault::Fault;
use crate::destination::shell::lane::{Batch, RecordRef};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::send::Post;
use crate::error::{Error, Kind, Result};

/// A row's file.
pub(crate) struct Job {
    pub records: [RecordRef; 1],
    pub wish: Wish,
    pub folder: Option<PathBuf>,
    pub image_max: u64,
    pub libraries: Arc<Libraries>,
    pub changes: Arc<Changes>,
    pub changes_max: u64,
}

/// What became of it.
enum Fate {
    /// Its id, and how it came to it.
    There(Value),
    Rejected(Fault),
}

const NAME_TAKEN: Fault = Fault::new(
    Some("file_name"),
    "name_taken",
    "The library has a file of this name with other content; choose another name.",
);

impl Batch for Job {
    fn records(&self) -> &[RecordRef] {
        &self.records
    }

    fn send<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        async move {
            let mut outcome = Outcome::default();
            match self.run(post).await {
                Ok(Fate::There(made)) => drop(outcome.made.insert(0, made)),
                Ok(Fate::Rejected(fault)) => drop(outcome.rejected.insert(0, fault)),
                Err(error) if matches!(error.kind(), Kind::Request | Kind::TooLarge | Kind::Gone) => {
                    outcome.refused.insert(0, error.message().to_owned());
                }
                Err(error) => drop(outcome.failed.insert(0, Arc::new(error))),
            }
            outcome
        }
        .boxed()
    }

    /// The same name or content twice in one sync must not race.
    fn contradicts(&self, other: &Self) -> bool {
        self.wish.kind == other.wish.kind && self.wish.advertiser == other.wish.advertiser
    }
}

impl Job {
    async fn run(&self, post: &Post) -> Result<Fate> {
        let content = match Content::of(&self.wish.source, self.folder.as_deref()) {
            Ok(content) => content,
            Err(fault) => return Ok(Fate::Rejected(fault)),
        };
        let inspected = match &content {
            None => None,
            Some(content) => match self.inspect(content.clone()).await? {
                Ok(inspected) => Some(inspected),
                Err(fault) => return Ok(Fate::Rejected(fault)),
            },
        };
        let Wish { kind, advertiser, name, .. } = &self.wish;
        let signature = inspected.as_ref().map(|inspected| inspected.signature.clone());
        match self.libraries.find(advertiser, *kind, name, signature.as_deref()) {
            Known::Same(id) => {
                self.libraries.reuse((advertiser, *kind), name, &id);
                return Ok(Fate::There(json!({"id": id, "known": "yes"})));
            }
            Known::Taken => return Ok(Fate::Rejected(NAME_TAKEN)),
            Known::Nothing => self.changes.take(self.changes_max)?,
        }
        if post.dry_run {
            return Ok(Fate::There(json!({"id": "", "planned": "yes"})));
        }
        let content = content.as_ref().zip(inspected.as_ref());
        let maker = Maker { post, wish: &self.wish, content, libraries: &self.libraries };
        let Some(id) = maker.make().await? else { return Ok(Fate::Rejected(NAME_TAKEN)) };
        let stored =
            Stored { id: id.clone(), signature: signature.clone().unwrap_or_default(), file_name: name.clone() };
        self.libraries.add(advertiser, *kind, stored);
        let unchecked = signature.is_none().then_some("unchecked: TikTok fetched the file itself");
        Ok(Fate::There(json!({"id": id, "unchecked": unchecked})))
    }

    /// Looks at the file beside everything else.
    async fn inspect(&self, content: Content) -> Result<std::result::Result<Inspected, Fault>> {
        let (kind, image_max) = (self.wish.kind, self.image_max);
        let look = move || content.open().and_then(|file| inspect(kind, file, image_max));
        let looked = tokio::task::spawn_blocking(look).await;
        let looked =
            looked.map_err(|panic| Error::new(Kind::Unexpected, "A part of the connector stopped").because(panic))?;
        looked.map_err(|error| Error::new(Kind::Local, format!("{:?} cannot be read: {error}", self.wish.name)))
    }
}
