//! What an account's library holds: by content, and by name. Listed once a run, and kept in step.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::error::Result;
use crate::lock::lock;
use crate::tiktok::endpoint::{Endpoint, FILE_NAME_CHECK, IMAGE_UPLOAD, IMAGES, VIDEO_UPLOAD, VIDEOS};
use crate::tiktok::envelope::{Decode, Typed};
use crate::tiktok::page::{Keyed, PageData, RowKey};
use crate::tiktok::paging::Pages;
use crate::tiktok::{Body, Call, Client};

/// What a creative is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Image,
    Video,
}

impl Kind {
    #[must_use]
    pub(crate) fn object(self) -> &'static str {
        match self {
            Self::Image => "creative_image",
            Self::Video => "creative_video",
        }
    }

    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
        }
    }

    #[must_use]
    pub(crate) fn id_field(self) -> &'static str {
        match self {
            Self::Image => "image_id",
            Self::Video => "video_id",
        }
    }

    #[must_use]
    pub(crate) fn url_field(self) -> &'static str {
        match self {
            Self::Image => "image_url",
            Self::Video => "video_url",
        }
    }

    #[must_use]
    pub(crate) fn search(self) -> &'static Endpoint {
        match self {
            Self::Image => &IMAGES,
            Self::Video => &VIDEOS,
        }
    }

    #[must_use]
    pub(crate) fn upload(self) -> &'static Endpoint {
        match self {
            Self::Image => &IMAGE_UPLOAD,
            Self::Video => &VIDEO_UPLOAD,
        }
    }
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Stored {
    #[serde(alias = "image_id", alias = "video_id")]
    pub id: String,
    #[serde(default)]
    pub signature: String,
    #[serde(default)]
    pub file_name: String,
}

/// The libraries of a run, by account and kind.
#[derive(Default)]
pub(crate) struct Libraries(Mutex<HashMap<(String, Kind), Library>>, AtomicU64);

#[derive(Default)]
struct Library {
    /// Whether all of it was listed.
    is_listed: bool,
    by_signature: HashMap<String, String>,
    /// The id and the signature of each name.
    by_name: HashMap<String, (String, String)>,
    /// The ids of names that rows of this run gave to content that is there under other names.
    reused: HashMap<String, String>,
}

impl Library {
    fn add(&mut self, stored: Stored) {
        let Stored { id, signature, file_name } = stored;
        if !signature.is_empty() {
            self.by_signature.insert(signature.clone(), id.clone());
        }
        self.by_name.insert(file_name, (id, signature));
    }
}

/// What a library says of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// The same content, whatever its name.
    Same(String),
    /// The name, with other content.
    Taken,
    Nothing,
}

struct ReadPage;

impl Decode for ReadPage {
    type Out = Keyed<Stored>;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> std::result::Result<Self::Out, D::Error> {
        let page = PageData::<Stored>::deserialize(data)?;
        Ok(Keyed::new(page.list, page.page_info, |one| RowKey::of(std::iter::once(one.id.as_bytes()), &[])))
    }
}

impl Libraries {
    /// Lists a library, if it was not yet.
    pub(crate) async fn learn(&self, client: &Client, advertiser: &str, kind: Kind) -> Result<()> {
        if self.knows(advertiser, kind) {
            return Ok(());
        }
        self.list(client, (advertiser, kind), None).await
    }

    /// Looks again for a file that may have come since. Only videos can be asked for by name.
    pub(crate) async fn look(&self, client: &Client, (advertiser, kind): (&str, Kind), name: &str) -> Result<()> {
        let filter = (kind == Kind::Video).then(|| json!({"video_name": name}).to_string());
        self.list(client, (advertiser, kind), filter).await
    }

    /// Asks whether a name is taken, and looks at the file that has it.
    pub(crate) async fn ask(&self, client: &Client, (advertiser, kind): (&str, Kind), name: &str) -> Result<()> {
        #[derive(Deserialize)]
        struct Told {
            duplicate: bool,
        }
        let file_type = kind.word().to_uppercase();
        let query =
            [("advertiser_id", advertiser.to_owned()), ("file_name", name.to_owned()), ("file_type", file_type)];
        let call = Call {
            endpoint: &FILE_NAME_CHECK,
            advertiser: Some(advertiser),
            query: &query,
            body: Body::None,
            watch: &(),
        };
        let Told { duplicate } = client.call(&call, &Typed::default()).await?;
        // Images cannot be asked for by name: the first that is taken lists them all, once.
        if duplicate && !self.knows(advertiser, kind) {
            self.look(client, (advertiser, kind), name).await
        } else {
            Ok(())
        }
    }

