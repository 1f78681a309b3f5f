//! A row → the file that it wants in an account's library. Pure.

use std::path::PathBuf;

use crate::destination::engines::library::Kind;
use crate::destination::record::columns::{Names, Record};
use crate::destination::record::fault::{self, Fault};
use crate::destination::record::steer::{self, DELETED_AT};

/// The fields of a row, by their places.
pub(crate) const NAMES: Names = &["url", "path", "content_base64", "file_name", "advertiser_id", DELETED_AT];
const URL: usize = 0;
const PATH: usize = 1;
const CONTENT: usize = 2;
const FILE_NAME: usize = 3;
const ADVERTISER: usize = 4;
const DELETED: usize = 5;

/// Characters of a name (docs/tiktok-api.md 7.6).
const NAME_MAX: usize = 100;

/// What a row wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub kind: Kind,
    pub advertiser: String,
    /// The name in the library.
    pub name: String,
    pub source: Source,
}

/// Where the content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// TikTok fetches it.
    Url(String),
    /// Below `creatives.folder`.
    Path(PathBuf),
    Base64(String),
}

impl Wish {
    pub(crate) fn read(kind: Kind, record: &Record<'_>, target: Option<&str>) -> Result<Self, Fault> {
        let word = |at: usize| -> Result<Option<String>, Fault> {
            let name = NAMES.get(at).copied().unwrap_or_default();
            Ok(steer::named(name, record.at(at))?.map(str::to_owned))
        };
        if steer::is_deleted(record.at(DELETED))? {
            return Err(fault::DELETED_MAKES_NOTHING);
        }
        let sources = [
            word(URL)?.map(Source::Url),
            word(PATH)?.map(|path| Source::Path(path.into())),
            word(CONTENT)?.map(Source::Base64),
        ];
        let mut sources = sources.into_iter().flatten();
        let (Some(source), None) = (sources.next(), sources.next()) else { return Err(ONE_SOURCE) };
        let name = match word(FILE_NAME)? {
            Some(name) => name,
            None => own_name(&source).ok_or(NO_NAME)?,
        };
        if name.chars().count() > NAME_MAX {
            return Err(NAME_TOO_LONG);
        }
        if name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control()) {
            return Err(NAME_IS_A_PATH);
        }
        let advertiser = steer::advertiser_or(record.at(ADVERTISER), target)?;
        Ok(Self { kind, advertiser, name, source })
    }
}

/// A file is called as it is on disk, unless the row says otherwise.
fn own_name(source: &Source) -> Option<String> {
    match source {
        Source::Path(path) => path.file_name()?.to_str().map(str::to_owned),
        Source::Url(_) | Source::Base64(_) => None,
    }
}

const ONE_SOURCE: Fault =
    Fault::new(None, "field_missing", "A creative wants one of `url`, `path` and `content_base64`, and not several.");
const NO_NAME: Fault = Fault::new(Some("file_name"), "field_missing", "A creative wants a `file_name`.");
const NAME_TOO_LONG: Fault =
    Fault::new(Some("file_name"), "name_too_long", "`file_name` has more than 100 characters; shorten it.");
const NAME_IS_A_PATH: Fault = Fault::new(
    Some("file_name"),
    "invalid_value",
    "`file_name` has a slash, a backslash, a line break or another control character; leave it out.",
);