    async fn list(&self, client: &Client, (advertiser, kind): (&str, Kind), filter: Option<String>) -> Result<()> {
        let is_whole = filter.is_none();
        let filter = filter.map(|filter| ("filtering", filter));
        let query: Vec<_> = std::iter::once(("advertiser_id", advertiser.to_owned())).chain(filter).collect();
        let endpoint = kind.search();
        let call = Call { endpoint, advertiser: Some(advertiser), query: &query, body: Body::None, watch: &() };
        let mut pages = Pages::new(client, call, endpoint.paging.page_size(), &ReadPage);
        let mut found = Vec::new();
        while let Some((page, fresh)) = pages.next().await? {
            found.extend(page.fresh(fresh));
        }
        let mut all = lock(&self.0);
        let library = all.entry((advertiser.to_owned(), kind)).or_default();
        found.into_iter().for_each(|stored| library.add(stored));
        library.is_listed |= is_whole;
        Ok(())
    }

    /// Whether a library was listed.
    #[must_use]
    pub(crate) fn knows(&self, advertiser: &str, kind: Kind) -> bool {
        lock(&self.0).get(&(advertiser.to_owned(), kind)).is_some_and(|library| library.is_listed)
    }

    /// Takes in a file that was uploaded.
    pub(crate) fn add(&self, advertiser: &str, kind: Kind, stored: Stored) {
        lock(&self.0).entry((advertiser.to_owned(), kind)).or_default().add(stored);
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    /// A row calls a file by a name that the library does not have it under: ads may do the same.
    pub(crate) fn reuse(&self, (advertiser, kind): (&str, Kind), name: &str, id: &str) {
        let mut all = lock(&self.0);
        let library = all.entry((advertiser.to_owned(), kind)).or_default();
        library.reused.insert(name.to_owned(), id.to_owned());
        self.1.fetch_add(1, Ordering::Relaxed);
    }

    /// Grows with every file that ads may name.
    #[must_use]
    pub(crate) fn version(&self) -> u64 {
        self.1.load(Ordering::Relaxed)
    }

    #[must_use]
    pub(crate) fn find(&self, advertiser: &str, kind: Kind, name: &str, signature: Option<&str>) -> Known {
        let all = lock(&self.0);
        let Some(library) = all.get(&(advertiser.to_owned(), kind)) else { return Known::Nothing };
        if let Some(id) = signature.and_then(|signature| library.by_signature.get(signature)) {
            return Known::Same(id.clone());
        }
        match library.by_name.get(name) {
            // What TikTok fetches itself cannot be compared beforehand: its name says which it is.
            Some((id, known)) if signature.is_none() || known.is_empty() => Known::Same(id.clone()),
            Some(_) => Known::Taken,
            None => Known::Nothing,
        }
    }

    /// The id of a name, for ads that name their files. What a row of this run says goes first.
    #[must_use]
    pub(crate) fn named(&self, advertiser: &str, kind: Kind, name: &str) -> Option<String> {
        let all = lock(&self.0);
        let library = all.get(&(advertiser.to_owned(), kind))?;
        library.reused.get(name).or_else(|| library.by_name.get(name).map(|(id, _)| id)).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_is_known_whatever_its_name() {
        let libraries = Libraries::default();
        let stored = |id: &str, signature: &str, name: &str| Stored {
            id: id.into(),
            signature: signature.into(),
            file_name: name.into(),
        };
        libraries.add("7", Kind::Image, stored("i1", "aa", "a.png"));
        let find = |name, signature| libraries.find("7", Kind::Image, name, signature);
        assert_eq!(find("other.png", Some("aa")), Known::Same("i1".into()));
        assert_eq!(find("a.png", Some("bb")), Known::Taken);
        assert_eq!(find("a.png", None), Known::Same("i1".into()));
        assert_eq!(find("b.png", Some("bb")), Known::Nothing);
        assert_eq!(libraries.find("8", Kind::Image, "a.png", Some("aa")), Known::Nothing);
        assert_eq!(libraries.named("7", Kind::Image, "a.png").as_deref(), Some("i1"));
        let before = libraries.version();
        libraries.reuse(("7", Kind::Image), "other.png", "i1");
        assert_eq!(libraries.named("7", Kind::Image, "other.png").as_deref(), Some("i1"));
        assert!(libraries.version() > before, "ads that wait have another turn");
        assert_eq!(find("other.png", Some("bb")), Known::Nothing, "the name is free in the library");
    }
}
